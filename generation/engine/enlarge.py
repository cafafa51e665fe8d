"""A painted picture made to fit its target's exact pixels: enlarged or reduced, cropped around what matters."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

if TYPE_CHECKING:
    from numpy.typing import NDArray

LOOK_AT = 256  # the longer side, in pixels, of the small copy in which detail is looked for
PULL_TO_CENTRE = 0.05  # how much of the picture's detail a window at the very edge must hold more to be preferred


def enlarge(image: Image.Image, size: tuple[int, int]) -> Image.Image:
    """The picture at exactly `size` (width, height) pixels, RGB, with Lanczos; what does not fit is cut, not squeezed.

    ValueError for an empty size.
    """
    if min(size) < 1:
        raise ValueError(f"A picture needs at least one pixel each way, not {size[0]}x{size[1]}.")
    picture = image.convert("RGB")
    return picture.resize(size, Image.Resampling.LANCZOS, box=focus(picture, size[0] / size[1]))


def focus(image: Image.Image, aspect: float) -> tuple[float, float, float, float]:
    """The largest window of the given aspect (width / height) with most of the picture's detail inside.

    Left, top, right, bottom in pixels, fractions included, so that the window's aspect is exact. Detail is the contrast
    between neighbours, in light and colour; a picture without a difference is cut around its centre.
    """
    width, height = image.size
    if width > height * aspect:
        window = height * aspect
        left = _best_start(_detail(image).sum(axis=0), window / width) * width
        left = min(max(left, 0.0), width - window)
        return left, 0.0, min(left + window, float(width)), float(height)
    window = min(width / aspect, float(height))  # of equal aspects, rounding may make it a little more
    top = _best_start(_detail(image).sum(axis=1), window / height) * height
    top = min(max(top, 0.0), height - window)
    return 0.0, top, float(width), min(top + window, float(height))


def _detail(image: Image.Image) -> NDArray[np.float64]:
    """(height, width) of a small copy: how much each pixel differs from its right and lower neighbours."""
    small = image.convert("RGB")
    small.thumbnail((LOOK_AT, LOOK_AT))
    pixels = np.asarray(small, dtype=np.float64)
    right = np.abs(np.diff(pixels, axis=1, append=pixels[:, -1:])).sum(axis=2)
    below = np.abs(np.diff(pixels, axis=0, append=pixels[-1:])).sum(axis=2)
    return np.asarray(right + below)


def _best_start(detail: NDArray[np.float64], share: float) -> float:
    """Where a window that covers `share` of the axis should begin, as a share of the axis (0 to 1 - `share`)."""
    count = len(detail)
    free = 1.0 - share
    starts = np.linspace(0.0, free, num=2 * max(1, round(free * count / 2)) + 1)  # odd: the centre is one of them
    running = np.concatenate([[0.0], np.cumsum(detail)]) / max(float(detail.sum()), 1e-9)
    edges = np.linspace(0.0, 1.0, count + 1)
    held = np.interp(starts + share, edges, running) - np.interp(starts, edges, running)
    away = np.abs(starts - free / 2) / max(free / 2, 1e-9)
    return float(starts[int(np.argmax(np.round(held - PULL_TO_CENTRE * away, 9)))])
