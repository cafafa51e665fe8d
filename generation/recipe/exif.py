"""The few texts of an EXIF block that tools write recipes to (CIPA DC-008; TIFF 6.0)."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

MOST_ENTRIES = 500  # of one directory
MAKE, MODEL, EXIF_DIRECTORY, USER_COMMENT = 0x010F, 0x0110, 0x8769, 0x9286
_COMFY_KEYS = (b"prompt", b"workflow")  # ComfyUI writes "prompt:{…}" into the maker's and the model's name
_BYTES_OF_TYPE = {1: 1, 2: 1, 3: 2, 4: 4, 7: 1}  # byte, ASCII, short, long, undefined


def exif_texts(block: bytes) -> Iterator[tuple[str, str]]:
    """Texts by the keys under which PNG files have them, and ``UserComment``. `block` begins with the TIFF header.

    Of each tag the first entry counts: all entries may name the same bytes, and each would cost as much as the block.
    """
    order = {b"II*\0": "<", b"MM\0*": ">"}.get(block[:4])
    if order is None or len(block) < 8:
        return
    (start,) = struct.unpack_from(order + "I", block, 4)
    found = _entries(block, start, order, (MAKE, MODEL, EXIF_DIRECTORY))
    for tag in (MAKE, MODEL):
        yield from _comfy(found.get(tag, b""))
    if len(place := found.get(EXIF_DIRECTORY, b"")) == 4:
        (below,) = struct.unpack(order + "I", place)
        if comment := _entries(block, below, order, (USER_COMMENT,)).get(USER_COMMENT):
            yield "UserComment", _comment(comment, order)


def _entries(block: bytes, start: int, order: str, wanted: Collection[int]) -> dict[int, bytes]:
    """The values of these tags in the directory at `start`."""
    found: dict[int, bytes] = {}
    if start + 2 > len(block):
        return found
    (count,) = struct.unpack_from(order + "H", block, start)
    for place in range(start + 2, min(start + 2 + 12 * min(count, MOST_ENTRIES), len(block) - 11), 12):
        tag, kind, number = struct.unpack_from(order + "HHI", block, place)
        if tag not in wanted or tag in found:
            continue
        length = _BYTES_OF_TYPE.get(kind, 0) * number
        at = place + 8
        if length > 4:
            (at,) = struct.unpack_from(order + "I", block, at)
        if length and at + length <= len(block):
            found[tag] = block[at : at + length]
    return found


def _comfy(value: bytes) -> Iterator[tuple[str, str]]:
    key, colon, content = value.partition(b":")
    if colon and key in _COMFY_KEYS:
        yield key.decode(), content.decode(errors="replace").rstrip("\0")


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
