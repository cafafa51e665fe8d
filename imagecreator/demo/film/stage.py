"""Fourth scene: a dancer in the spotlights, the crowd and confetti."""

from __future__ import annotations

import math
import random
from typing import TYPE_CHECKING

from PIL import Image, ImageChops, ImageDraw, ImageFilter

from imagecreator.demo.film.brush import HEIGHT, WIDTH, glow, gradient, put, shine, smooth, wobble
from imagecreator.demo.film.figure import Clothes, dancing, person

if TYPE_CHECKING:
    from imagecreator.demo.film.brush import Painter

DANCER = Clothes((238, 184, 150), (92, 34, 78), (40, 206, 196), (246, 240, 250), (236, 64, 122))
LIGHTS = [  # x of the lamp, colour, shift of its swing
    (180, (196, 40, 150), 0.0),
    (470, (64, 82, 236), 1.7),
    (810, (236, 120, 44), 3.1),
    (1100, (120, 48, 220), 4.6),
]
FLOOR = 560


def painter() -> Painter:
    """Prepare what stands still; return the function that paints the scene at a time."""
    wall = _hall()
    lamp, pool = glow(64, (255, 244, 230), 1.2), glow(300, (120, 96, 110), 1.6).resize((760, 170))
    crowd = [_crowd(seed) for seed in (3, 4)]

    def paint(t: float) -> Image.Image:
        picture = ImageChops.add(wall, _beams(t))
        shine(picture, pool, 640, 604)
        for lamp_x, _, _ in LIGHTS:
            shine(picture, lamp, lamp_x, 14)
        x, hop = 640 + 46 * wobble(t, 0.25), 26 * abs(wobble(t, 1.0))
        dancer, (foot_x, foot_y) = person(dancing(2 * math.pi * t), DANCER, 400)
        shadow = Image.new("L", (300, 52))
        ImageDraw.Draw(shadow).ellipse((30 + hop, 14, 270 - hop, 38), fill=170)
        picture.paste((16, 8, 28), (round(x - 150), 586), shadow.filter(ImageFilter.BoxBlur(6)))
        put(picture, dancer, x - foot_x, 612 - hop - foot_y)
        _confetti(picture, t)
        for row, people in enumerate(crowd):
            put(picture, people, -40, 600 + 34 * row + 7 * wobble(t, 1.0, row * 1.6))
        return picture

    return paint


def _hall() -> Image.Image:
    hall = gradient([(0, (20, 8, 40)), (0.6, (52, 16, 70)), (0.78, (84, 26, 88)), (1, (24, 10, 34))])
    pen = ImageDraw.Draw(hall, "RGBA")
    for x in range(-20, WIDTH, 44):  # the folds of the curtain
        pen.polygon([(x, 0), (x + 22, 0), (x + 18, FLOOR), (x + 2, FLOOR)], fill=(150, 30, 90, 34))
    hall.paste(gradient([(0, (104, 48, 96)), (1, (30, 14, 44))], WIDTH, HEIGHT - FLOOR), (0, FLOOR))
    pen.line([(0, FLOOR), (WIDTH, FLOOR)], fill=(200, 110, 170, 120), width=2)
    pen.rectangle((0, 0, WIDTH, 10), fill=(10, 6, 18, 255))
    return hall


def _beams(t: float) -> Image.Image:
    """Paint the cones of light on a small black sheet, blurred and made large."""
    total = Image.new("RGB", (WIDTH // 8, HEIGHT // 8))
    for x, colour, shift in LIGHTS:
        end = 640 + 330 * wobble(t, 0.2, shift)
        cone = Image.new("RGB", total.size)
        points = [((x - 8) / 8, 1.0), ((x + 8) / 8, 1.0), ((end + 130) / 8, 76.0), ((end - 130) / 8, 76.0)]
        ImageDraw.Draw(cone).polygon(points, fill=tuple(round(part * 0.62) for part in colour))
        total = ImageChops.add(total, cone)
    return total.filter(ImageFilter.GaussianBlur(1.6)).resize((WIDTH, HEIGHT), Image.Resampling.BILINEAR)


def _crowd(seed: int) -> Image.Image:
    chance = random.Random(seed)
    shade = (18, 8, 30, 255) if seed % 2 else (8, 4, 16, 255)

    def draw(pen: ImageDraw.ImageDraw, k: int) -> None:
        for x in range(0, WIDTH + 100, 62):
            middle, top, r = (x + chance.uniform(-12, 12)) * k, chance.uniform(40, 62) * k, 21 * k
            pen.ellipse((middle - r, top - r, middle + r, top + r * 1.2), fill=shade)
            pen.rounded_rectangle((middle - 38 * k, top + 24 * k, middle + 38 * k, 260 * k), 24 * k, fill=shade)
            if chance.random() < 0.3:
                way = chance.choice((-1, 1))
                pen.line(
                    [(middle + way * 28 * k, top + 40 * k), (middle + way * 40 * k, top - 34 * k)],
                    fill=shade,
                    width=13 * k,
                )

    return smooth(WIDTH + 100, 160, draw)


def _confetti(picture: Image.Image, t: float) -> None:
    chance = random.Random(7)
    pen = ImageDraw.Draw(picture)
    for _ in range(90):
        x, y, fall = chance.uniform(0, WIDTH), chance.uniform(-500, 560), chance.uniform(70, 150)
        colour = chance.choice(((255, 214, 84), (84, 226, 214), (255, 110, 160), (250, 250, 255)))
        turn = chance.uniform(0, 6.3)
        y = (y + fall * t + 500) % 1060 - 500
        x += 16 * math.sin(2.2 * t + turn)
        half = 2 + 5 * abs(math.cos(3 * t + turn))
        pen.polygon([(x - half, y - 3), (x + half, y - 5), (x + half, y + 3), (x - half, y + 5)], fill=colour)
