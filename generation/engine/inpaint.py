"""Painting a part of a picture: what of it the model is shown, and the painted part put back, the rest untouched.

diffusers' own `padding_mask_crop` is not used: it gives back the whole picture scaled, binarises the mask, and knows
neither feather nor grow.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import cv2
import numpy as np
from PIL import Image

from generation.engine.mask import alpha, box_of, marked

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from generation.engine.jobs import Mask, PaintJob

Box = tuple[int, int, int, int]  # left, top, right, bottom in pixels

LEAST_WINDOW = 64  # pixels each way, where the picture has them: a model knows nothing of less


@dataclass(frozen=True)
class Cut:
    """What is cut out of a picture: `window` of `base`, and `alpha` (height, width) of what is in it.

    `picture` (RGB) and `mask` (L, 255 where the model may paint, in whole latents) have the job's size.
    """

    base: Image.Image
    window: Box
    alpha: NDArray[np.uint8]
    picture: Image.Image
    mask: Image.Image


def area(start: Image.Image, mask: Mask) -> tuple[int, int]:
    """Width and height of what must be painted, for `Profile.size_for`: the picture, or the mask with its padding."""
    left, top, right, bottom = _needed(mask, marked(mask)) if mask.only_masked else (0, 0, *start.size)
    return max(right - left, min(LEAST_WINDOW, start.width)), max(bottom - top, min(LEAST_WINDOW, start.height))


def cut_out(job: PaintJob, block: int) -> Cut:
    """What the model is shown of a job with a mask. Latents are `block` × `block` pixels; any touched is painted."""
    assert job.start is not None
    assert job.mask is not None
    base = job.start.convert("RGB")
    shares = alpha(job.mask)
    needed = _needed(job.mask, shares > 0) if job.mask.only_masked else (0, 0, *base.size)
    window = left, top, right, bottom = _window(base.size, needed, job.width / job.height)
    shares = shares[top:bottom, left:right]
    latents = np.where(_touched(shares > 0, job.width // block, job.height // block), 255, 0).astype(np.uint8)
    return Cut(
        base=base,
        window=window,
        alpha=shares,
        picture=base.resize((job.width, job.height), Image.Resampling.LANCZOS, box=window),
        mask=Image.fromarray(latents).resize((job.width, job.height), Image.Resampling.NEAREST),
    )


def put_back(cut: Cut, painted: Image.Image) -> Image.Image:
    """The base in its own size with the painted part in it; where `alpha` is 0, every bit is the base's."""
    left, top, right, bottom = cut.window
    part = painted.convert("RGB").resize((right - left, bottom - top), Image.Resampling.LANCZOS)
    whole = cut.base.copy()
    whole.paste(part, (left, top), mask=Image.fromarray(cut.alpha))
    return whole


def _touched(inside: NDArray[np.bool_], width: int, height: int) -> NDArray[np.bool_]:
    """(height, width) cells over the same area: whether anything inside reaches into the cell, be it by a corner."""
    count = cv2.integral(inside.view(np.uint8))  # (rows + 1, columns + 1): how many are inside above and left of each
    (top, bottom), (left, right) = (_edges(*sides) for sides in ((inside.shape[0], height), (inside.shape[1], width)))
    rows = count[bottom] - count[top]
    return np.asarray(rows[:, right] - rows[:, left] > 0)


def _edges(pixels: int, cells: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The first pixel of each cell, and the one after its last."""
    starts = np.arange(cells, dtype=np.int64) * pixels
    return starts // cells, -(-(starts + pixels) // cells)


def _needed(mask: Mask, inside: NDArray[np.bool_]) -> Box:
    """The box around all that is painted, with padding, within the picture."""
    left, top, right, bottom = box_of(inside)
    height, width = inside.shape
    return (
        max(0, left - mask.padding),
        max(0, top - mask.padding),
        min(width, right + mask.padding),
        min(height, bottom + mask.padding),
    )


def _window(size: tuple[int, int], needed: Box, aspect: float) -> Box:
    """The smallest window of that aspect (width / height) around what is needed.

    Where the picture is too narrow for it, all of its width or height: it is then squeezed a little.
    """
    left, top, right, bottom = needed
    wide, high = max(right - left, LEAST_WINDOW), max(bottom - top, LEAST_WINDOW)
    wide, high = max(wide, round(high * aspect)), max(high, round(wide / aspect))
    wide, high = min(wide, size[0]), min(high, size[1])
    left = min(max(0, (left + right - wide) // 2), size[0] - wide)
    top = min(max(0, (top + bottom - high) // 2), size[1] - high)
    return left, top, left + wide, top + high
