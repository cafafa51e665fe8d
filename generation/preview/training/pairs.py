"""What the upscaler learns from: scenes drawn small and, by the same hand, four times as large.

No torch here: every process that draws imports this.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
from PIL import Image

from generation.preview import scenes
from generation.preview.training.material import on_all_cores

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.random import Generator

    from generation.preview.scenes import Scene

Pixels = npt.NDArray[np.uint8]

TIMES = 4
WINDOW, WINDOWS = 80, 2  # small pixels along the side of what is kept of the large picture, and how many for each scene
LOOKED_AT = 3  # windows, of which the one with most detail is kept: much of a drawing is plain
REDUCED = 0.25  # of the crops: the large picture made small, not the scene drawn small
FILTERS = (Image.Resampling.BOX, Image.Resampling.BICUBIC, Image.Resampling.LANCZOS)


@dataclass
class Pair:
    """One scene: drawn small, perhaps `soft`, as the base model gives it back, and windows of it drawn large.

    A window is (left, top) in small pixels and the large pixels `(320, 320, 3)`.
    """

    scene: Scene
    small: Pixels
    windows: list[tuple[int, int, Pixels]]
    soft: Pixels | None = None


def draw_pairs(count: int, seed: int, *, layouts: int = scenes.ANY_LAYOUT) -> list[Pair]:
    """So many scenes in at most so many layouts, drawn on all cores; the same ones for the same seed."""
    return on_all_cores(partial(_drawn, layouts), [(seed, number) for number in range(count)])


def crops(pairs: Sequence[Pair], rng: Generator, count: int, side: int) -> tuple[list[Pixels], list[Pixels]]:
    """So many random crops, `side` pixels wide and high, and the same four times as large."""
    small: list[Pixels] = []
    large: list[Pixels] = []
    for number in rng.integers(len(pairs), size=count):
        pair = pairs[number]
        left, top, whole = pair.windows[int(rng.integers(len(pair.windows)))]
        x, y = (int(way) for way in rng.integers(WINDOW - side + 1, size=2))
        truth = whole[TIMES * y : TIMES * (y + side), TIMES * x : TIMES * (x + side)]
        if rng.random() < REDUCED:
            how = FILTERS[int(rng.integers(len(FILTERS)))]
            seen = np.asarray(Image.fromarray(truth).resize((side, side), how))
        else:
            source = pair.small if pair.soft is None else pair.soft
            seen = source[top + y : top + y + side, left + x : left + x + side]
        turns, flip = int(rng.integers(4)), rng.random() < 0.5
        for pixels, into in ((seen, small), (truth, large)):
            turned = np.rot90(pixels, turns)
            into.append(turned[:, ::-1] if flip else turned)
    return small, large


def _drawn(layouts: int, number: tuple[int, int]) -> Pair:
    rng = np.random.default_rng(number)
    scene = scenes.imagine(rng, layouts=layouts)
    small, large = np.asarray(scenes.draw(scene)), np.asarray(scenes.draw(scene, TIMES))
    return Pair(scene, small, [_window(rng, large) for _ in range(WINDOWS)])


def _window(rng: Generator, large: Pixels) -> tuple[int, int, Pixels]:
    high, wide = (side // TIMES - WINDOW + 1 for side in large.shape[:2])
    found = []
    for _ in range(LOOKED_AT):
        left, top = int(rng.integers(wide)), int(rng.integers(high))
        cut = large[TIMES * top : TIMES * (top + WINDOW), TIMES * left : TIMES * (left + WINDOW)]
        found.append((float(np.abs(np.diff(cut.astype(np.int16), axis=1)).mean()), left, top, cut))
    _detail, left, top, cut = max(found, key=lambda one: one[0])
    return left, top, cut.copy()
