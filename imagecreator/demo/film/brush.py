"""What all scenes paint with: gradients, light, hills, and shapes with smooth edges. Knows no scene."""

from __future__ import annotations

import math
import random
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
from PIL import Image, ImageChops, ImageDraw

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

WIDTH, HEIGHT = 1280, 720

Colour = tuple[int, int, int]
Point = tuple[float, float]
Painter: TypeAlias = (
    "Callable[[float], Image.Image]"  # seconds since the scene began -> an RGB picture of WIDTH × HEIGHT
)


def gradient(stops: Sequence[tuple[float, Colour]], width: int = WIDTH, height: int = HEIGHT) -> Image.Image:
    """Paint a vertical gradient through ``stops``: (place from 0 at the top to 1 at the bottom, colour)."""
    places = [place for place, _ in stops]
    rows = np.linspace(0, 1, height)
    column = np.stack([np.interp(rows, places, [colour[c] for _, colour in stops]) for c in range(3)], axis=1)
    grain = np.random.default_rng(1).uniform(-0.7, 0.7, (height, width, 1))  # against bands
    return Image.fromarray(np.clip(column[:, None, :] + grain + 0.5, 0, 255).astype(np.uint8))


def glow(radius: int, colour: Colour, power: float = 2.0) -> Image.Image:
    """Make an RGB disc of light that fades to black; to be added with :func:`shine`."""
    axis = np.linspace(-1, 1, 2 * radius)
    distance = np.hypot(axis[:, None], axis[None, :])
    light = np.clip(1 - distance, 0, 1) ** power
    return Image.fromarray((light[:, :, None] * np.array(colour)).astype(np.uint8))


def shine(picture: Image.Image, light: Image.Image, x: float, y: float) -> None:
    """Add ``light`` to the picture with its middle at (x, y)."""
    left, top = round(x - light.width / 2), round(y - light.height / 2)
    box = (max(left, 0), max(top, 0), min(left + light.width, picture.width), min(top + light.height, picture.height))
    if box[0] >= box[2] or box[1] >= box[3]:
        return
    part = light.crop((box[0] - left, box[1] - top, box[2] - left, box[3] - top))
    picture.paste(ImageChops.add(picture.crop(box), part), box)


def smooth(width: int, height: int, draw: Callable[[ImageDraw.ImageDraw, int], None], scale: int = 2) -> Image.Image:
    """Let ``draw(pen, scale)`` paint on a transparent sheet that is ``scale`` times as large, and make that small."""
    sheet = Image.new("RGBA", (width * scale, height * scale))
    draw(ImageDraw.Draw(sheet), scale)
    return sheet.reduce(scale)


def put(picture: Image.Image, layer: Image.Image, x: float, y: float) -> None:
    """Lay an RGBA layer on the picture, its upper left corner at (x, y); what is outside is cut off."""
    picture.paste(layer, (round(x), round(y)), layer)


def hills(width: int, height: int, colours: tuple[Colour, Colour], seed: int, waves: int = 5) -> Image.Image:
    """Paint a strip of hills: a ridge made of sines in the upper third, coloured from top to bottom."""
    chance = random.Random(seed)
    parts = [
        (chance.uniform(0.6, 1) / (k + 1), (k + 1) * chance.uniform(0.7, 1.3), chance.uniform(0, 6.3))
        for k in range(waves)
    ]
    total = sum(size for size, _, _ in parts)

    def ridge(x: float) -> float:
        return sum(size * math.sin(pace * 4 * math.pi * x / width + shift) for size, pace, shift in parts) / total

    def outline(pen: ImageDraw.ImageDraw, k: int) -> None:
        points = [(x * k, (0.2 - 0.2 * ridge(x)) * height * k) for x in range(0, width + 8, 4)]
        pen.polygon([*points, (width * k, height * k), (0, height * k)], fill=(0, 0, 0, 255))

    strip = gradient([(0, colours[0]), (1, colours[1])], width, height)
    strip.putalpha(smooth(width, height, outline).getchannel("A"))
    return strip


def wobble(t: float, pace: float, shift: float = 0.0) -> float:
    """Return a sine of ``pace`` rounds a second, from -1 to 1."""
    return math.sin(2 * math.pi * pace * t + shift)
