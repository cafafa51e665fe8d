"""Small LoRA files for the preview model, and files that are none, as bytes."""

from __future__ import annotations

import json
import pickle
import struct
import zipfile
from functools import cache
from io import BytesIO

import torch
from safetensors.torch import save

PREVIEW = 192  # the width of text that the preview model reads
SDXL = 2048
NOTES = {"ss_tag_frequency": json.dumps({"10_ink": {"wet paper": 9, "ink": 12, "Redcap": 3}})}


@cache
def kohya(width: int = PREVIEW, *, seed: int = 1, wrong: float | None = None, scale: float = 1.0) -> bytes:
    """One module in kohya's names, with notes of what it was trained with; ``wrong`` is put in as a number."""
    chance = torch.Generator().manual_seed(seed)
    base = "lora_unet_down_blocks_0_attentions_0_transformer_blocks_0_attn2_to_k"
    up = torch.randn((64, 4), generator=chance) * scale
    if wrong is not None:
        up[63, 3] = wrong
    state = {
        f"{base}.lora_down.weight": torch.randn((4, width), generator=chance),
        f"{base}.lora_up.weight": up,
        f"{base}.alpha": torch.tensor(4.0),
    }
    return save(state, NOTES)


@cache
def diffusers(width: int = PREVIEW, *, rows: int = 64) -> bytes:
    """One module in diffusers' names; ``rows`` make it as large as a test wants."""
    chance = torch.Generator().manual_seed(2)
    base = "unet.down_blocks.0.attentions.0.transformer_blocks.0.attn2.to_k"
    state = {
        f"{base}.lora_A.weight": torch.randn((4, width), generator=chance),
        f"{base}.lora_B.weight": torch.randn((rows, 4), generator=chance),
    }
    return save(state)


def unsayable() -> bytes:
    """A LoRA with one more tensor, whose name no database takes and no page can show: a zero, half of a letter."""
    whole = kohya()
    length = struct.unpack("<Q", whole[:8])[0]
    header = json.dumps(
        json.loads(whole[8 : 8 + length])
        | {
            "a\0b\ud800c": {
                "dtype": "U8",
                "shape": [1],
                "data_offsets": [len(whole) - 8 - length, len(whole) - 7 - length],
            }
        }
    )
    return struct.pack("<Q", len(header)) + header.encode() + whole[8 + length :] + b"\0"


def flux() -> bytes:
    """What a LoRA for Flux holds."""
    base = "transformer.single_transformer_blocks.0.attn.to_k"
    return save({f"{base}.lora_A.weight": torch.ones((4, 3072)), f"{base}.lora_B.weight": torch.ones((3072, 4))})


def a_pickle() -> bytes:
    """What an old .pt file begins with."""
    return pickle.dumps({"weights": [0.0] * 50}, protocol=2)


def a_zip() -> bytes:
    """What a .ckpt file is."""
    content = BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr("archive/data.pkl", a_pickle())
    return content.getvalue()


def announcing(size: int) -> bytes:
    """The first bytes of a file whose header says that ``size`` bytes of numbers follow."""
    header = json.dumps({"lora_unet_x.lora_up.weight": {"dtype": "U8", "shape": [size], "data_offsets": [0, size]}})
    return struct.pack("<Q", len(header)) + header.encode()
