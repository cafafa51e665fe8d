"""From a folder to models in memory: offline, validated, on the best device there is, and without noise."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from generation.engine import checkpoint
from generation.engine.card import card_errors, has_card
from generation.engine.errors import EngineError
from generation.engine.memory import is_about_memory, memory_errors
from generation.engine.quiet import quiet

if TYPE_CHECKING:
    from pathlib import Path

    import torch

    from generation.engine.controlnets import ControlNets
    from generation.engine.inpaint_unet import InpaintUnet
    from generation.engine.ladder import Ladder
    from generation.engine.look import Colours
    from generation.engine.loras import Loras
    from generation.engine.profile import Precision, Profile


LOADING_ERRORS = (ValueError, OSError, RuntimeError, KeyError, TypeError)  # of folders that are not what they seem


@dataclass(frozen=True)
class Loaded:
    """The models of a profile, the LoRAs and ControlNets on them, and what was learnt of them while they painted.

    `pipe` has no safety checker: that one is run apart, so that it blackens nothing.
    """

    pipe: Any
    safety_checker: Any
    feature_extractor: Any
    device: torch.device
    ladder: Ladder
    colours: Colours
    loras: Loras
    controlnets: ControlNets
    inpaint_unet: InpaintUnet


def load(profile: Profile) -> Loaded:
    """Load the profile's checkpoint.

    EngineError: model_missing(folder), model_wrong(reason), out_of_memory, card_failed.
    """
    with quiet(), card_errors(), memory_errors():
        from generation.engine.controlnets import ControlNets
        from generation.engine.inpaint_unet import InpaintUnet
        from generation.engine.ladder import Ladder
        from generation.engine.look import Colours
        from generation.engine.loras import Loras

        checkpoint.validate(profile)
        device = best_device()
        pipe = _open(profile, best_dtype(profile.dtype, device))
        checker, extractor = getattr(pipe, "safety_checker", None), pipe.feature_extractor
        pipe.register_modules(feature_extractor=None, **({} if checker is None else {"safety_checker": None}))
        pipe.set_progress_bar_config(disable=True)
        pipe.vae.enable_slicing()  # decodes one picture at a time: a batch needs no more memory than one
        if checker is not None:
            checker.to(device).eval()
        pipe = pipe.to(device)
        ladder = Ladder(pipe, device, profile.max_batch)
        colours, loras, controlnets = Colours(pipe.vae, device), Loras(pipe, device), ControlNets(profile, pipe, device)
        inpaint_unet = InpaintUnet(profile, pipe, device, loras)
        return Loaded(pipe, checker, extractor, device, ladder, colours, loras, controlnets, inpaint_unet)


def open_checker(profile: Profile) -> tuple[Any, Any]:
    """The profile's safety checker and what prepares pictures for it, without the models that paint.

    It stays on the CPU, where it takes a second or two for a picture: a graphics card is left to those who paint.
    EngineError: model_missing(folder), model_wrong(reason), out_of_memory.
    """
    with quiet(), memory_errors():
        import torch
        from diffusers.pipelines.stable_diffusion.safety_checker import StableDiffusionSafetyChecker
        from transformers import CLIPImageProcessor

        checkpoint.validate_checker(profile)
        folder = profile.folder / "safety_checker"
        kept: dict[str, Any] = {"local_files_only": True, "use_safetensors": True, "dtype": torch.float32}
        try:
            checker: Any = StableDiffusionSafetyChecker.from_pretrained(folder, **kept)
            refuse_random_weights(profile.folder, "safety_checker", checker)
            extractor = CLIPImageProcessor.from_pretrained(profile.folder / "feature_extractor", local_files_only=True)
        except LOADING_ERRORS as error:
            if is_about_memory(error):
                raise
            raise EngineError("model_wrong", reason=_reason(error)) from error
        return checker.eval(), extractor


def best_device() -> torch.device:
    """A graphics card where there is one. EngineError("card_failed") as in `has_card`."""
    import torch

    return torch.device("cuda" if has_card() else "cpu")


def best_dtype(precision: Precision, device: torch.device) -> torch.dtype:
    """The number format to load weights in: half precision only where a profile asks and the device is fast at it.

    On CPUs with bfloat16 instructions it takes a third of float32's time, on all others many times as long.
    """
    import torch

    if precision == "float32":
        return torch.float32
    if device.type == "cuda":
        return torch.float16
    return torch.bfloat16 if torch.cpu._is_avx512_bf16_supported() else torch.float32


def _open(profile: Profile, dtype: torch.dtype) -> Any:
    import diffusers

    if profile.base_class == "StableDiffusionXLPipeline":
        settings: dict[str, Any] = {"feature_extractor": None, "add_watermarker": False}
    else:
        left_out = {} if profile.safety == "checker" else {"safety_checker": None, "feature_extractor": None}
        settings = {"requires_safety_checker": False, **left_out}
    try:
        pipe = getattr(diffusers, profile.base_class).from_pretrained(
            profile.folder,
            dtype=dtype,
            local_files_only=True,
            use_safetensors=True,
            image_encoder=None,
            **settings,
        )
        for part in checkpoint.WEIGHTS:
            refuse_random_weights(profile.folder, part, getattr(pipe, part, None))
    except LOADING_ERRORS as error:
        if is_about_memory(error):
            raise
        raise EngineError("model_wrong", reason=_reason(error)) from error
    return pipe


def _reason(error: Exception) -> str:
    return str(error).strip().partition("\n")[0] or type(error).__name__


def refuse_random_weights(folder: Path, part: str, model: Any) -> None:
    """ValueError where files lack tensors of a part: those are filled with random numbers, with a warning at most."""
    if model is None:
        return
    held = sum(checkpoint.tensor_count(path) for path in checkpoint.weight_files(folder, part))
    if held < (wanted := len(model.state_dict())):
        raise ValueError(f"the weights of its {part} hold {held} tensors, its configuration asks for {wanted}")
