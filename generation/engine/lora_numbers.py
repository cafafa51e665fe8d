"""A LoRA's numbers, looked at in pieces and without torch: each finite, and not all without effect.

Painting looks again, in the pipeline's own number format; this is for files that nobody has painted with yet.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from generation.engine.errors import EngineError
from generation.engine.lora_file import pairs
from generation.engine.lora_header import read_header

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path
    from typing import BinaryIO

    from generation.engine.lora_file import Pair
    from generation.engine.lora_header import Tensor

CHUNK = 1 << 22  # bytes; a multiple of every number's size
FLOATS = {"F16": "<f2", "F32": "<f4", "F64": "<f8"}
# Formats that numpy lacks: the integers that hold them, all bits but the sign, and from which value on (without the
# sign) they stand for no finite number. BF16: sign, 8 bits of exponent, 7 of fraction. F8: arXiv:2209.05433.
PACKED = {"BF16": ("<u2", 0x7FFF, 0x7F80), "F8_E5M2": ("u1", 0x7F, 0x7C), "F8_E4M3": ("u1", 0x7F, 0x7F)}


def check_numbers(path: Path, tell: Callable[[int, int | None], None]) -> None:
    """Read every tensor. `tell(bytes, all)` is called for each piece; what it raises ends the reading.

    EngineError: lora_not_numbers; lora_no_effect where no module changes anything: an alpha, or all numbers of one of
    its matrices, are zero. And those of `lora_file.pairs`.
    """
    header = read_header(path)
    modules = pairs(header)
    something: set[str] = set()  # names of tensors that hold more than zeros
    done, total = 0, header.size - header.start
    try:
        with path.open("rb") as file:
            for name, tensor in header.tensors.items():
                file.seek(header.start + tensor.begin)
                if _holds_something(file, tensor, lambda size, before=done: tell(before + size, total)):  # type: ignore[misc]
                    something.add(name)
                done += tensor.end - tensor.begin
    except OSError as problem:
        raise EngineError("file_missing") from problem
    if not any(_has_effect(pair, something) for pair in modules):
        raise EngineError("lora_no_effect")


def _holds_something(file: BinaryIO, tensor: Tensor, tell: Callable[[int], None]) -> bool:
    left, found = tensor.end - tensor.begin, False
    while left:
        piece = file.read(min(left, CHUNK))
        if not piece:  # it was made shorter while it was read
            raise EngineError("lora_cut_off", have=file.tell(), want=file.tell() + left)
        left -= len(piece)
        finite, any_number = _look(piece, tensor.dtype)
        if not finite:
            raise EngineError("lora_not_numbers")
        found = found or any_number
        tell(tensor.end - tensor.begin - left)
    return found


def _look(piece: bytes, dtype: str) -> tuple[bool, bool]:
    """Whether all numbers are finite, and whether any is not zero (of either sign)."""
    if dtype in FLOATS:
        numbers: Any = np.frombuffer(piece, FLOATS[dtype])
        return bool(np.isfinite(numbers).all()), bool(numbers.any())
    if dtype in PACKED:
        kind, bits, no_number = PACKED[dtype]
        size = np.frombuffer(piece, kind) & bits
        return bool((size < no_number).all()), bool(size.any())
    return True, any(piece)  # whole numbers: an alpha may be one


def _has_effect(pair: Pair, something: set[str]) -> bool:
    alpha = pair.alpha in something if isinstance(pair.alpha, str) else pair.alpha is None or bool(pair.alpha)
    return alpha and pair.up in something and pair.down in something
