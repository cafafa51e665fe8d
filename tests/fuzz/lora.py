"""Feeds the reader of LoRAs' headers and metadata with mutated files: ``python -m tests.fuzz.lora SECONDS``.

It needs ``atheris``. A finding is an exception that is not expected, a file that takes longer than ten seconds, or more
than 512 MB of memory; it is written to the folder in which this was started.
"""

from __future__ import annotations

import json
import struct
import sys
import tempfile
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["generation.engine"]):
    from generation.engine import EngineError
    from generation.engine.lora_file import LoraFile, hashes, inspect

NOTES = {
    "ss_tag_frequency": json.dumps({"10_ink": {"ink on paper": 12, "fog": 3}}),
    "lora_adapter_metadata": json.dumps(
        {"unet.r": 4, "unet.lora_alpha": 8, "unet.alpha_pattern": {"to_k": 2.5}, "unet.use_rslora": True}
    ),
    "modelspec.architecture": "stable-diffusion-v1/lora",
}


def in_layout(names: tuple[str, str], width: int) -> bytes:
    """A file of one module that reads text of this width, with these names of its matrices."""
    shapes = dict(zip(names, ((4, width), (64, 4)), strict=True))
    header: dict[str, object] = {"__metadata__": NOTES}
    at = 0
    for name, shape in shapes.items():
        size = 2 * shape[0] * shape[1]
        header[name] = {"dtype": "F16", "shape": shape, "data_offsets": [at, at + size]}
        at += size
    head = json.dumps(header).encode()
    return struct.pack("<Q", len(head)) + head + bytes(at)


def seeds() -> list[bytes]:
    """A file of each layout to begin with, and what is often taken for one."""
    module = "down_blocks.0.attentions.0.transformer_blocks.0.attn2.to_k"
    flat = f"lora_unet_{module.replace('.', '_')}"
    return [
        in_layout((f"unet.{module}.lora_A.weight", f"unet.{module}.lora_B.weight"), 768),
        in_layout((f"{flat}.lora_down.weight", f"{flat}.lora_up.weight"), 192),
        in_layout((f"{flat}.hada_w1_a", f"{flat}.hada_w1_b"), 768),
        b"PK\x03\x04" + bytes(40),
        b"\x80\x02}q\x00.",
        b"<!doctype html><title>Log in</title>",
    ]


def one(content: bytes) -> None:
    """Look at one file; whatever it is, it is a LoRA or is refused by an expected error."""
    PLACE.write_bytes(content)
    for look in (inspect, hashes):
        try:
            found = look(PLACE)
        except EngineError:
            continue
        assert isinstance(found, LoraFile | tuple)


def main() -> None:
    """Fuzz for the given number of seconds."""
    seconds = int(sys.argv[1]) if len(sys.argv) > 1 else 60
    corpus = FOLDER / "corpus"
    corpus.mkdir()
    for number, content in enumerate(seeds()):
        (corpus / f"{number}").write_bytes(content)
    limits = [f"-max_total_time={seconds}", "-timeout=10", "-rss_limit_mb=512", "-max_len=65536"]
    atheris.Setup([sys.argv[0], *limits, str(corpus)], one)
    atheris.Fuzz()


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        FOLDER = Path(folder)
        PLACE = FOLDER / "looked-at.safetensors"
        main()
