"""Pictures to begin with, masks on them, and how far pictures are from each other."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

from tests.generation.engine.pictures import a_job, levels

if TYPE_CHECKING:
    from typing import Any

    from generation.engine import PaintJob


def scene(size: tuple[int, int] = (320, 180), seed: int = 0) -> Image.Image:
    """A sky over a dark hill with spots of light, and fine grain all over: no two pixels need be equal."""
    picture = Image.new("RGB", size, (70, 130, 210))
    pen = ImageDraw.Draw(picture)
    wide, high = size
    pen.polygon([(0, high), (0, high * 0.8), (wide * 0.4, high * 0.5), (wide, high * 0.7), size], fill=(40, 60, 30))
    chance = np.random.default_rng(seed)
    for x, y in chance.random((6, 2)):
        pen.ellipse((x * wide - 9, y * high - 9, x * wide + 9, y * high + 9), fill=(250, 220, 120))
    grain = chance.integers(-6, 7, (high, wide, 3))
    return Image.fromarray((levels(picture.filter(ImageFilter.GaussianBlur(1))) + grain).clip(0, 255).astype(np.uint8))


def a_mask(size: tuple[int, int] = (320, 180), box: tuple[int, int, int, int] = (120, 50, 200, 130)) -> Image.Image:
    """White within the box, its right and lower end excluded."""
    mask = Image.new("L", size)
    mask.paste(255, box)
    return mask


def from_scene(**changes: Any) -> PaintJob:
    """A small job that begins with the scene."""
    return replace(a_job(), **({"start": scene(), "strength": 0.6} | changes))


def mean_distance(one: Image.Image, other: Image.Image) -> float:
    """Of all channels of all pixels, in 1/255."""
    return float(np.abs(levels(one) - levels(other)).mean())
