"""A LoRA's numbers, read and judged before they come near the pipeline: each at its place, finite, and not all zero.

diffusers itself only logs that no key matched and paints as if nothing had been loaded, or raises hundreds of lines.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from safetensors import SafetensorError, safe_open

from generation.engine.errors import EngineError
from generation.engine.lora_file import hashes, pairs
from generation.engine.lora_header import read_header

if TYPE_CHECKING:
    from typing import Any

    from generation.engine.jobs import LoraUse
    from generation.engine.lora_file import Pair
    from generation.engine.lora_places import Place, Places


@dataclass(frozen=True)
class Weights:
    """One module's share: `down` (rank, in, …), `up` (out, rank, …); `alpha / rank · up @ down` is added."""

    place: Place
    down: torch.Tensor
    up: torch.Tensor
    alpha: float

    @property
    def bytes(self) -> int:
        """What both take in memory."""
        return self.down.nbytes + self.up.nbytes


def read(use: LoraUse, places: Places, dtype: torch.dtype) -> list[Weights]:
    """The file's weights in `dtype` on the CPU.

    EngineError: those of `lora_file.inspect`, and lora_changed (the file is not the one that was looked at),
    lora_mismatch(count, total, first: modules that the model has not, or in another shape), lora_not_numbers,
    lora_no_effect.
    """
    header = read_header(use.path)
    wanted = pairs(header)
    placed = [(pair, places.get((pair.part, pair.module))) for pair in wanted]
    shapes = {name: tensor.shape for name, tensor in header.tensors.items()}
    strange = [pair.module for pair, place in placed if place is None or not _has_room(pair, place, shapes)]
    if strange:
        raise EngineError("lora_mismatch", count=len(strange), total=len(wanted), first=strange[0][:100])
    if len({place for _, place in placed}) < len(placed):
        raise EngineError("lora_damaged", reason="two entries change the same module")
    try:
        with safe_open(use.path, framework="pt", device="cpu") as file:
            found = [_weights(file, pair, place, dtype) for pair, place in placed if place is not None]
    except SafetensorError as error:
        raise EngineError("lora_damaged", reason=str(error).partition("\n")[0]) from error
    if hashes(use.path)[0] != use.sha256:  # only now: what is read before may be another file by then
        raise EngineError("lora_changed")
    if not any(bool(one.up.any()) and bool(one.down.any()) and one.alpha for one in found):
        raise EngineError("lora_no_effect")
    return found


def _has_room(pair: Pair, place: Place, shapes: dict[str, tuple[int, ...]]) -> bool:
    down, up = _shapes(place, pair.rank)
    return _trimmed(shapes[pair.down]) == _trimmed(down) and _trimmed(shapes[pair.up]) == _trimmed(up)


def _shapes(place: Place, rank: int) -> tuple[tuple[int, ...], tuple[int, ...]]:
    out, *inner = place.shape
    return (rank, *inner), (out, rank, *(1 for _ in inner[1:]))


def _trimmed(shape: tuple[int, ...]) -> tuple[int, ...]:
    """A 1x1 convolution is a linear layer, and trainers save it as either."""
    return shape[:2] if shape[2:] == (1, 1) else shape


def _weights(file: Any, pair: Pair, place: Place, dtype: torch.dtype) -> Weights:
    # Copied: what is read is the file itself, mapped into memory, and would change when somebody writes to the file.
    down, up = (
        file.get_tensor(name).to(dtype, copy=True).reshape(shape)
        for name, shape in zip((pair.down, pair.up), _shapes(place, pair.rank), strict=True)
    )
    alpha = file.get_tensor(pair.alpha).float().item() if isinstance(pair.alpha, str) else pair.alpha
    alpha = float(pair.rank if alpha is None else alpha)
    # In the pipeline's own format: what float32 can hold may be infinite in half precision.
    if not all(bool(torch.isfinite(tensor).all()) for tensor in (down, up, torch.tensor(alpha, dtype=dtype))):
        raise EngineError("lora_not_numbers")
    return Weights(place, down, up, alpha)
