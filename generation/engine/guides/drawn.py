"""Pictures that are skeletons already: whoever has one need not look for people in it."""

from __future__ import annotations

import numpy as np
from PIL import Image

LOOK_AT = 512  # pixels of the longer side, at most
BLACK, LIT = 24, 90  # levels: no more is ground, no less is drawn; what is between are blurred edges
MOST_LIT, LEAST_LIT = 0.4, 0.0005  # shares of the picture
PURE = 0.8  # saturation from which a colour is one of OpenPose's
WHITE = 200  # the level from which all of a pixel's channels are a point of a face
MOST_STRANGE = 0.2  # share of what is drawn that may be neither
LEAST_HUES = 4  # of 18; each must be 1 % of what is coloured


def is_skeleton(picture: Image.Image) -> bool:
    """Whether the picture is black with OpenPose's colours on it: pure ones of many hues, perhaps white points."""
    small = picture.convert("RGB")
    small.thumbnail((LOOK_AT, LOOK_AT), Image.Resampling.NEAREST)  # no new colours
    pixels = np.asarray(small, dtype=np.float32)
    highest, lowest = pixels.max(axis=2), pixels.min(axis=2)
    lit = highest >= LIT
    if not LEAST_LIT <= lit.mean() <= MOST_LIT or (highest <= BLACK).mean() < 1 - 1.5 * MOST_LIT:
        return False
    pure = lit & (highest - lowest >= PURE * highest)
    strange = lit & ~pure & (lowest < WHITE)
    if not pure.any() or strange.sum() > MOST_STRANGE * lit.sum():
        return False
    hues = np.asarray(small.convert("HSV"))[..., 0][pure].astype(int) * 18 // 256
    return bool((np.bincount(hues, minlength=18) >= 0.01 * pure.sum()).sum() >= LEAST_HUES)
