"""A picture in another one's palette, with which the search for a style begins.

The linear map of least change that gives colours the style's mean and covariance: Pitié and Kokaram 2007, "The linear
Monge-Kantorovitch linear colour mapping for example-based colour transfer", section 3.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image

if TYPE_CHECKING:
    from numpy.typing import NDArray

GRAIN = 1e-3  # variance, 0 … 1: what differs by less than its root is not stretched as if it were colour


def in_palette(picture: Image.Image, style: Image.Image) -> Image.Image:
    """RGB, of the picture's size: its colours moved to the mean and covariance of the style's, as far as there is room.

    The map is symmetric and positive: it turns no colour around to its opposite, so light does not become dark.
    """
    ours, theirs = (np.asarray(each.convert("RGB"), np.float64).reshape(-1, 3) / 255 for each in (picture, style))
    root = _root(np.cov(ours.T, bias=True) + GRAIN * np.eye(3))
    back = np.linalg.inv(root)
    moved = (ours - ours.mean(axis=0)) @ (back @ _root(root @ np.cov(theirs.T, bias=True) @ root) @ back) + theirs.mean(
        axis=0
    )
    pixels = (moved.clip(0, 1) * 255).round().astype(np.uint8)
    return Image.fromarray(pixels.reshape(picture.height, picture.width, 3))


def _root(matrix: NDArray[Any]) -> NDArray[Any]:
    """Of a symmetric matrix without negative eigenvalues."""
    values, vectors = np.linalg.eigh(matrix)
    return np.asarray((vectors * np.sqrt(values.clip(min=0))) @ vectors.T)
