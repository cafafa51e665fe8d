"""Coarse to fine: most iterations work on small copies, where large forms are found and each costs little.

After Gatys et al. 2017, "Controlling Perceptual Factors in Neural Style Transfer", section 6 (arXiv:1611.07865).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

SHARES = ((0.25, 0.6), (0.5, 0.3), (1.0, 0.1))  # of the sides, and of the iterations: together a fifth of the work
LEAST_SIDE = 32  # pixels: two for each answer of the deepest layer
LEAST_COARSE = 64  # pixels of the short side, below which a smaller copy shows nothing any more
MOST_SIDE = 4_096


@dataclass(frozen=True)
class Level:
    """So many iterations at one size, in pixels."""

    width: int
    height: int
    iterations: int

    @property
    def size(self) -> tuple[int, int]:
        """Width and height."""
        return self.width, self.height


def levels(size: tuple[int, int], most_pixels: int, iterations: int) -> list[Level]:
    """From coarse to fine, for a picture of that (width, height); the last has its size, or less as `within` says.

    The iterations of copies that would be too small to show anything go to the next larger ones.
    """
    wide, high = within(size, most_pixels)
    found, given, due = [], 0, 0.0
    for scale, share in SHARES:
        due += share
        if scale < 1 and min(wide, high) * scale < LEAST_COARSE:
            continue
        count = max(1, round(iterations * due) - given) if scale == 1 else round(iterations * due) - given
        if count > 0:
            found.append(Level(round(wide * scale), round(high * scale), count))
            given += count
    return found


def within(size: tuple[int, int], most_pixels: int) -> tuple[int, int]:
    """The size to work at: of the same shape as far as sides of LEAST_SIDE to MOST_SIDE pixels allow."""
    scale = min(1.0, math.sqrt(most_pixels / (size[0] * size[1])))
    wide, high = (min(max(int(side * scale), LEAST_SIDE), MOST_SIDE) for side in size)
    if wide * high > most_pixels:  # a thin picture, of which one side was made longer
        wide, high = (
            side if side == LEAST_SIDE else max(LEAST_SIDE, most_pixels // LEAST_SIDE) for side in (wide, high)
        )
    return wide, high


def alike(size: tuple[int, int], pixels: int) -> tuple[int, int]:
    """The size of a style picture beside one of so many pixels: its own shape, and about as many pixels."""
    scale = math.sqrt(pixels / (size[0] * size[1]))
    wide, high = (min(max(round(side * scale), LEAST_SIDE), MOST_SIDE) for side in size)
    return wide, high
