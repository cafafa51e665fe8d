"""From a profile's captioner, a folder, to a model in memory."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from generation.engine.captions.captioner import Captioner
from generation.engine.captions.folder import CLASS, faults
from generation.engine.captions.options import parse_settings
from generation.engine.errors import EngineError
from generation.engine.load import best_device
from generation.engine.memory import is_about_memory
from generation.engine.roles import role

if TYPE_CHECKING:
    from pathlib import Path

    import torch

    from generation.engine.profile import Profile


def open_captioner(profile: Profile) -> Captioner:
    """The profile's captioner on the best device: in half precision on a graphics card where the profile allows it.

    On a processor always in float32: rounding, which a picture hardly shows, changes words.
    EngineError: no_captioner(profile), role_missing(folder), captioner_wrong(reason).
    """
    import torch

    named = role(profile, "captioner")
    if found := faults(named.folder):
        raise EngineError("captioner_wrong", reason="; ".join(found))
    device = best_device()
    is_half = device.type == "cuda" and profile.dtype == "auto"
    try:
        model, image_processor, tokenizer = _open(named.folder, torch.float16 if is_half else torch.float32)
    except (ValueError, OSError, RuntimeError, KeyError, TypeError) as error:
        if is_about_memory(error):
            raise
        reason = str(error).strip().partition("\n")[0]
        raise EngineError("captioner_wrong", reason=reason or type(error).__name__) from error
    return Captioner(model.to(device).eval(), image_processor, tokenizer, parse_settings(named.settings))


def _open(folder: Path, dtype: torch.dtype) -> tuple[Any, Any, Any]:
    """Model, image processor and tokenizer. ValueError where they do not belong together.

    By their own classes: BlipProcessor would take torchvision's filter where torchvision is installed, and Pillow's
    where it is not, and the two differ.
    """
    import transformers

    only: dict[str, Any] = {"local_files_only": True}
    model, found = getattr(transformers, CLASS).from_pretrained(
        folder, dtype=dtype, use_safetensors=True, output_loading_info=True, ignore_mismatched_sizes=True, **only
    )
    if missing := found["missing_keys"]:
        raise ValueError(f"its weights lack {len(missing)} tensors, such as {min(missing)}")
    if misfits := found["mismatched_keys"]:
        raise ValueError(f"{min(misfits)[0]} has another shape than its configuration says")
    tokenizer = transformers.BertTokenizer.from_pretrained(folder, **only)
    if len(tokenizer) > model.config.text_config.vocab_size:
        raise ValueError(f"its tokenizer knows {len(tokenizer)} words, it {model.config.text_config.vocab_size}")
    return model, transformers.BlipImageProcessorPil.from_pretrained(folder, **only), tokenizer
