"""Black bars around a picture: found once for a whole video, because a single dark frame proves nothing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from collections.abc import Sequence

    from channels_app.footage.pixels import Pixels

DARK = 30  # level (0..255) that the brightest pixels of a bar stay below
EVEN = 8  # levels between a bar's darkest and brightest pixels: a night sky has more
SHARE = 0.9  # of the frames must show the bar …
EDGE_SHARE = 0.2  # … and in so many of them the picture must begin with a step
STEP = 10  # levels
THINNEST = 0.012  # of the side; less is not worth a crop
WIDEST = 0.42  # of the side, for one bar
RINGING = 4  # lines beside the picture that compression makes uneven, though they are still black
BLEND = 1  # pixels of a candidate shaved off beyond the bar: scaling mixes the two there


@dataclass(frozen=True)
class Crop:
    """What is cut off each edge, in fractions of the picture's width or height."""

    left: float = 0.0
    top: float = 0.0
    right: float = 0.0
    bottom: float = 0.0

    def apply(self, pixels: Pixels) -> Pixels:
        """The picture without its bars."""
        height, width = pixels.shape[:2]
        top, left = round(self.top * height), round(self.left * width)
        return pixels[top : height - round(self.bottom * height), left : width - round(self.right * width)]


def find_bars(pictures: Sequence[Pixels]) -> Crop:
    """The bars that (nearly) all pictures share; dark pictures have no say, and no picture at all means no bars."""
    lumas = [picture.max(axis=2) for picture in pictures]
    lit = [luma for luma in lumas if np.percentile(luma, 99) > 3 * DARK]
    if not lit:
        return Crop()
    tops = [_depth(lit, axis=0, flip=flip) for flip in (False, True)]
    sides = [_depth(lit, axis=1, flip=flip) for flip in (False, True)]
    return Crop(left=sides[0], top=tops[0], right=sides[1], bottom=tops[1])


def _depth(lumas: list[Pixels], axis: int, flip: bool) -> float:
    """How deep the bar at one edge is, as a fraction of the side; 0.0 where there is none."""
    profiles = [_lines(luma if axis == 0 else luma.T, flip) for luma in lumas]
    depths = sorted(int(np.argmin(even)) if not even.all() else len(even) for _, even in profiles)
    depth = depths[int(len(depths) * (1 - SHARE))]
    length = len(profiles[0][0])
    if not THINNEST * length <= depth <= WIDEST * length:
        return 0.0
    levels = np.array([mean for mean, _ in profiles if len(mean) == length])
    if np.mean(levels[:, depth + 2] - levels[:, max(depth - 2, 0)] >= STEP) < EDGE_SHARE:
        return 0.0
    depth += next((more for more in range(RINGING) if np.median(levels[:, depth + more]) >= DARK / 2), RINGING)
    return (depth + BLEND) / length


def _lines(luma: Pixels, flip: bool) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.bool_]]:
    """For each line of pixels from the edge inwards: its mean level, and whether it could belong to a bar."""
    low, high = np.percentile(luma, (2, 98), axis=1)
    even = (high < DARK) & (high - low < EVEN)
    mean = luma.mean(axis=1)
    return (mean[::-1], even[::-1]) if flip else (mean, even)
