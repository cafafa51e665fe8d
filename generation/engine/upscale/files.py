"""From a profile's upscaler, a folder, to a pipeline in memory."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from generation.engine.errors import EngineError
from generation.engine.load import best_dtype, refuse_random_weights
from generation.engine.memory import is_about_memory
from generation.engine.roles import role
from generation.engine.upscale.folder import READER, faults, reader_of

if TYPE_CHECKING:
    import torch

    from generation.engine.profile import Profile

LEFT_OUT = ("safety_checker", "feature_extractor", "watermarker")


def open_upscaler(profile: Profile, device: torch.device) -> Any:
    """The profile's upscaler on the device, in the profile's number format.

    EngineError: no_upscaler(profile), role_missing(folder), upscaler_wrong(reason).
    """
    import diffusers
    import transformers

    folder = role(profile, "upscaler").folder
    if found := faults(folder, profile.folder):
        raise EngineError("upscaler_wrong", reason="; ".join(found))
    dtype = best_dtype(profile.dtype, device)
    only: dict[str, Any] = {"local_files_only": True}
    try:
        reader = {}
        if (text := reader_of(folder, profile.folder)) != folder:
            reader["tokenizer"] = transformers.CLIPTokenizer.from_pretrained(text / "tokenizer", **only)
            reader["text_encoder"] = transformers.CLIPTextModel.from_pretrained(
                text / "text_encoder", dtype=dtype, use_safetensors=True, **only
            )
        pipe = diffusers.StableDiffusionUpscalePipeline.from_pretrained(
            folder, dtype=dtype, use_safetensors=True, **only, **reader, **dict.fromkeys(LEFT_OUT)
        )
        for part in ("unet", "vae", "text_encoder"):
            refuse_random_weights(text if part in READER else folder, part, getattr(pipe, part))
    except (ValueError, OSError, RuntimeError, KeyError, TypeError) as error:
        if is_about_memory(error):
            raise
        reason = str(error).strip().partition("\n")[0]
        raise EngineError("upscaler_wrong", reason=reason or type(error).__name__) from error
    pipe.set_progress_bar_config(disable=True)
    return pipe.to(device)
