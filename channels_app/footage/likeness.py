"""How much two pictures are alike: scenes, twins, and the motion between two moments."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import cv2
import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from collections.abc import Sequence

    from channels_app.footage.pixels import Pixels

GRID = (32, 24)  # columns and rows of the coarse picture
LOCAL = 10  # per cent of its cells that decide whether something in it has moved
BINS = (8, 6, 6)  # of L, a and b in the histogram
TWINS = 0.09  # novelty below which two pictures show the same
CUT = 0.42  # difference from which two neighbours belong to different scenes
FLOW_SIDE = 192  # pixels of the longer side on which motion is measured
HALF_MOTION = 0.25  # picture widths per second that score 0.5


@dataclass(frozen=True)
class Signature:
    """A picture's coarse look: `grid` (rows, columns, 3) in Lab, 0..1, and the `histogram` of its colours, sum 1."""

    grid: npt.NDArray[np.float32]
    histogram: npt.NDArray[np.float32]

    def difference(self, other: Signature) -> float:
        """0 for the same picture, about 1 for pictures that share nothing."""
        place = float(np.abs(self.grid - other.grid).mean()) * 5
        colour = 1 - float(np.minimum(self.histogram, other.histogram).sum())
        return 0.5 * min(1.0, place) + 0.5 * colour

    def novelty(self, other: Signature) -> float:
        """How much changed where most changed, 0..1: two poses before one still background are no twins."""
        cells = np.sort(np.abs(self.grid - other.grid).max(axis=2).ravel())
        return float(cells[-max(1, cells.size * LOCAL // 100) :].mean())


def sign(pixels: Pixels) -> Signature:
    """The signature of a picture of any size."""
    small = cv2.resize(pixels, (160, 120), interpolation=cv2.INTER_AREA)
    lab = cv2.cvtColor(small, cv2.COLOR_RGB2LAB)
    grid = cv2.resize(lab, GRID, interpolation=cv2.INTER_AREA).astype(np.float32) / 255
    soft = cv2.GaussianBlur(lab, (5, 5), 0)
    histogram = cv2.calcHist([soft], [0, 1, 2], None, list(BINS), [0, 256, 64, 192, 64, 192]).ravel()
    return Signature(grid, (histogram / max(1.0, float(histogram.sum()))).astype(np.float32))


def scenes_of(signatures: Sequence[Signature]) -> list[int]:
    """The number of the scene, from 0, of each picture in order of time; a new one begins where neighbours differ."""
    numbers: list[int] = []
    for index, signature in enumerate(signatures):
        new = index > 0 and signature.difference(signatures[index - 1]) > CUT
        numbers.append(0 if index == 0 else numbers[-1] + new)
    return numbers


def motion_between(first: Pixels, second: Pixels, seconds: float) -> float | None:
    """How fast the picture moves, 0 (still) to 1 (wild): v / (v + 0.25), v in picture widths per second.

    v is the mean length of Farnebäck's optical flow. None where a cut lies between the two.
    """
    if sign(first).difference(sign(second)) > CUT:
        return None
    before, after = _grey(first), _grey(second)
    flow = cv2.calcOpticalFlowFarneback(before, after, None, 0.5, 4, 15, 2, 5, 1.1, 0)  # type: ignore[call-overload]
    speed = float(np.hypot(flow[..., 0], flow[..., 1]).mean()) / before.shape[1] / max(seconds, 1e-3)
    return speed / (speed + HALF_MOTION)


def _grey(pixels: Pixels) -> Pixels:
    height, width = pixels.shape[:2]
    scale = FLOW_SIDE / max(width, height)
    size = (max(16, round(width * scale)), max(16, round(height * scale)))
    grey = cv2.cvtColor(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA), cv2.COLOR_RGB2GRAY)
    return np.asarray(grey, dtype=np.uint8)
