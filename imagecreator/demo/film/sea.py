"""Third scene: a sailing boat on a bright sea, and the sailor waves."""

from __future__ import annotations

import math
import random
from typing import TYPE_CHECKING

from PIL import Image, ImageDraw, ImageFilter

from imagecreator.demo.film.brush import HEIGHT, WIDTH, glow, gradient, put, shine, smooth, wobble
from imagecreator.demo.film.figure import Clothes, person, waving

if TYPE_CHECKING:
    from imagecreator.demo.film.brush import Painter, Point

SAILOR = Clothes((232, 178, 140), (188, 108, 42), (32, 70, 148), (240, 236, 226), (110, 62, 40))
SKY = [(0.0, (42, 132, 208)), (0.45, (120, 196, 236)), (0.6, (214, 240, 246))]
HORIZON = 400


def painter() -> Painter:
    """Prepare what stands still; return the function that paints the scene at a time."""
    sky = gradient([*SKY, (1.0, (30, 140, 160))])
    shine(sky, glow(380, (84, 80, 50), 2), 260, 120)
    shine(sky, glow(58, (255, 250, 214), 0.3), 260, 120)
    sky.paste(
        gradient([(0, (92, 190, 204)), (0.3, (36, 146, 178)), (1, (10, 84, 132))], WIDTH, HEIGHT - HORIZON),
        (0, HORIZON),
    )
    clouds = _clouds()
    rig, hull = _rig(), _hull()

    def paint(t: float) -> Image.Image:
        picture = sky.copy()
        put(picture, clouds, -60 - 14 * t, -40)
        _gulls(picture, t)
        _waves(picture, t, range(0, 5))
        boat = rig.copy()
        sailor, (foot_x, foot_y) = person(waving(8.5 * t), SAILOR, 190)
        boat.alpha_composite(
            sailor.crop((0, 0, sailor.width, round(foot_y))), (round(176 - foot_x), round(512 - foot_y))
        )
        boat.alpha_composite(hull)
        boat = boat.rotate(3.4 * wobble(t, 0.32), Image.Resampling.BILINEAR, center=(310, 560))
        put(picture, boat, 330 + 26 * t, 42 + 9 * wobble(t, 0.32, 1.2))
        _waves(picture, t, range(5, 9))
        return picture

    return paint


def _rig() -> Image.Image:
    def draw(pen: ImageDraw.ImageDraw, k: int) -> None:
        def at(*points: Point) -> list[Point]:
            return [(x * k, y * k) for x, y in points]

        pen.line(at((320, 20), (320, 510)), fill=(122, 78, 48, 255), width=9 * k)
        curve = [(334 + 196 * math.sin(a / 24 * math.pi / 2) ** 1.25, 40 + 410 * a / 24) for a in range(25)]
        pen.polygon(at((334, 36), *curve, (334, 450)), fill=(250, 246, 236, 255))
        pen.polygon(at((334, 300), *curve[16:19], (334, 350)), fill=(226, 84, 62, 255))
        back = [(308 - 118 * math.sin(a / 24 * math.pi / 2), 92 + 352 * a / 24) for a in range(25)]
        pen.polygon(at((308, 88), *back, (308, 444)), fill=(232, 226, 214, 255))
        pen.polygon(at((320, 12), (372, 24), (320, 38)), fill=(226, 84, 62, 255))

    return smooth(620, 640, draw)


def _hull() -> Image.Image:
    def draw(pen: ImageDraw.ImageDraw, k: int) -> None:
        def at(*points: Point) -> list[Point]:
            return [(x * k, y * k) for x, y in points]

        pen.polygon(at((70, 478), (590, 468), (522, 566), (480, 592), (150, 592), (108, 560)), fill=(150, 58, 44, 255))
        pen.polygon(at((70, 478), (590, 468), (578, 488), (78, 500)), fill=(246, 238, 222, 255))
        pen.polygon(at((92, 530), (548, 524), (540, 538), (98, 544)), fill=(186, 84, 60, 255))

    return smooth(620, 640, draw)


def _clouds() -> Image.Image:
    chance = random.Random(12)
    sheet = Image.new("L", (WIDTH + 200, 360))
    pen = ImageDraw.Draw(sheet)
    for middle_x, middle_y, size in ((500, 200, 1.0), (1010, 165, 1.3), (1330, 260, 0.8), (60, 280, 0.7)):
        for _ in range(26):
            x, y = middle_x + chance.gauss(0, 62) * size, middle_y - abs(chance.gauss(0, 20)) * size
            r = chance.uniform(18, 42) * size
            pen.ellipse((x - r, y - r * 0.72, x + r, y + r * 0.72), fill=235)
        pen.rectangle((middle_x - 200 * size, middle_y + 22 * size, middle_x + 200 * size, middle_y + 60), fill=0)
    soft = sheet.filter(ImageFilter.GaussianBlur(5))
    cloud = gradient([(0, (255, 255, 255)), (1, (226, 236, 246))], sheet.width, sheet.height)
    cloud.putalpha(soft)
    return cloud


def _waves(picture: Image.Image, t: float, rows: range) -> None:
    for row in rows:
        depth = row / 8
        y = HORIZON + 12 + (HEIGHT - HORIZON - 20) * depth**1.35
        size, length = 2 + 13 * depth, 60 + 250 * depth
        crest = [
            (
                x,
                y
                + size * wobble(x / length + t * 0.42, 1, row * 2.1)
                + size * 0.4 * wobble(x / length * 2.3 - t * 0.5, 1),
            )
            for x in range(-10, WIDTH + 21, 10)
        ]
        tone = (round(70 - 58 * depth), round(176 - 84 * depth), round(196 - 54 * depth))
        pen = ImageDraw.Draw(picture)
        pen.polygon([*crest, (WIDTH + 20, y + 40 + 60 * depth), (-10, y + 40 + 60 * depth)], fill=tone)
        pen.line(
            crest, fill=(round(150 - 60 * depth), round(222 - 50 * depth), round(228 - 36 * depth)), width=2 + row // 3
        )
        for i in range(7):
            x = (i * 211 + row * 97 + t * (8 + 20 * depth)) % WIDTH
            if abs(x - 260) < 180 + 60 * math.sin(i + row):
                pen.line(
                    [(x, y + 8 + size), (x + 16 + 34 * depth, y + 8 + size)], fill=(236, 250, 238), width=1 + row // 3
                )


def _gulls(picture: Image.Image, t: float) -> None:
    def flock(pen: ImageDraw.ImageDraw, k: int) -> None:
        for i, (x, y) in enumerate([(50, 60), (150, 30), (230, 74)]):
            beat = 10 * wobble(t, 1.1, i * 2.0)
            points = [(x - 24, y - beat), (x - 9, y - 6), (x, y + 2), (x + 9, y - 6), (x + 24, y - beat)]
            pen.line([(px * k, py * k) for px, py in points], fill=(250, 252, 255, 255), width=4 * k, joint="curve")

    put(picture, smooth(290, 110, flock), 960 - 44 * t, 190 + 8 * wobble(t, 0.4))
