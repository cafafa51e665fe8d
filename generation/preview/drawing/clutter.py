"""Pictures that show no scene: what a camera, a damaged file or a fade may hand over. They must be told from drawings.

Most are dead leaves (Lee, Mumford and Huang 2001): things of all sizes in front of one another, textured by 1/f noise,
which have the statistics of photographs without showing anything.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw, ImageFilter

if TYPE_CHECKING:
    from numpy.random import Generator

Array = npt.NDArray[np.float64]

SMALLEST, LARGEST = 4.0, 110.0  # pixels, half of a thing
TEXTURES = 3  # made for each picture: each thing wears one of them


def clutter(rng: Generator, size: tuple[int, int]) -> Image.Image:
    """An RGB picture of `size` (width, height) that shows nothing."""
    kind = rng.random()
    if kind < 0.7:
        pixels = _leaves(rng, size)
    elif kind < 0.85:
        pixels = _cloudy(rng, size, rng.uniform(0.3, 2.2)) * rng.uniform(0.05, 0.35) + _wash(rng, size)
    elif kind < 0.93:
        pixels = _wash(rng, size)
    else:
        pixels = _page(rng, size)
    return _as_camera(rng, pixels)


def _leaves(rng: Generator, size: tuple[int, int]) -> Array:
    """Things in front of one another, the last on top; their sizes follow a power law."""
    wide, high = size
    textures = [_cloudy(rng, size, rng.uniform(0.9, 2.2)) for _ in range(TEXTURES)]
    base, spread = rng.uniform(0.1, 0.7) + rng.normal(0, 0.08, 3), rng.uniform(0.05, 0.3)
    picture = _wash(rng, size) + textures[0] * rng.uniform(0, 0.1)
    steep = rng.uniform(1.2, 2.4)
    for _ in range(int(rng.integers(6, 36))):
        low, top = SMALLEST ** (1 - steep), LARGEST ** (1 - steep)
        radius = (low + rng.random() * (top - low)) ** (1 / (1 - steep))
        mask = Image.new("L", size)
        _shape(rng, ImageDraw.Draw(mask), rng.uniform(0, 1, 2) * (wide, high), radius)
        left, top, right, bottom = mask.getbbox() or (0, 0, 1, 1)
        here = slice(top, bottom), slice(left, right)
        soft = rng.uniform(0.3, 3) * (rng.random() < 0.5)
        share = (
            np.asarray(mask.crop((left, top, right, bottom)).filter(ImageFilter.GaussianBlur(soft)))[..., None] / 255
        )
        colour = base + rng.normal(0, spread) + rng.normal(0, spread / 3, 3)
        filled = colour + _slope(rng, (right - left, bottom - top)) * rng.uniform(0, 0.3)
        filled = filled + textures[int(rng.integers(TEXTURES))][here] * rng.uniform(0.01, 0.15)
        picture[here] = picture[here] * (1 - share) + filled * share
    return picture


def _shape(rng: Generator, pen: ImageDraw.ImageDraw, centre: Array, radius: float) -> None:
    corners = int(rng.integers(3, 12))
    turns = np.sort(rng.uniform(0, 2 * np.pi, corners))
    stretch = rng.uniform(0.3, 1.0)
    lean = rng.uniform(0, np.pi)
    far = radius * rng.uniform(0.6, 1.2, corners)
    across, up = far * np.cos(turns), far * np.sin(turns) * stretch
    xs = centre[0] + across * np.cos(lean) - up * np.sin(lean)
    ys = centre[1] + across * np.sin(lean) + up * np.cos(lean)
    if corners > 8:
        pen.ellipse((centre[0] - radius, centre[1] - radius * stretch, centre[0] + radius, centre[1] + radius), 255)
    else:
        pen.polygon([(float(x), float(y)) for x, y in zip(xs, ys, strict=True)], 255)


def _cloudy(rng: Generator, size: tuple[int, int], slope: float) -> Array:
    """Noise whose amplitudes fall with frequency as 1/f^slope: `(height, width, 1)`, mean 0, deviation 1."""
    wide, high = size
    across, down = np.fft.rfftfreq(wide), np.fft.fftfreq(high)
    frequency = np.hypot(across[None], down[:, None])
    frequency[0, 0] = np.inf
    spectrum = np.fft.rfft2(rng.normal(size=(high, wide))) / frequency**slope
    field = np.fft.irfft2(spectrum, (high, wide))
    return np.asarray((field - field.mean()) / (field.std() + 1e-9))[..., None]


def _slope(rng: Generator, size: tuple[int, int]) -> Array:
    """Light that falls off in one direction, -1 … 1: `(height, width, 1)`."""
    wide, high = size
    angle = rng.uniform(0, 2 * np.pi)
    x, y = np.linspace(-1, 1, wide), np.linspace(-1, 1, high)
    return np.asarray(x[None] * np.cos(angle) + y[:, None] * np.sin(angle))[..., None]


def _wash(rng: Generator, size: tuple[int, int]) -> Array:
    """One colour, running into another."""
    first, second = rng.uniform(0, 1, (2, 3)) if rng.random() < 0.7 else np.repeat(rng.uniform(0, 1, (2, 1)), 3, 1)
    share = (_slope(rng, size) * rng.uniform(0, 0.7) + 1) / 2
    return np.asarray(first * share + second * (1 - share))


def _page(rng: Generator, size: tuple[int, int]) -> Array:
    """Lines of what could be writing, as in titles and end credits."""
    wide, high = size
    ground, ink = rng.uniform(0, 1, (2, 3)) if rng.random() < 0.5 else np.array([[0.0] * 3, [0.9] * 3])
    page = Image.new("L", size)
    pen = ImageDraw.Draw(page)
    tall = rng.uniform(3, 16)
    for top in np.arange(rng.uniform(0, high / 2), rng.uniform(high / 2, high), tall * 1.8):
        left, right = wide * rng.uniform(0.05, 0.45), wide * rng.uniform(0.55, 0.95)
        while left < right:
            pen.rectangle((left, top, left + tall * rng.uniform(0.2, 0.6), top + tall * rng.uniform(0.6, 1)), 255)
            left += tall * rng.uniform(0.6, 1.1)
    share = np.asarray(page, dtype=np.float64)[..., None] / 255
    return np.asarray(ground * (1 - share) + ink * share)


def _as_camera(rng: Generator, pixels: Array) -> Image.Image:
    """Exposed, sometimes without colour, sometimes out of focus, and with noise."""
    light = pixels.clip(0, 1) ** rng.uniform(0.6, 1.6)
    if rng.random() < 0.25:
        light = np.repeat(light.mean(axis=2, keepdims=True), 3, axis=2)
    noisy = light + rng.normal(0, rng.uniform(0, 0.05), light.shape) * (rng.random() < 0.6)
    picture = Image.fromarray((noisy.clip(0, 1) * 255).round().astype(np.uint8))
    return picture.filter(ImageFilter.GaussianBlur(rng.uniform(0.5, 2))) if rng.random() < 0.3 else picture
