"""From a profile's upscaler, a folder, to a pipeline in memory. Looked at before anything of it is loaded.

A folder without text encoder and tokenizer of its own uses files of the base model: a small model need not come twice.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from generation.engine import checkpoint
from generation.engine.errors import EngineError
from generation.engine.load import best_dtype, refuse_random_weights
from generation.engine.memory import is_about_memory
from generation.engine.roles import role
from generation.engine.upscale.options import TIMES

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import torch

    from generation.engine.profile import Profile

PIPELINE = "StableDiffusionUpscalePipeline"
OWN = ("unet", "vae", "scheduler", "low_res_scheduler")
READER = ("tokenizer", "text_encoder")  # may be the base's
LEFT_OUT = ("safety_checker", "feature_extractor", "watermarker")
CHANNELS = 7  # of the latents, and of the small picture


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
    only = {"local_files_only": True}
    try:
        reader = {}
        if (text := _reader(folder, profile.folder)) != folder:
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


def faults(folder: Path, base: Path) -> list[str]:
    """Everything that keeps the folder from being loaded as an upscaler beside `base`, one short phrase each."""
    try:
        index = checkpoint.read_table(folder / "model_index.json")
        if index.get("_class_name") != PIPELINE:
            return [f"it is a {index.get('_class_name')}, not a {PIPELINE}"]
        found = [fault for part in OWN for fault in checkpoint.part_faults(folder, part, index.get(part))]
        text = _reader(folder, base)
        reads = index if text == folder else checkpoint.read_table(text / "model_index.json")
        found += [fault for part in READER for fault in checkpoint.part_faults(text, part, reads.get(part))]
        return found or list(_misfits(folder, text))
    except ValueError as error:
        return [str(error)]


def _reader(folder: Path, base: Path) -> Path:
    return folder if any((folder / part).is_dir() for part in READER) else base


def _misfits(folder: Path, text: Path) -> Iterator[str]:
    unet, vae = (checkpoint.read_table(folder / part / "config.json") for part in ("unet", "vae"))
    width = checkpoint.read_table(text / "text_encoder" / "config.json").get("hidden_size", 512)
    if (channels := unet.get("in_channels")) != CHANNELS:
        yield f"its unet takes {channels} channels, not {CHANNELS}: no model for enlarging"
    if (reads := unet.get("cross_attention_dim")) != width:
        yield f"its unet reads text of width {reads}, the text encoder writes {width}"
    blocks = vae.get("block_out_channels")
    if vae.get("_class_name") != "AutoencoderKL" or not isinstance(blocks, list):
        yield f"its vae is a {vae.get('_class_name')}, not an AutoencoderKL"
    elif 2 ** (len(blocks) - 1) != TIMES:
        yield f"its vae enlarges {2 ** (len(blocks) - 1)} times, not {TIMES} times"
