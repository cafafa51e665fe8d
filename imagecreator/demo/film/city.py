"""Second scene: a rainy evening in a city of lit windows, and somebody on the way home."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

from PIL import Image, ImageDraw, ImageFilter

from imagecreator.demo.film.brush import HEIGHT, WIDTH, glow, gradient, put, shine, smooth
from imagecreator.demo.film.figure import Clothes, carrying, person, walking

if TYPE_CHECKING:
    from imagecreator.demo.film.brush import Colour, Painter, Point

WALKER = Clothes((222, 172, 140), (34, 26, 30), (236, 178, 42), (44, 52, 80), (24, 22, 30))
SKY = [(0.0, (8, 14, 46)), (0.3, (30, 42, 104)), (0.55, (104, 74, 138)), (0.78, (214, 122, 120))]
WINDOWS = ((255, 214, 120), (255, 190, 92), (255, 236, 178), (140, 206, 240))
STREET = 560
ROWS: list[tuple[int, Colour, int, int]] = [  # height of the highest house, wall, width of a window, pixels a second
    (330, (30, 36, 78), 5, 6),
    (400, (20, 24, 58), 8, 16),
]


def painter() -> Painter:
    """Prepare what stands still; return the function that paints the scene at a time."""
    sky = gradient(SKY)
    moon, halo = glow(46, (246, 240, 214), 0.25), glow(240, (60, 62, 84), 2)
    shine(sky, halo, 1010, 128)
    shine(sky, moon, 1010, 128)
    rows = [(_houses(high, wall, window, seed), pace) for seed, (high, wall, window, pace) in enumerate(ROWS, 5)]
    lamp, pool = glow(150, (196, 132, 58), 1.8), glow(34, (255, 230, 170), 0.7)
    umbrella = _umbrella()
    ground = gradient([(0, (30, 30, 58)), (0.25, (22, 24, 48)), (1, (10, 12, 28))], WIDTH, HEIGHT - STREET)

    def paint(t: float) -> Image.Image:
        picture = sky.copy()
        for strip, pace in rows:
            put(picture, strip, -20 - pace * t, STREET - strip.height)
        for x in range(-100, 2200, 420):
            _lamp_post(picture, x - 80 * t, lamp, pool)
        _wet_street(picture, ground)
        walker, (foot_x, foot_y) = person(carrying(walking(6.8 * t + 1)), WALKER, 290)
        place = 420 + 40 * t, 664
        put(picture, umbrella, place[0] - 150 + 70, place[1] - 424)
        put(picture, walker, place[0] - foot_x, place[1] - foot_y)
        return _rain(picture, t)

    return paint


def _houses(high: int, wall: Colour, window: int, seed: int) -> Image.Image:
    chance = random.Random(seed)
    strip = Image.new("RGBA", (1600, high))
    pen = ImageDraw.Draw(strip)
    x = 0
    while x < 1600:
        wide, tall = chance.randrange(70, 150), chance.randrange(high // 2, high - 24)
        shade = chance.uniform(0.8, 1.15)
        colour = tuple(round(part * shade) for part in wall)
        pen.rectangle((x, high - tall, x + wide - 3, high), fill=(*colour, 255))
        if chance.random() < 0.4:
            pen.rectangle((x + wide // 2 - 2, high - tall - 22, x + wide // 2, high - tall), fill=(*colour, 255))
        for wx in range(x + 8, x + wide - window - 8, window * 2):
            for wy in range(high - tall + 10, high - 16, window * 2 + 4):
                if chance.random() < 0.42:
                    dim = chance.uniform(0.55, 1)
                    light = tuple(round(part * dim) for part in chance.choice(WINDOWS))
                    pen.rectangle((wx, wy, wx + window - 1, wy + window + 2), fill=(*light, 255))
        x += wide + chance.randrange(0, 6)
    return strip


def _lamp_post(picture: Image.Image, x: float, lamp: Image.Image, pool: Image.Image) -> None:
    pen = ImageDraw.Draw(picture)
    pen.rectangle((x - 3, 300, x + 3, STREET + 6), fill=(14, 14, 26))
    pen.rectangle((x - 16, 292, x + 16, 300), fill=(14, 14, 26))
    shine(picture, lamp, x, 312)
    shine(picture, pool, x, 308)


def _wet_street(picture: Image.Image, ground: Image.Image) -> None:
    """Mirror what stands above the street in it, blurred."""
    mirror = picture.crop((0, 2 * STREET - HEIGHT, WIDTH, STREET)).reduce(4).transpose(Image.Transpose.FLIP_TOP_BOTTOM)
    mirror = mirror.filter(ImageFilter.BoxBlur((1, 6))).resize(ground.size, Image.Resampling.BILINEAR)
    picture.paste(Image.blend(ground, mirror, 0.6), (0, STREET))


def _umbrella() -> Image.Image:
    def draw(pen: ImageDraw.ImageDraw, k: int) -> None:
        def at(*points: Point) -> list[Point]:
            return [(x * k, y * k) for x, y in points]

        pen.line(at((150, 40), (150, 250)), fill=(210, 214, 226, 255), width=5 * k)
        pen.pieslice((10 * k, 10 * k, 290 * k, 230 * k), 180, 360, fill=(208, 44, 70, 255))
        for left, right, colour in ((10, 80, (176, 30, 60)), (80, 220, (232, 74, 94)), (220, 290, (176, 30, 60))):
            pen.chord((left * k, 104 * k, right * k, 136 * k), 180, 360, fill=(*colour, 255))
        pen.line(at((150, 0), (150, 14)), fill=(210, 214, 226, 255), width=5 * k)

    return smooth(300, 260, draw)


def _rain(picture: Image.Image, t: float) -> Image.Image:
    chance = random.Random(99)
    veil = Image.new("L", (WIDTH, HEIGHT))
    pen = ImageDraw.Draw(veil)
    for _ in range(150):
        x, y, fall = chance.uniform(0, WIDTH + 160), chance.uniform(0, HEIGHT), chance.uniform(800, 1200)
        y = (y + fall * t) % HEIGHT
        x = x - (y / HEIGHT) * 120
        pen.line([(x, y), (x - 5, y + 32)], fill=chance.randrange(40, 100), width=1)
    picture.paste((176, 196, 236), (0, 0), veil)
    return picture
