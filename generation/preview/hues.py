"""The colour that a picture has most of, by hue alone."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from PIL import Image

from generation.facts import COLOURS, oklab
from generation.preview.drawing.shades import HUES, shade

# By hue alone, brown is dark orange, beige pale yellow, navy dark blue, and teal and cyan are one.
FAMILIES: dict[str, str] = {name: name for name in HUES} | {
    "brown": "orange",
    "beige": "yellow",
    "navy": "blue",
    "teal": "cyan",
}
LEAST_CHROMA = 0.02


def dominant_hue(picture: Image.Image) -> str:
    """The family of hues that has most of the colour in a picture; 'none' where it has no colour.

    Pixels vote for the family whose middle is nearest to their hue in OKLab, with their chroma as weight.
    """
    small = picture.convert("RGB")
    small.thumbnail((96, 96), Image.Resampling.BOX)
    lab = oklab(np.asarray(small, dtype=np.float64).reshape(-1, 3) / 255)
    chroma, hue = np.hypot(lab[:, 1], lab[:, 2]), np.arctan2(lab[:, 2], lab[:, 1])
    names, middles = zip(*_middles().items(), strict=True)
    nearest = np.cos(hue[:, None] - np.array(middles)[None]).argmax(axis=1)
    votes = np.bincount(nearest, weights=np.where(chroma > LEAST_CHROMA, chroma, 0), minlength=len(names))
    return str(names[int(votes.argmax())]) if votes.max() > 0 else "none"


def _middles() -> dict[str, float]:
    """The mean hue, in radians, of all the shades of a family."""
    middles = {}
    for family in dict.fromkeys(FAMILIES.values()):
        shades = [shade(text) for name in HUES if FAMILIES[name] == family for text in COLOURS[name]]
        lab = oklab(np.array(shades))
        angle: npt.NDArray[np.float64] = np.arctan2(lab[:, 2], lab[:, 1])
        middles[family] = float(np.arctan2(np.sin(angle).mean(), np.cos(angle).mean()))
    return middles
