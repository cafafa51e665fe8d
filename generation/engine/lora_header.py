"""The table of contents of a safetensors file, read without reading the tensors, and believed in nothing.

The format: eight bytes with the header's length (little endian), the header as JSON, the tensors' bytes without gaps
(https://huggingface.co/docs/safetensors). What people upload in its place is told apart by its first bytes.
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from itertools import pairwise
from math import prod
from typing import TYPE_CHECKING, Any, BinaryIO

from generation.engine.errors import EngineError

if TYPE_CHECKING:
    from pathlib import Path

MOST_BYTES = 2_000_000_000  # a LoRA of rank 256 for every layer of SDXL, in float32, takes 1.8 GB
MOST_HEADER = 16_000_000  # of LoRAs some 100 KB, and a few MB of training notes; parsed, it takes ten times as much
MOST_AXES = 8
BITS = {
    **dict.fromkeys(("F4",), 4),
    **dict.fromkeys(("F6_E2M3", "F6_E3M2"), 6),
    **dict.fromkeys(("BOOL", "U8", "I8", "F8_E5M2", "F8_E4M3", "F8_E8M0", "F8_E4M3FNUZ", "F8_E5M2FNUZ"), 8),
    **dict.fromkeys(("U16", "I16", "F16", "BF16"), 16),
    **dict.fromkeys(("U32", "I32", "F32"), 32),
    **dict.fromkeys(("U64", "I64", "F64", "C64"), 64),
}
PICKLE_PROTOCOLS = range(6)
PAGES = (b"<!doctype html", b"<html", b"<head", b"<?xml", b"<!--")


@dataclass(frozen=True)
class Tensor:
    """One entry: the number format by its name in the file, the shape, and its bytes counted from `Header.start`."""

    dtype: str
    shape: tuple[int, ...]
    begin: int
    end: int


@dataclass(frozen=True)
class Header:
    """`tensors` by name, `metadata` as it stands there, `start` of the tensors' bytes, `size` of the file in bytes."""

    tensors: dict[str, Tensor]
    metadata: dict[str, str]
    start: int
    size: int


def read_header(path: Path) -> Header:
    """Read the header and nothing behind it, at most MOST_HEADER bytes, whatever it says of itself.

    EngineError: file_missing, empty_file, lora_too_large(limit_mb), lora_zip, lora_pickle, lora_page,
    lora_not_safetensors, lora_cut_off(have, want: bytes), lora_damaged(reason).
    """
    try:
        if not path.is_file():  # a pipe would keep us waiting
            raise EngineError("file_missing")
        with path.open("rb") as file:
            size = os.fstat(file.fileno()).st_size
            raw = _raw_header(file, size)
    except (OSError, ValueError) as error:  # ValueError: a name with a zero byte in it
        raise EngineError("file_missing") from error
    tensors, metadata = _parse(raw)
    start = 8 + len(raw)
    _check_places(tensors, size - start)
    return Header(tensors, metadata, start, size)


def _raw_header(file: BinaryIO, size: int) -> bytes:
    if not size:
        raise EngineError("empty_file")
    first = file.read(512)
    length = int.from_bytes(first[:8], "little")
    if first[8:9] != b"{" or length > min(size - 8, MOST_HEADER):
        raise _what_it_is(first, length, size)
    if size > MOST_BYTES:
        raise EngineError("lora_too_large", limit_mb=MOST_BYTES // 1_000_000)
    file.seek(8)
    raw = file.read(length)
    if len(raw) < length:  # it was made shorter while it was read
        raise EngineError("lora_cut_off", have=8 + len(raw), want=8 + length)
    return raw


def _what_it_is(first: bytes, length: int, size: int) -> EngineError:
    if first.startswith(b"PK\x03\x04"):
        return EngineError("lora_zip")
    if first[:1] == b"\x80" and first[1:2] and first[1] in PICKLE_PROTOCOLS:
        return EngineError("lora_pickle")
    if first.lstrip(b"\xef\xbb\xbf \t\r\n").lower().startswith(PAGES):
        return EngineError("lora_page")
    if first[8:9] == b"{" and length <= MOST_HEADER:
        return EngineError("lora_cut_off", have=size, want=8 + length)
    if first[8:9] == b"{" and length <= MOST_BYTES:
        return EngineError("lora_damaged", reason=f"a header of {length} bytes")
    return EngineError("lora_not_safetensors")


def _parse(raw: bytes) -> tuple[dict[str, Tensor], dict[str, str]]:
    try:
        entries = json.loads(raw.decode("utf-8"), object_pairs_hook=_each_once, parse_constant=_refuse)
        if not isinstance(entries, dict):
            raise ValueError("the header is no table")
        metadata = entries.pop("__metadata__", {})
        if not isinstance(metadata, dict) or not all(isinstance(value, str) for value in metadata.values()):
            raise ValueError("the metadata are no texts")
        return {name: _tensor(name, entry) for name, entry in entries.items()}, metadata
    except (ValueError, RecursionError) as error:
        raise EngineError("lora_damaged", reason=str(error)[:200]) from error


def _each_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a name stands there twice")
    return found


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is no JSON")


def _tensor(name: str, entry: Any) -> Tensor:
    if not isinstance(entry, dict) or set(entry) != {"dtype", "shape", "data_offsets"}:
        raise ValueError(f"{name[:100]} is no tensor")
    dtype, shape, offsets = entry["dtype"], entry["shape"], entry["data_offsets"]
    if not isinstance(dtype, str) or dtype not in BITS:
        raise ValueError(f"{name[:100]} has an unknown number format")
    if not (_are_sizes(shape) and len(shape) <= MOST_AXES and _are_sizes(offsets) and len(offsets) == 2):
        raise ValueError(f"{name[:100]} has an impossible shape or place")
    begin, end = offsets
    if (end - begin) * 8 != prod(shape) * BITS[dtype]:
        raise ValueError(f"{name[:100]} has a shape that does not fit its bytes")
    return Tensor(dtype, tuple(shape), begin, end)


def _are_sizes(values: Any) -> bool:
    return isinstance(values, list) and all(type(value) is int and 0 <= value < 1 << 63 for value in values)


def _check_places(tensors: dict[str, Tensor], room: int) -> None:
    """The tensors must fill the room behind the header, one after the other."""
    places = sorted((tensor.begin, tensor.end) for tensor in tensors.values())
    last = max((end for _, end in places), default=0)
    if last > room:
        raise EngineError("lora_cut_off", have=room, want=last)
    if (places and places[0][0]) or any(one[1] != other[0] for one, other in pairwise(places)):
        raise EngineError("lora_damaged", reason="tensors overlap or leave gaps")
    if last < room:
        raise EngineError("lora_damaged", reason=f"{room - last} bytes belong to no tensor")
