"""Styles that no look of ours draws: textures by arithmetic, RGB, each the same every time."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw
from scipy import ndimage

from generation.preview.scenes import WIDE

if TYPE_CHECKING:
    from collections.abc import Callable

Array = npt.NDArray[np.float64]

HIGH, ACROSS = WIDE[1], WIDE[0]
DOWN, RIGHT = np.mgrid[0:HIGH, 0:ACROSS].astype(float)


def bricks() -> Image.Image:
    """A wall in running bond, no two bricks alike."""
    chance, picture = np.random.default_rng(1), Image.new("RGB", WIDE, "#cfc4b2")
    pen = ImageDraw.Draw(picture)
    for row in range(HIGH // 12 + 1):
        for column in range(-1, ACROSS // 28 + 1):
            left, top, light = column * 28 + row % 2 * 14, row * 12, chance.uniform(0.75, 1.15)
            red, green, blue = (round(min(255, light * level)) for level in (168, 74, 52))
            pen.rectangle((left, top, left + 25, top + 9), fill=(red, green, blue))
    return picture


def brush_strokes() -> Image.Image:
    """Thick strokes that follow a swirling field, in the colours of a starry night."""
    chance, picture = np.random.default_rng(2), Image.new("RGB", WIDE, "#1b2a5c")
    pen = ImageDraw.Draw(picture)
    colours = ("#1f3b83", "#2f66b0", "#6fa8d6", "#e9d66b", "#f2efc0", "#14204a")
    for _ in range(1500):
        x, y = chance.random(2) * WIDE
        turn = np.sin(x / 37) * 2 + np.cos(y / 29) * 2
        way = np.cos(turn) * 8, np.sin(turn) * 8
        ends = (x - way[0], y - way[1], x + way[0], y + way[1])
        pen.line(ends, fill=colours[chance.integers(len(colours))], width=3)
    return picture


def cross_hatching() -> Image.Image:
    """Black lines of two directions on white, denser where it is darker."""
    dark = 0.5 + 0.5 * np.sin(RIGHT / 40) * np.cos(DOWN / 27)
    rising, falling = ((RIGHT + way * DOWN) % 7 < 1 + 3 * dark for way in (1, -1))
    return _two_tones(rising | (falling & (dark > 0.4)), "#101010", "#fbfbf8")


def halftone() -> Image.Image:
    """The dots of a newspaper's red, larger where it is darker."""
    size = 0.2 + 0.6 * (0.5 + 0.5 * np.sin(RIGHT / 31 + DOWN / 53))
    turned = (RIGHT + DOWN) / 9, (RIGHT - DOWN) / 9
    away = np.hypot(*(part % 1 - 0.5 for part in turned))
    return _two_tones(away < size / 1.6, "#c8102e", "#f7edd5")


def marble() -> Image.Image:
    """Grey veins in green stone."""
    veins = np.abs(np.sin((RIGHT + 60 * _clouds(4, 24) + 25 * _clouds(5, 8)) / 14)) ** 0.35
    return _between(veins, "#e9efe6", "#1f5b45")


def scales() -> Image.Image:
    """A fish's: discs that overlap in rows, from teal to violet."""
    picture = Image.new("RGB", WIDE, "#0d3b46")
    pen = ImageDraw.Draw(picture)
    for row in range(HIGH // 9 + 2, -1, -1):
        for column in range(-1, ACROSS // 18 + 1):
            x, y, share = column * 18 + row % 2 * 9, row * 9 - 9, column * 18 / ACROSS
            fill = (round(30 + 110 * share), round(160 - 70 * share), 170)
            pen.ellipse((x, y - 9, x + 18, y + 9), fill=fill, outline="#06222a", width=2)
    return picture


def spots() -> Image.Image:
    """Polka dots in three colours on yellow."""
    picture = Image.new("RGB", WIDE, "#f6d33c")
    pen = ImageDraw.Draw(picture)
    for row in range(HIGH // 20 + 1):
        for column in range(ACROSS // 24 + 1):
            x, y = column * 24 + row % 2 * 12, row * 20
            pen.ellipse((x, y, x + 13, y + 13), fill=("#d7263d", "#1b998b", "#2e294e")[(row + column) % 3])
    return picture


def stained_glass() -> Image.Image:
    """Panes of glass between black leading."""
    chance = np.random.default_rng(8)
    centres = chance.random((70, 2)) * (HIGH, ACROSS)
    away = np.hypot(DOWN[..., None] - centres[:, 0], RIGHT[..., None] - centres[:, 1])
    nearest = np.sort(away, axis=2)
    panes = np.array([_rgb(colour) for colour in ("#c1121f", "#0353a4", "#f6aa1c", "#2b9348", "#7b2cbf", "#e0fbfc")])
    glass = panes[(np.argmin(away, axis=2) * 7) % len(panes)]
    return _picture(np.where((nearest[..., 1] - nearest[..., 0] < 3.5)[..., None], _rgb("#0b0b0b"), glass))


def weave() -> Image.Image:
    """A plaid cloth, thread by thread."""
    warp, weft = (0.5 + 0.5 * np.sign(np.sin(place / 11) + np.sin(place / 5)) for place in (RIGHT, DOWN))
    over = ((RIGHT // 2 + DOWN // 2) % 2)[..., None]
    one, two = (way[..., None] * _rgb("#8f1d2c") + (1 - way[..., None]) * _rgb("#1d4d3a") for way in (warp, weft))
    return _picture(over * one + (1 - over) * two * 1.25)


def wood() -> Image.Image:
    """Rings of a board, with fine fibres."""
    rings = 0.5 + 0.5 * np.sin((DOWN + 40 * _clouds(9, 40)) / 4)
    fibres = ndimage.gaussian_filter(np.random.default_rng(10).normal(size=DOWN.shape), (0.6, 12))
    return _between(np.clip(rings + fibres, 0, 1), "#5b3216", "#d39b5b")


TEXTURES: dict[str, Callable[[], Image.Image]] = {
    "bricks": bricks,
    "brush strokes": brush_strokes,
    "cross-hatching": cross_hatching,
    "halftone": halftone,
    "marble": marble,
    "scales": scales,
    "spots": spots,
    "stained glass": stained_glass,
    "weave": weave,
    "wood": wood,
}


def _clouds(seed: int, size: float) -> Array:
    """Smooth noise of about -1 … 1."""
    noise: Array = ndimage.gaussian_filter(np.random.default_rng(seed).normal(size=DOWN.shape), size, mode="wrap")
    return noise / np.abs(noise).max()


def _two_tones(where: npt.NDArray[np.bool_], there: str, elsewhere: str) -> Image.Image:
    return _between(ndimage.gaussian_filter(where.astype(float), 0.5), elsewhere, there)


def _between(share: Array, none: str, whole: str) -> Image.Image:
    return _picture(_rgb(none) * (1 - share[..., None]) + _rgb(whole) * share[..., None])


def _rgb(colour: str) -> Array:
    return np.array([int(colour[place : place + 2], 16) for place in (1, 3, 5)], dtype=float)


def _picture(pixels: Array) -> Image.Image:
    return Image.fromarray(pixels.clip(0, 255).round().astype(np.uint8))
