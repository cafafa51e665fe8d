"""Paper and pens. Places are in units of the picture's height: x from 0 to `aspect`, y from 0 (top) to 1."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image, ImageChops, ImageDraw, ImageFilter

if TYPE_CHECKING:
    from collections.abc import Sequence

    from generation.preview.drawing.shades import Shade

Point = tuple[float, float]

FINENESS = 2  # pixels drawn for one that is kept, each way: smooth edges


class Paper:
    """A picture being drawn, `width` × `height` pixels when it is finished."""

    def __init__(self, width: int, height: int) -> None:
        self.image = Image.new("RGB", (width * FINENESS, height * FINENESS))
        self.unit = height * FINENESS
        self.aspect = width / height
        self._pen = ImageDraw.Draw(self.image, "RGBA")

    def wash(self, *stops: tuple[float, Shade], top: float = 0.0, bottom: float = 1.0) -> None:
        """A vertical gradient through the stops (0 … 1 of the way from `top` to `bottom`, colour)."""
        first, last = round(top * self.unit), round(bottom * self.unit)
        way = (np.arange(last - first) + 0.5) / max(last - first, 1)
        places = [stop[0] for stop in stops]
        column = np.stack([np.interp(way, places, [stop[1][c] for stop in stops]) for c in range(3)], axis=1)
        strip = Image.fromarray((column * 255 + 0.5).astype(np.uint8)[:, None, :])
        self.image.paste(strip.resize((self.image.width, last - first), Image.Resampling.NEAREST), (0, first))

    def polygon(self, points: Sequence[Point], colour: Shade, alpha: float = 1.0) -> None:
        self._pen.polygon([(x * self.unit, y * self.unit) for x, y in points], fill=_ink(colour, alpha))

    def disc(self, x: float, y: float, radius: float, colour: Shade, alpha: float = 1.0) -> None:
        self.oval(x, y, radius, radius, colour, alpha)

    def oval(self, x: float, y: float, across: float, up: float, colour: Shade, alpha: float = 1.0) -> None:
        """An ellipse with these half axes."""
        u = self.unit
        self._pen.ellipse(((x - across) * u, (y - up) * u, (x + across) * u, (y + up) * u), fill=_ink(colour, alpha))

    def ring(self, x: float, y: float, radius: float, thickness: float, colour: Shade, alpha: float = 1.0) -> None:
        u, wide = self.unit, max(1, round(thickness * self.unit))
        self._pen.ellipse(
            ((x - radius) * u, (y - radius) * u, (x + radius) * u, (y + radius) * u),
            outline=_ink(colour, alpha),
            width=wide,
        )

    def arc(
        self, x: float, y: float, across: float, up: float, start: float, end: float, thickness: float, colour: Shade
    ) -> None:
        """Part of an ellipse, from `start` to `end` degrees, clockwise from three o'clock."""
        u = self.unit
        box = ((x - across) * u, (y - up) * u, (x + across) * u, (y + up) * u)
        self._pen.arc(box, start, end, fill=_ink(colour, 1.0), width=max(1, round(thickness * u)))

    def box(
        self, left: float, top: float, right: float, bottom: float, colour: Shade, alpha: float = 1.0, corner: float = 0
    ) -> None:
        u = self.unit
        corners = (min(left, right) * u, min(top, bottom) * u, max(left, right) * u, max(top, bottom) * u)
        if corner:
            self._pen.rounded_rectangle(corners, corner * u, fill=_ink(colour, alpha))
        else:
            self._pen.rectangle(corners, fill=_ink(colour, alpha))

    def line(self, points: Sequence[Point], colour: Shade, thickness: float, alpha: float = 1.0) -> None:
        """A line with round ends and bends."""
        wide = max(1, round(thickness * self.unit))
        self._pen.line(
            [(x * self.unit, y * self.unit) for x, y in points], fill=_ink(colour, alpha), width=wide, joint="curve"
        )
        if alpha == 1.0:
            for x, y in (points[0], points[-1]):
                self.disc(x, y, thickness / 2, colour)

    def glow(self, x: float, y: float, radius: float, colour: Shade, strength: float) -> None:
        """Soft light that fades from `strength` (0 … 1) in the middle to nothing at the radius."""
        side = max(2, round(2 * radius * self.unit))
        mask = _radial().resize((side, side), Image.Resampling.BILINEAR).point(lambda value: value * strength)
        place = (round(x * self.unit) - side // 2, round(y * self.unit) - side // 2)
        self.image.paste(_ink(colour, 1.0)[:3], (*place, place[0] + side, place[1] + side), mask)

    def beam(self, points: Sequence[Point], colour: Shade, strength: float, softness: float) -> None:
        """Light in the form of a polygon with soft edges, added to what is there."""
        small = Image.new("L", (self.image.width // 4, self.image.height // 4))
        scale = self.unit / 4
        ImageDraw.Draw(small).polygon([(x * scale, y * scale) for x, y in points], fill=255)
        small = small.filter(ImageFilter.GaussianBlur(softness * scale))
        self.add(small.resize(self.image.size, Image.Resampling.BILINEAR), colour, strength)

    def add(self, mask: Image.Image, colour: Shade, strength: float) -> None:
        """Light of a colour where the mask (mode L, the picture's size) is bright."""
        layers = [mask.point(lambda value, c=channel: value * strength * c) for channel in colour]
        self._replace(ImageChops.add(self.image, Image.merge("RGB", layers)))

    def lay(self, mask: Image.Image, colour: Shade) -> None:
        """Paint a colour through a mask (mode L, any size)."""
        self.image.paste(_ink(colour, 1.0)[:3], (0, 0), mask.resize(self.image.size, Image.Resampling.BICUBIC))

    def clouded(self, rng: np.random.Generator, cells: int, octaves: int = 3) -> Image.Image:
        """Smooth noise of the picture's shape, mode L, 0 … 255: `cells` blobs across the height, finer ones on top."""
        wide, high = round(128 * self.aspect), 128
        total = np.zeros((high, wide))
        for octave in range(octaves):
            rows = cells * 2**octave + 1
            grid = rng.random((rows, max(2, round(rows * self.aspect)))).astype(np.float32)
            fine = Image.fromarray(grid).resize((wide, high), Image.Resampling.BICUBIC)
            total += np.asarray(fine) * 0.5**octave
        low, high = total.min(), total.max()
        return Image.fromarray(((total - low) / (high - low) * 255).astype(np.uint8))

    def finished(self) -> Image.Image:
        return self.image.reduce(FINENESS)

    def _replace(self, image: Image.Image) -> None:
        self.image = image
        self._pen = ImageDraw.Draw(image, "RGBA")


def _ink(colour: Shade, alpha: float) -> tuple[int, int, int, int]:
    red, green, blue = (min(max(round(value * 255), 0), 255) for value in colour)
    return red, green, blue, round(alpha * 255)


@cache
def _radial() -> Image.Image:
    away = np.hypot(*np.meshgrid(np.linspace(-1, 1, 128), np.linspace(-1, 1, 128)))
    return Image.fromarray((np.clip(1 - away, 0, 1) ** 1.7 * 255).astype(np.uint8))
