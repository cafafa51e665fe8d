"""Tiles: all of the picture, from one noise, and nothing that shows where one ends."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch
from PIL import Image, ImageFilter
from skimage.metrics import structural_similarity

from generation.engine.upscale.ladder import Rung
from generation.engine.upscale.tiles import MULTIPLE, blend, spans, tiled
from tests.generation.engine.pictures import levels

if TYPE_CHECKING:
    from generation.engine import Engine

LARGE = (104, 88)
SIZE = (416, 352)
TILE = 64


def soft_noise() -> Image.Image:
    """The same everywhere, as far as statistics say, and without an edge."""
    noise = np.random.default_rng(4).integers(0, 256, (*LARGE[::-1], 3), np.uint8)
    return Image.fromarray(noise).filter(ImageFilter.GaussianBlur(1.5))


@pytest.mark.parametrize("length", [8, 64, 72, 104, 112, 120, 360, 640, 1000])
def test_spans_cover_a_side_and_overlap(length: int) -> None:
    found = spans(length, TILE)
    assert found[0][0] == 0 and found[-1][1] == length
    assert all(start % MULTIPLE == 0 and end - start == min(TILE, length) for start, end in found)
    assert all(one[1] - after[0] >= MULTIPLE for one, after in pairwise(found))


@pytest.mark.parametrize("shape", [(64, 64), (72, 200), (360, 640)])
def test_what_looks_at_single_places_is_the_same_in_tiles(shape: tuple[int, int]) -> None:
    whole = torch.randn(2, 3, *shape)

    def call(part: torch.Tensor) -> torch.Tensor:
        return (part * 2 + 1).repeat_interleave(2, dim=2).repeat_interleave(2, dim=3)

    assert torch.allclose(blend(call, whole, TILE, times=2), call(whole), atol=1e-5)


def test_weights_rise_and_fall_without_a_step() -> None:
    """Tiles that disagree, each flat: no two neighbours differ by more than a small part of that."""
    tone = iter(range(100))
    made = blend(lambda part: torch.full_like(part, next(tone) % 2), torch.zeros(1, 1, 8, 640), TILE)[0, 0, 0]
    assert made.min() < 0.01 and made.max() > 0.99
    assert made.diff().abs().max() < 0.2


def test_a_network_called_in_tiles_is_itself_again_afterwards(painter: Engine) -> None:
    unet = painter._upscaler.get().pipe.unet
    before, told = unet.forward, []
    with pytest.raises(InterruptedError), tiled(unet, 32, lambda: told.append(1)):
        assert unet.forward != before
        raise InterruptedError
    assert unet.forward == before


@pytest.mark.parametrize("tile", [64, 32])
def test_tiles_leave_no_seam_and_little_else(painter: Engine, tile: int) -> None:
    """A random network with attention and group norms, both of which see less in a tile."""
    picture = soft_noise()
    whole = painter.upscale(picture, SIZE, "a red house", seed=5)
    painter._upscaler.get().ladder.rung = Rung(tile)
    made = painter.upscale(picture, SIZE, "a red house", seed=5)
    assert structural_similarity(np.asarray(whole), np.asarray(made), channel_axis=2) >= 0.95
    assert not np.array_equal(np.asarray(whole), np.asarray(made))
    for axis, side in ((1, LARGE[0]), (0, LARGE[1])):
        steps = np.abs(np.diff(levels(made), axis=axis)).mean(axis=(1 - axis, 2))
        borders = sorted({4 * end for span in spans(side, tile) for end in span} - {0, 4 * side})
        near = np.concatenate([steps[border - 1 : border + 1] for border in borders])
        assert near.mean() <= 1.1 * np.delete(steps, [border - 1 for border in borders]).mean()
