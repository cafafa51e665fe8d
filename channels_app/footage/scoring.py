"""How good one picture is as a thumbnail: sharp, well lit, colourful, rich, with faces. Comparing pictures is done in
`likeness`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import cv2
import numpy as np
from PIL import Image

from imagecreator.people import Box, find_faces

if TYPE_CHECKING:
    from channels_app.footage.pixels import Pixels

BLACK = 40  # level that 95 of 100 pixels of a black picture stay below
FLAT = 24  # levels between the darkest and brightest 2 % of a flat picture, at most
ONE_TONE = 0.85  # share of pixels in a single narrow tone from which a picture is a card or a wall
BLOCKS = 12  # the picture is cut into so many blocks each way to find its sharpest parts
SHARP_HALF = 6.0  # mean |Laplacian| of those that scores 0.5
BEST_MEAN, MEAN_WIDTH = 0.46, 0.30  # mean brightness that scores 1, and how fast it falls off
FULL_COLOUR = 90.0  # Hasler & Süsstrunk: 82 is "highly", 109 "extremely colourful"
WEIGHTS = {"sharpness": 0.32, "exposure": 0.22, "colourfulness": 0.14, "detail": 0.14, "faces": 0.18}


@dataclass(frozen=True)
class Measures:
    """A picture in numbers, 0..1 each and more is better; `detail` is the entropy of its brightness."""

    sharpness: float
    exposure: float
    colourfulness: float
    detail: float
    faces: tuple[Box, ...]
    empty: bool  # black, flat or of one tone: nothing to look at

    @property
    def score(self) -> float:
        """The weighted sum, 0..1."""
        face = min(1.0, 0.5 + 4 * max(box.area for box in self.faces)) if self.faces else 0.0
        parts = {
            "sharpness": self.sharpness,
            "exposure": self.exposure,
            "colourfulness": self.colourfulness,
            "detail": self.detail,
            "faces": face,
        }
        total = sum(WEIGHTS[name] * value for name, value in parts.items())
        return total * 0.25 if self.empty else total


def measure(pixels: Pixels) -> Measures:
    """Measure a picture of at most some 640 pixels a side (sharpness depends on the scale)."""
    luma = cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY)
    levels = np.asarray(luma, dtype=np.uint8)
    tones = np.bincount(levels.ravel() // 4, minlength=64) / levels.size
    empty = _is_empty(levels, tones)
    return Measures(
        sharpness=_sharpness(levels),
        exposure=_exposure(levels),
        colourfulness=_colourfulness(pixels),
        detail=float(-(tones[tones > 0] * np.log2(tones[tones > 0])).sum() / 6.0),
        faces=() if empty else tuple(find_faces(Image.fromarray(pixels))),
        empty=empty,
    )


def _is_empty(
    levels: np.ndarray[tuple[int, ...], np.dtype[np.uint8]], tones: np.ndarray[tuple[int, ...], np.dtype[np.float64]]
) -> bool:
    low, bright, high = np.percentile(levels, (2, 95, 98))
    narrow = float(np.convolve(tones, np.ones(3), mode="same").max())
    return bool(bright < BLACK or high - low < FLAT or narrow > ONE_TONE)


def _sharpness(levels: np.ndarray[tuple[int, ...], np.dtype[np.uint8]]) -> float:
    """The upper tenth of blocks decides: a face before a blurred background is sharp."""
    edges = np.abs(cv2.Laplacian(cv2.GaussianBlur(levels, (3, 3), 0), cv2.CV_32F))
    blocks = cv2.resize(edges, (BLOCKS, BLOCKS), interpolation=cv2.INTER_AREA)
    strength = float(np.percentile(blocks, 90))
    return strength / (strength + SHARP_HALF)


def _exposure(levels: np.ndarray[tuple[int, ...], np.dtype[np.uint8]]) -> float:
    mean = float(levels.mean()) / 255
    crushed = float((levels < 10).mean()) * 0.5 + float((levels > 247).mean())
    return float(np.exp(-(((mean - BEST_MEAN) / MEAN_WIDTH) ** 2)) * (1 - min(1.0, crushed)))


def _colourfulness(pixels: Pixels) -> float:
    """D. Hasler and S. Süsstrunk, Measuring colourfulness in natural images, 2003."""
    red, green, blue = (pixels[..., channel].astype(np.float32) for channel in range(3))
    red_green, yellow_blue = red - green, (red + green) / 2 - blue
    spread = np.hypot(red_green.std(), yellow_blue.std())
    offset = np.hypot(red_green.mean(), yellow_blue.mean())
    return min(1.0, float(spread + 0.3 * offset) / FULL_COLOUR)
