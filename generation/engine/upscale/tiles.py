"""Tiles: a model sees one part of a large picture after the other, and what it says of them is blended.

All tiles take part in every step (MultiDiffusion: Bar-Tal et al. 2023, arXiv:2302.08113), so that each step begins from
one picture and its one noise. Where tiles overlap, weights rise and fall smoothly, so that no edge shows.
"""

from __future__ import annotations

from contextlib import contextmanager
from math import ceil
from typing import TYPE_CHECKING, Any

import torch

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

MULTIPLE = 8  # latents: UNets halve them up to three times
OVERLAP = 4  # a tile shares at least one part in so many of its side with the next


def blend(
    call: Callable[[torch.Tensor], torch.Tensor],
    whole: torch.Tensor,
    tile: int,
    *,
    times: int = 1,
    where: torch.device | None = None,
    on_tile: Callable[[], None] | None = None,
) -> torch.Tensor:
    """`call` of each tile of `whole` (n, channels, height, width), put together in float32.

    Tiles have at most `tile` × `tile` places, and what `call` gives has `times` as many each way. The result lies on
    `where`: on the device of `whole` unless said otherwise. `on_tile` is called after each; what it raises leaves.
    """
    rows, columns = (spans(side, tile) for side in whole.shape[2:])
    result = weights = None
    for top, bottom in rows:
        for left, right in columns:
            made = call(whole[:, :, top:bottom, left:right]).to(where or whole.device, torch.float32)
            if result is None or weights is None:
                high, wide = (side * times for side in whole.shape[2:])
                result = made.new_zeros(*made.shape[:2], high, wide)
                weights = made.new_zeros(1, 1, high, wide)
            window = _window(rows, (top, bottom), times)[:, None] * _window(columns, (left, right), times)[None]
            place = (..., slice(top * times, bottom * times), slice(left * times, right * times))
            result[place] += made * window.to(made)
            weights[place] += window.to(made)
            if on_tile is not None:
                on_tile()
    assert result is not None and weights is not None
    return result.div_(weights)


def spans(length: int, tile: int) -> list[tuple[int, int]]:
    """From where to where tiles go along a side: as few as can be, spread evenly, from multiples of MULTIPLE."""
    if length <= tile:
        return [(0, length)]
    count = ceil((length - tile // OVERLAP) / (tile - tile // OVERLAP))
    steps = [(length - tile) * number / (count - 1) for number in range(count)]
    return [(start, start + tile) for start in (int(step // MULTIPLE) * MULTIPLE for step in steps[:-1])] + [
        (length - tile, length)
    ]


@contextmanager
def tiled(unet: Any, tile: int, on_tile: Callable[[], None]) -> Iterator[None]:
    """Within it, `unet` sees what is larger than a tile in tiles; whoever calls it notices nothing."""
    forward = unet.forward

    def in_tiles(sample: torch.Tensor, *args: Any, **kwargs: Any) -> Any:
        if max(sample.shape[2:]) <= tile:
            return forward(sample, *args, **kwargs)
        kwargs["return_dict"] = False
        return (blend(lambda part: forward(part, *args, **kwargs)[0], sample, tile, on_tile=on_tile).to(sample.dtype),)

    unet.forward = in_tiles
    try:
        yield
    finally:
        unet.forward = forward


def _window(all_spans: list[tuple[int, int]], span: tuple[int, int], times: int) -> torch.Tensor:
    """The weights along one side of a tile: 1 where it is alone, falling as a sine's square where others begin."""
    number = all_spans.index(span)
    start, end = span
    weights = torch.ones((end - start) * times)
    before = (all_spans[number - 1][1] - start) * times if number else 0
    after = (end - all_spans[number + 1][0]) * times if number + 1 < len(all_spans) else 0
    if before:
        weights[:before] *= _ramp(before)
    if after:
        weights[-after:] *= _ramp(after).flip(0)
    return weights


def _ramp(length: int) -> torch.Tensor:
    return torch.sin((torch.arange(length) + 0.5) / length * torch.pi / 2).square()
