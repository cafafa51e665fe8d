"""First scene: a hiker crosses the hills while the sun rises."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PIL import Image, ImageDraw

from imagecreator.demo.film.brush import HEIGHT, WIDTH, glow, gradient, hills, put, shine, smooth, wobble
from imagecreator.demo.film.figure import Clothes, person, walking

if TYPE_CHECKING:
    from imagecreator.demo.film.brush import Painter

HIKER = Clothes((226, 168, 128), (70, 38, 30), (206, 62, 48), (52, 58, 92), (40, 28, 34), pack=(54, 116, 110))
SKY = [
    (0.0, (46, 52, 112)),
    (0.3, (134, 92, 148)),
    (0.52, (240, 138, 104)),
    (0.68, (255, 206, 132)),
    (1.0, (255, 236, 190)),
]
RANGES = [  # y, colours, how far it moves in a second
    (330, ((176, 112, 140), (244, 170, 138)), 5),
    (400, ((128, 78, 122), (222, 134, 124)), 12),
    (470, ((84, 56, 104), (164, 92, 112)), 26),
]


def painter() -> Painter:
    """Prepare what stands still; return the function that paints the scene at a time."""
    sky = gradient(SKY)
    ranges = [(hills(1700, HEIGHT - y, colours, seed), y, pace) for seed, (y, colours, pace) in enumerate(RANGES, 21)]
    meadow = _meadow()
    halo, sun = glow(420, (150, 84, 26), 2.2), glow(64, (255, 236, 150), 0.35)

    def paint(t: float) -> Image.Image:
        picture = sky.copy()
        x, y = 830 + 3 * t, 392 - 26 * t
        shine(picture, halo, x, y)
        shine(picture, sun, x, y)
        _birds(picture, t)
        for strip, top, pace in ranges:
            put(picture, strip, -60 - pace * t, top)
        put(picture, meadow, -40 - 70 * t, 560)
        hiker, (foot_x, foot_y) = person(walking(6.4 * t), HIKER, 300)
        put(picture, hiker, 330 + 34 * t - foot_x, 636 - foot_y)
        return picture

    return paint


def _meadow() -> Image.Image:
    def blades(pen: ImageDraw.ImageDraw, k: int) -> None:
        for i in range(900):
            x, tall = (i * 37) % 1800, 8 + (i * 13) % 17
            y = 52 + 14 * wobble(x / 620, 1) + (i * 7) % 11
            pen.line([(x * k, y * k), ((x + (i % 7) - 3) * k, (y - tall) * k)], fill=(44, 38, 66, 255), width=3)

    strip = gradient([(0, (62, 48, 80)), (1, (26, 24, 44))], 1800, 200)
    edge = Image.new("L", (1800, 200), 0)
    line = [(x, 50 + 14 * wobble(x / 620, 1)) for x in range(0, 1801, 6)]
    ImageDraw.Draw(edge).polygon([*line, (1800, 200), (0, 200)], fill=255)
    strip.putalpha(edge)
    strip.alpha_composite(smooth(1800, 200, blades))
    return strip


def _birds(picture: Image.Image, t: float) -> None:
    def flock(pen: ImageDraw.ImageDraw, k: int) -> None:
        for i, (x, y) in enumerate([(60, 70), (120, 44), (176, 82), (236, 58), (300, 30)]):
            beat = 9 * wobble(t, 1.6, i * 1.3)
            points = [(x - 17, y - beat), (x - 7, y - 4), (x, y + 2), (x + 7, y - 4), (x + 17, y - beat)]
            pen.line([(px * k, py * k) for px, py in points], fill=(52, 36, 76, 255), width=3 * k, joint="curve")

    put(picture, smooth(340, 120, flock), WIDTH * 0.12 + 30 * t, 110 - 6 * t)
