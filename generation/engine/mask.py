"""A mask as numbers: how much of every pixel is painted anew, after growing and feathering."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import cv2
import numpy as np

from generation.engine.errors import EngineError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from generation.engine.jobs import Mask

MARKED = 128  # of 255: from here on a pixel of the mask is white


def marked(mask: Mask) -> NDArray[np.bool_]:
    """(height, width): what is painted anew, after inverting and growing. EngineError("mask_empty") for nothing."""
    inside = np.asarray(mask.picture.convert("L")) >= MARKED
    if mask.invert:
        inside = ~inside
    if mask.grow and inside.any():
        place = _around(inside, margin=max(1, mask.grow))
        part = inside[place]
        inside[place] = _depth(~part) <= mask.grow if mask.grow > 0 else _depth(part) > -mask.grow
    if not inside.any():
        raise EngineError("mask_empty")
    return inside


def alpha(mask: Mask) -> NDArray[np.uint8]:
    """(height, width): 255 is painted anew, 0 is kept bit for bit, between them the two are mixed.

    The edge fades inwards, smoothly at both ends, so that nothing beyond what is `marked` is touched. Where that is
    nowhere as deep as its feather, it fades over what there is. EngineError("mask_empty") where nothing is marked.
    """
    inside = marked(mask)
    shares = np.zeros(inside.shape, np.uint8)
    place = _around(inside, margin=1)
    depth = _depth(inside[place])
    depth /= max(1.0, min(float(mask.feather), float(depth.max())))
    np.clip(depth, 0, 1, out=depth)
    shares[place] = np.rint(255 * depth * depth * (3 - 2 * depth))
    return shares


def box_of(inside: NDArray[Any]) -> tuple[int, int, int, int]:
    """Left, top, right and bottom of all that is not 0; there must be something."""
    rows, columns = np.flatnonzero(inside.any(axis=1)), np.flatnonzero(inside.any(axis=0))
    return int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1


def _around(inside: NDArray[np.bool_], margin: int) -> tuple[slice, slice]:
    """Where something is inside, and `margin` pixels around it: all that need be looked at."""
    left, top, right, bottom = box_of(inside)
    return slice(max(0, top - margin), bottom + margin), slice(max(0, left - margin), right + margin)


def _depth(inside: NDArray[np.bool_]) -> NDArray[np.float32]:
    """How far each pixel inside is from the nearest outside, in pixels; the picture's own edge is no outside."""
    return np.asarray(cv2.distanceTransform(inside.astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE))
