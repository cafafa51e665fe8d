"""From a folder to models in memory: offline, validated, on the best device there is, and without noise."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from generation.engine import checkpoint
from generation.engine.errors import EngineError
from generation.engine.memory import is_about_memory, memory_errors
from generation.engine.quiet import quiet

if TYPE_CHECKING:
    import torch

    from generation.engine.controlnets import ControlNets
    from generation.engine.ladder import Ladder
    from generation.engine.look import Colours
    from generation.engine.loras import Loras
    from generation.engine.profile import Precision, Profile


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


def load(profile: Profile) -> Loaded:
    """Load the profile's checkpoint.

    EngineError: model_missing(folder), model_wrong(reason), out_of_memory.
    """
    with quiet(), memory_errors():
        import torch

        from generation.engine.controlnets import ControlNets
        from generation.engine.ladder import Ladder
        from generation.engine.look import Colours
        from generation.engine.loras import Loras

        checkpoint.validate(profile)
        device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        pipe = _open(profile, best_dtype(profile.dtype, device))
        checker, extractor = pipe.safety_checker, pipe.feature_extractor
        pipe.register_modules(safety_checker=None, feature_extractor=None)
        pipe.set_progress_bar_config(disable=True)
        pipe.vae.enable_slicing()  # decodes one picture at a time: a batch needs no more memory than one
        if checker is not None:
            checker.to(device).eval()
        pipe = pipe.to(device)
        ladder = Ladder(pipe, device, profile.max_batch)
        colours, loras, controlnets = Colours(pipe.vae, device), Loras(pipe, device), ControlNets(profile, pipe, device)
        return Loaded(pipe, checker, extractor, device, ladder, colours, loras, controlnets)


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

    left_out = {} if profile.safety == "checker" else {"safety_checker": None, "feature_extractor": None}
    try:
        pipe = getattr(diffusers, profile.base_class).from_pretrained(
            profile.folder,
            dtype=dtype,
            local_files_only=True,
            use_safetensors=True,
            image_encoder=None,
            requires_safety_checker=False,
            **left_out,
        )
        for part in checkpoint.WEIGHTS:
            _refuse_random_weights(profile, part, getattr(pipe, part))
    except (ValueError, OSError, RuntimeError, KeyError, TypeError) as error:
        if is_about_memory(error):
            raise
        reason = str(error).strip().partition("\n")[0]
        raise EngineError("model_wrong", reason=reason or type(error).__name__) from error
    return pipe


def _refuse_random_weights(profile: Profile, part: str, model: Any) -> None:
    """Tensors that a file lacks are filled with random numbers, with a warning at most: that is not the model."""
    if model is None:
        return
    held = sum(checkpoint.tensor_count(path) for path in checkpoint.weight_files(profile.folder, part))
    if held < (wanted := len(model.state_dict())):
        raise ValueError(f"the weights of its {part} hold {held} tensors, its configuration asks for {wanted}")
