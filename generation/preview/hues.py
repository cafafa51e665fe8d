"""The colour that a picture has most of, by hue alone."""

from __future__ import annotations

from functools import cache

import numpy as np
import numpy.typing as npt
from PIL import Image

from generation.facts import COLOURS, name_colours, oklab
from generation.preview.drawing.shades import HUES, shade

Array = npt.NDArray[np.float64]

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
    return _hue(_lab(picture, 96)) or "none"


def main_colour(picture: Image.Image) -> str | None:
    """The colour of `generation.facts.COLOURS` that has most of the dominant hue; None where there is no colour."""
    lab = _lab(picture, 48)
    family = _hue(lab)
    if family is None:
        return None
    own = [name for name in HUES if FAMILIES[name] == family]
    named, chroma = name_colours(lab), np.hypot(lab[:, 1], lab[:, 2])
    return max(own, key=lambda name: float(chroma[named == name].sum()))


def _lab(picture: Image.Image, side: int) -> Array:
    small = picture.convert("RGB")
    small.thumbnail((side, side), Image.Resampling.BOX)
    return oklab(np.asarray(small, dtype=np.float64).reshape(-1, 3) / 255)


def _hue(lab: Array) -> str | None:
    chroma, hue = np.hypot(lab[:, 1], lab[:, 2]), np.arctan2(lab[:, 2], lab[:, 1])
    names, middles = _middles()
    nearest = np.cos(hue[:, None] - middles[None]).argmax(axis=1)
    votes = np.bincount(nearest, weights=np.where(chroma > LEAST_CHROMA, chroma, 0), minlength=len(names))
    return names[int(votes.argmax())] if votes.max() > 0 else None


@cache
def _middles() -> tuple[tuple[str, ...], Array]:
    """The families, and the mean hue, in radians, of all the shades of each."""
    middles = {}
    for family in dict.fromkeys(FAMILIES.values()):
        shades = [shade(text) for name in HUES if FAMILIES[name] == family for text in COLOURS[name]]
        lab = oklab(np.array(shades))
        angle: npt.NDArray[np.float64] = np.arctan2(lab[:, 2], lab[:, 1])
        middles[family] = float(np.arctan2(np.sin(angle).mean(), np.cos(angle).mean()))
    return tuple(middles), np.array(list(middles.values()))
