"""How much of each LoRA's look a picture has, by arithmetic on its pixels alone: 0 is none of it, 1 as much as can be.

They know nothing of how the looks are drawn, and take pictures of any content.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from generation.facts import oklab

if TYPE_CHECKING:
    from collections.abc import Callable

    from PIL import Image

Array = npt.NDArray[np.float64]

DARK = 0.3  # OKLab's lightness below which a screen looks black in a lit room
VIVID = 0.12  # OKLab's chroma from which on a colour glows against black
ENOUGH = 0.15  # share of the picture that is glowing: more is no better
COLOURLESS = 0.1  # mean chroma at which nobody would speak of ink
INKY, PAPERY = 0.35, 0.85  # lightness: what is below is ink, what is above is paper
TILE = 8  # pixels of a picture as it is painted


def glow(picture: Image.Image) -> float:
    """Neon: the geometric mean of how much is nearly black and how much glows, lighter and in vivid colour."""
    lightness, chroma = _seen(picture)
    dark = float((lightness < DARK).mean())
    glowing = float(((lightness > 2 * DARK) & (chroma > VIVID)).mean())
    return (dark * min(1.0, glowing / ENOUGH)) ** 0.5


def ink(picture: Image.Image) -> float:
    """Ink on paper: how colourless it is, times how much of it is either ink or paper, times how even both are."""
    lightness, chroma = _seen(picture)
    inky, papery = float((lightness < INKY).mean()), float((lightness > PAPERY).mean())
    without = max(0.0, 1 - float(chroma.mean()) / COLOURLESS)
    return without * 2 * (inky * papery) ** 0.5


def tiles(picture: Image.Image) -> float:
    """A mosaic: by how much pixels differ less within tiles of TILE pixels than within such as lie across four of them.

    0 for pictures without tiles, 1 where tiles are of one colour each; below 0 where edges avoid the grid.
    """
    within = _differing(picture, 0)
    across = _differing(picture, TILE // 2)
    return (across - within) / (across + within) if across + within else 0.0


MEASURES: dict[str, Callable[[Image.Image], float]] = {
    "neon-glow": glow,
    "ink-on-paper": ink,
    "pixel-mosaic": tiles,
}


def _seen(picture: Image.Image) -> tuple[Array, Array]:
    """Lightness and chroma of every pixel, in OKLab."""
    lab: Array = oklab(np.asarray(picture.convert("RGB"), dtype=np.float64).reshape(-1, 3) / 255)
    return lab[:, 0], np.hypot(lab[:, 1], lab[:, 2])


def _differing(picture: Image.Image, shift: int) -> float:
    """The mean variance within tiles of a grid that is moved by so many pixels, both ways."""
    pixels = np.asarray(picture.convert("RGB"), dtype=np.float64)[shift:, shift:] / 255
    down, across = (side // TILE for side in pixels.shape[:2])
    whole = pixels[: down * TILE, : across * TILE].reshape(down, TILE, across, TILE, 3)
    return float(whole.var(axis=(1, 3)).mean())
