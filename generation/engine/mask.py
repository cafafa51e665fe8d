"""A mask as numbers: how much of every pixel is painted anew, after growing and feathering."""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np

from generation.engine.errors import EngineError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from generation.engine.jobs import Mask

MARKED = 128  # of 255: from here on a pixel of the mask is white


def alpha(mask: Mask) -> NDArray[np.uint8]:
    """(height, width): 255 is painted anew, 0 is kept bit for bit, between them the two are mixed.

    The edge fades inwards, smoothly at both ends, so that nothing beyond the (grown) mask is touched. Where the mask is
    nowhere as deep as its feather, it fades over what there is. EngineError("mask_empty") where nothing is marked.
    """
    inside = np.asarray(mask.picture.convert("L")) >= MARKED
    if mask.invert:
        inside = ~inside
    if mask.grow > 0 and inside.any():
        inside = _depth(~inside) <= mask.grow
    elif mask.grow < 0:
        inside = _depth(inside) > -mask.grow
    if not inside.any():
        raise EngineError("mask_empty")
    depth = _depth(inside)
    share = np.clip(depth / max(1.0, min(float(mask.feather), float(depth.max()))), 0, 1)
    return np.rint(255 * share * share * (3 - 2 * share)).astype(np.uint8)


def _depth(inside: NDArray[np.bool_]) -> NDArray[np.float32]:
    """How far each pixel inside is from the nearest outside, in pixels; the picture's own edge is no outside."""
    return np.asarray(cv2.distanceTransform(inside.astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE))
