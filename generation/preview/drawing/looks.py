"""Looks: a finished picture seen another way. Each takes and gives an RGB picture of any size."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw, ImageFilter

from generation.preview.drawing.shades import shade

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.random import Generator

Array = npt.NDArray[np.float32]

GREY = np.array([0.299, 0.587, 0.114], dtype=np.float32)
CREAM, COCOA = shade("#f6e7c6"), shade("#3a1f1c")


def flat(picture: Image.Image, rng: Generator) -> Image.Image:
    """Few, even tones, as cut from paper: no gradients, no glow."""
    soft = as_numbers(picture.filter(ImageFilter.MedianFilter(3)))
    light = soft @ GREY
    steps = 5.0
    even = (np.floor(light * steps) + 0.5) / steps
    return as_picture(_relit(soft, light, even))


def neon(picture: Image.Image, rng: Generator) -> Image.Image:
    """Dark, with every edge a glowing tube of its own colour."""
    numbers = as_numbers(picture)
    size = 2 * max(1, round(picture.height / 144)) + 1
    spread = [as_numbers(picture.filter(kind(size))) for kind in _EXTREMES]
    edges = np.clip((spread[0] - spread[1]).max(axis=2) * 2.4 - 0.25, 0, 1)
    pure = numbers - numbers.min(axis=2, keepdims=True) * 0.85
    pure = pure / np.maximum(pure.max(axis=2, keepdims=True), 0.05)
    tubes = as_picture(pure * edges[..., None])
    halo = as_numbers(tubes.filter(ImageFilter.GaussianBlur(picture.height / 36)))
    lit = numbers * 0.2 + as_numbers(tubes) * 0.95 + halo * 1.5 + edges[..., None] ** 3 * 0.25
    return as_picture(lit)


def pastel(picture: Image.Image, rng: Generator) -> Image.Image:
    """Chalky and light."""
    numbers = as_numbers(picture)
    return as_picture(0.46 + 0.54 * (numbers * 0.85 + 0.15 * (numbers @ GREY)[..., None]) ** 0.9)


def dark(picture: Image.Image, rng: Generator) -> Image.Image:
    """Low light that falls off to the corners."""
    numbers = as_numbers(picture)
    down, across = (np.linspace(-1, 1, side, dtype=np.float32) for side in numbers.shape[:2])
    fall = np.clip(1.12 - 0.75 * (across[None, :] ** 2 + down[:, None] ** 2) ** 0.9, 0.06, 1)
    return as_picture(numbers**1.35 * 0.72 * fall[..., None])


def watercolour(picture: Image.Image, rng: Generator) -> Image.Image:
    """Wet paint on white paper: wandering edges, pools of pigment, an unpainted rim."""
    high, wide = picture.height, picture.width
    unit = high / 144
    blots = [_noise(rng, wide, high, cells) for cells in (24, 24, 5, 9)]
    rows, columns = np.mgrid[0:high, 0:wide]
    shift = 4.0 * unit
    down = np.clip(rows + (blots[0] - 0.5) * shift, 0, high - 1).astype(int)
    across = np.clip(columns + (blots[1] - 0.5) * shift, 0, wide - 1).astype(int)
    moved = Image.fromarray(np.asarray(picture)[down, across]).filter(ImageFilter.MedianFilter(3))
    soft = as_numbers(moved.filter(ImageFilter.GaussianBlur(0.4 * unit)))
    rim_dark = np.abs(as_numbers(moved) - as_numbers(moved.filter(ImageFilter.GaussianBlur(3 * unit)))).max(axis=2)
    paint = 1 - (1 - soft) * (0.72 + 0.32 * blots[2][..., None])
    paint = np.clip(paint - 0.5 * rim_dark[..., None], 0, 1)
    nearest = np.minimum(np.minimum(rows, high - 1 - rows), np.minimum(columns, wide - 1 - columns)) / high
    inside = np.clip((nearest + (blots[3] - 0.5) * 0.09 - 0.035) * 25, 0, 1)[..., None]
    return as_picture(paint * inside + np.array([0.985, 0.98, 0.965], dtype=np.float32) * (1 - inside))


def retro(picture: Image.Image, rng: Generator) -> Image.Image:
    """An old print: faded between cocoa and cream, few tones, in a cream frame with round corners."""
    numbers = as_numbers(picture)
    light = numbers @ GREY
    even = (np.floor(light * 6) + 0.5) / 6
    faded = _relit(numbers, light, even * 0.85 + 0.08)
    low, high = (np.array(colour, dtype=np.float32) for colour in (COCOA, CREAM))
    faded = low * 0.55 + faded * (high - low * 0.55)
    frame = Image.new("L", picture.size, 0)
    edge = picture.height // 18
    corner = (edge, edge, picture.width - 1 - edge, picture.height - 1 - edge)
    ImageDraw.Draw(frame).rounded_rectangle(corner, picture.height // 10, fill=255)
    inside: Array = np.asarray(frame, dtype=np.float32)[..., None] / 255
    return as_picture(faded * inside + high * (1 - inside))


def black_and_white(picture: Image.Image) -> Image.Image:
    """Without colour."""
    return picture.convert("L").convert("RGB")


LOOKS: dict[str, Callable[[Image.Image, Generator], Image.Image]] = {
    "flat": flat,
    "neon": neon,
    "pastel": pastel,
    "dark": dark,
    "watercolour": watercolour,
    "retro": retro,
}

_EXTREMES = (ImageFilter.MaxFilter, ImageFilter.MinFilter)


def as_numbers(picture: Image.Image) -> Array:
    return np.asarray(picture, dtype=np.float32) / 255


def as_picture(numbers: Array) -> Image.Image:
    return Image.fromarray((np.clip(numbers, 0, 1) * 255 + 0.5).astype(np.uint8))


def _relit(numbers: Array, light: Array, wanted: Array) -> Array:
    relit: Array = numbers * (wanted / np.maximum(light, 0.02))[..., None]
    return relit


def _noise(rng: Generator, wide: int, high: int, cells: int) -> Array:
    """Smooth noise, 0 … 1, of so many blobs across the height: the same at every size of picture."""
    grid = rng.random((cells, max(2, round(cells * wide / high)))).astype(np.float32)
    return np.clip(np.asarray(Image.fromarray(grid).resize((wide, high), Image.Resampling.BICUBIC)), 0, 1)
