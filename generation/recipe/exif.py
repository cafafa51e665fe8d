"""The few texts of an EXIF block that tools write recipes to (CIPA DC-008; TIFF 6.0)."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

MOST_ENTRIES = 500  # of one directory
MAKE, MODEL, EXIF_DIRECTORY, USER_COMMENT = 0x010F, 0x0110, 0x8769, 0x9286
_COMFY_KEYS = ("prompt", "workflow")  # ComfyUI writes "prompt:{…}" into the maker's and the model's name
_BYTES_OF_TYPE = {1: 1, 2: 1, 3: 2, 4: 4, 7: 1}  # byte, ASCII, short, long, undefined


class _Entry(NamedTuple):
    tag: int
    value: bytes


def exif_texts(block: bytes) -> Iterator[tuple[str, str]]:
    """Texts by the keys under which PNG files have them, and ``UserComment``. `block` begins with the TIFF header."""
    order = {b"II*\0": "<", b"MM\0*": ">"}.get(block[:4])
    if order is None or len(block) < 8:
        return
    (start,) = struct.unpack_from(order + "I", block, 4)
    for entry in _entries(block, start, order):
        if entry.tag in (MAKE, MODEL):
            yield from _comfy(entry.value)
        elif entry.tag == EXIF_DIRECTORY and len(entry.value) == 4:
            (below,) = struct.unpack(order + "I", entry.value)
            for inner in _entries(block, below, order):
                if inner.tag == USER_COMMENT:
                    yield "UserComment", _comment(inner.value, order)


def _entries(block: bytes, start: int, order: str) -> Iterator[_Entry]:
    if start + 2 > len(block):
        return
    (count,) = struct.unpack_from(order + "H", block, start)
    for place in range(start + 2, start + 2 + 12 * min(count, MOST_ENTRIES), 12):
        if place + 12 > len(block):
            return
        tag, kind, number = struct.unpack_from(order + "HHI", block, place)
        length = _BYTES_OF_TYPE.get(kind, 0) * number
        at = place + 8
        if length > 4:
            (at,) = struct.unpack_from(order + "I", block, at)
        if tag in (MAKE, MODEL, EXIF_DIRECTORY, USER_COMMENT) and length and at + length <= len(block):
            yield _Entry(tag, block[at : at + length])


def _comfy(value: bytes) -> Iterator[tuple[str, str]]:
    key, colon, content = value.decode(errors="replace").partition(":")
    if colon and key in _COMFY_KEYS:
        yield key, content.rstrip("\0")


def _comment(value: bytes, order: str) -> str:
    """Eight bytes name the character set; of UTF-16 some writers use an order of their own."""
    kind, content = value[:8], value[8:]
    if kind != b"UNICODE\0":
        return content.decode(errors="replace").strip("\0")
    if content[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return content.decode("utf-16", errors="replace")
    zeros_first, zeros_second = content[0::2].count(0), content[1::2].count(0)
    little = zeros_second > zeros_first if zeros_first != zeros_second else order == "<"
    return content.decode("utf-16-le" if little else "utf-16-be", errors="replace")
