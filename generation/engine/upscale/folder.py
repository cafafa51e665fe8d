"""Is a folder an upscaler? Looked at without torch, before anything of it is loaded.

A folder without text encoder and tokenizer of its own uses those of the base model: a small model need not come twice.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from generation.engine import checkpoint
from generation.engine.upscale.options import TIMES

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PIPELINE = "StableDiffusionUpscalePipeline"
OWN = ("unet", "vae", "scheduler", "low_res_scheduler")
READER = ("tokenizer", "text_encoder")  # may be the base's
CHANNELS = 7  # of the latents, and of the small picture


def faults(folder: Path, base: Path) -> list[str]:
    """Everything that keeps the folder from being loaded as an upscaler beside `base`, one short phrase each."""
    try:
        index = checkpoint.read_table(folder / "model_index.json")
        if index.get("_class_name") != PIPELINE:
            return [f"it is a {index.get('_class_name')}, not a {PIPELINE}"]
        found = [fault for part in OWN for fault in checkpoint.part_faults(folder, part, index.get(part))]
        text = reader_of(folder, base)
        reads = index if text == folder else checkpoint.read_table(text / "model_index.json")
        found += [fault for part in READER for fault in checkpoint.part_faults(text, part, reads.get(part))]
        return found or list(_misfits(folder, text))
    except ValueError as error:
        return [str(error)]


def reader_of(folder: Path, base: Path) -> Path:
    """The folder that text encoder and tokenizer are read from."""
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
