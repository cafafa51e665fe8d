"""Pictures that carry texts, written as other tools write them."""

from __future__ import annotations

import json
import os
import struct
import zlib
from io import BytesIO
from typing import Any, Literal

from PIL import Image
from PIL.PngImagePlugin import PngInfo

from generation.recipe import Recipe, read

Chunk = Literal["tEXt", "zTXt", "iTXt", "packed iTXt"]


def png(chunk: Chunk = "iTXt", **texts: str) -> BytesIO:
    """A PNG file; of a key, ``_`` stands for ``-``."""
    info = PngInfo()
    for name, text in texts.items():
        key = name.replace("sd_metadata", "sd-metadata")
        if chunk in ("tEXt", "zTXt"):
            info.add_text(key, text, zip=chunk == "zTXt")
        else:
            info.add_itxt(key, text, zip=chunk == "packed iTXt")
    content = BytesIO()
    Image.new("RGB", (8, 8), "teal").save(content, "PNG", pnginfo=info)
    return content


def raw_png(*chunks: tuple[bytes, bytes]) -> BytesIO:
    """A PNG file of these chunks and nothing else."""
    content = BytesIO(b"\x89PNG\r\n\x1a\n")
    content.seek(0, os.SEEK_END)
    for kind, data in (*chunks, (b"IEND", b"")):
        content.write(struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data)))
    return content


def user_comment(text: str, order: str = "utf-16-be", kind: bytes = b"UNICODE\0") -> bytes:
    """The value of EXIF's ``UserComment``; A1111 writes big endian whatever the block's order is."""
    return kind + text.encode(order)


def with_exif(kind: str, comment: bytes = b"", **tags: str) -> BytesIO:
    """A JPEG, WebP or PNG file with a comment; ``make`` and ``model`` are ComfyUI's places."""
    exif = Image.Exif()
    if comment:
        exif.get_ifd(0x8769)[0x9286] = comment
    for tag, text in tags.items():
        exif[{"make": 0x010F, "model": 0x0110}[tag]] = text
    content = BytesIO()
    Image.new("RGB", (8, 8), "teal").save(content, kind, exif=exif.tobytes())
    return content


def comfy(graph: dict[str, Any]) -> Recipe | None:
    """What is read from a graph that was run."""
    return read(png(prompt=json.dumps(graph)))


def node(kind: str, **inputs: Any) -> dict[str, Any]:
    """A node of ComfyUI's ``prompt``; a link is a list."""
    return {"class_type": kind, "inputs": inputs}
