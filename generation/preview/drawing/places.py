"""Places with a light of their own: space, under water, on a stage, in a room."""

from __future__ import annotations

from math import cos, pi, sin
from typing import TYPE_CHECKING

import numpy as np

from generation.preview.drawing.shades import BLACK, WHITE, mix, shade, tone
from generation.preview.drawing.sky import stars

if TYPE_CHECKING:
    from numpy.random import Generator

    from generation.preview.drawing.outdoors import Colours
    from generation.preview.drawing.paper import Paper


def space(paper: Paper, rng: Generator, colours: Colours) -> None:
    nebula = _first(rng, colours, ("purple", "blue", "teal", "navy"))
    other = colours[1] if len(colours) > 1 else nebula
    paper.wash((0, tone(nebula, -0.8)), (1, tone(nebula, -0.65)))
    fog = paper.clouded(rng, 3).point(lambda value: max(0, value - 80) * 1.35)
    paper.lay(fog, tone(nebula, 0.25))
    paper.lay(paper.clouded(rng, 4).point(lambda value: max(0, value - 150) * 1.8), tone(other, 0.55))
    stars(paper, rng, 110, 1.0)
    for _ in range(rng.integers(1, 3)):
        natural = ("orange", "teal", "pink", "beige")[rng.integers(4)]
        x, y, size = paper.aspect * rng.uniform(0.15, 0.85), rng.uniform(0.2, 0.8), rng.uniform(0.1, 0.3)
        _planet(paper, rng, x, y, size, colours[-1] if colours else natural)


def underwater(paper: Paper, rng: Generator, colours: Colours) -> None:
    sea = _first(rng, colours, ("teal", "blue", "cyan"))
    weeds = colours[1] if len(colours) > 1 else sea if colours else "green"
    paper.wash((0, tone(sea, 1.1)), (0.3, tone(sea, 0.75)), (1, tone(sea, -0.1)))
    for _ in range(5):
        x, lean, wide = paper.aspect * rng.uniform(0, 1), rng.uniform(-0.25, 0.25), rng.uniform(0.05, 0.13)
        ray = [(x, -0.1), (x + wide * 0.4, -0.1), (x + lean + wide * 2, 0.95), (x + lean - wide, 0.95)]
        paper.beam(ray, mix(tone(sea, 1), WHITE, 0.4), 0.3, 0.03)
    floor = [(x, 0.9 + 0.035 * sin(x * 5 + 1) + 0.02 * sin(x * 11)) for x in np.linspace(0, paper.aspect, 30)]
    paper.polygon([(0, 1.1), *floor, (paper.aspect, 1.1)], tone(sea, -0.35))
    for _ in range(rng.integers(5, 10)):
        x, tall, bend = paper.aspect * rng.random(), rng.uniform(0.12, 0.4), rng.uniform(-0.05, 0.05)
        stem = [(x + bend * sin(up * 5), 0.97 - tall * up) for up in np.linspace(0, 1, 7)]
        paper.line(stem, tone(weeds, rng.uniform(0.0, 0.4)), rng.uniform(0.015, 0.035))
    for _ in range(rng.integers(3, 8)):
        natural = ("orange", "yellow", "pink")[rng.integers(3)]
        x, y, size = paper.aspect * rng.random(), rng.uniform(0.2, 0.8), rng.uniform(0.03, 0.09)
        _fish(paper, rng, x, y, size, tone(colours[-1] if len(colours) > 1 else natural, 0.6))
    for _ in range(16):
        x, y, size = paper.aspect * rng.random(), rng.random(), rng.uniform(0.006, 0.02)
        paper.ring(x, y, size, 0.006, mix(tone(sea, 1), WHITE, 0.6), 0.8)


def stage(paper: Paper, rng: Generator, colours: Colours) -> None:
    hall = _first(rng, colours, ("purple", "red", "blue"))
    paper.wash((0, tone(hall, -0.75)), (0.78, tone(hall, -0.5)), (1, tone(hall, -0.6)))
    natural = ("orange", "pink", "cyan")[rng.integers(3)]
    lights = colours or (hall, natural)
    for number in range(rng.integers(3, 6)):
        colour = lights[number % len(lights)]
        x, foot = paper.aspect * rng.uniform(0.1, 0.9), paper.aspect * rng.uniform(0.15, 0.85)
        wide = rng.uniform(0.1, 0.2)
        paper.beam(
            [(x - 0.015, -0.05), (x + 0.015, -0.05), (foot + wide, 0.84), (foot - wide, 0.84)],
            tone(colour, 0.6),
            0.75,
            0.012,
        )
        paper.oval(foot, 0.84, wide * 1.1, 0.035, tone(colour, 0.9), 0.55)
        paper.glow(x, 0.0, 0.12, WHITE, 0.8)
    paper.box(0, 0.93, paper.aspect, 1, tone(hall, -0.85))
    curtain = tone(hall, 0.0)
    for side in (0, 1):
        for fold in range(4):
            left = 0.075 * fold if side == 0 else paper.aspect - 0.075 * (fold + 1)
            paper.box(left, 0, left + 0.075, 0.9 - 0.02 * fold, mix(curtain, BLACK, 0.12 + 0.3 * (fold % 2)))


def room(paper: Paper, rng: Generator, colours: Colours) -> None:
    wall = _first(rng, colours, ("beige", "teal", "blue", "pink"))
    natural = ("orange", "teal", "red", "navy")[rng.integers(4)]
    accent = colours[1] if len(colours) > 1 else wall if colours else natural
    warm = tone(colours[2], 0.8) if len(colours) > 2 else shade("#ffe2a0")
    paper.wash((0, tone(wall, 0.72)), (1, tone(wall, 0.9)), bottom=0.7)
    floor = tone("brown", 0.6) if not colours else tone(wall, 0.25)
    paper.box(0, 0.7, paper.aspect, 1, floor)
    paper.box(0, 0.685, paper.aspect, 0.71, mix(tone(wall, 1), WHITE, 0.5))
    left = paper.aspect * rng.uniform(0.1, 0.7)
    wide, top = rng.uniform(0.28, 0.42), rng.uniform(0.1, 0.16)
    paper.box(left - 0.02, top - 0.02, left + wide + 0.02, top + 0.44, WHITE)
    glass = shade("#bfe6fb") if not colours else mix(tone(accent, 1), WHITE, 0.35)
    paper.box(left, top, left + wide, top + 0.42, glass)
    paper.box(left + wide / 2 - 0.008, top, left + wide / 2 + 0.008, top + 0.42, WHITE)
    paper.box(left, top + 0.2, left + wide, top + 0.216, WHITE)
    sofa = paper.aspect * rng.uniform(0.12, 0.5)
    size = rng.uniform(0.5, 0.7)
    for inset, top, low, depth in ((0.03, 0.52, 0.8, 0.35), (0.0, 0.62, 0.86, 0.15), (0.06, 0.68, 0.84, 0.55)):
        paper.box(sofa + inset, top, sofa + size - inset, low, tone(accent, depth), corner=0.03)
    lamp = (sofa + size + 0.14) % paper.aspect
    paper.line([(lamp, 0.4), (lamp, 0.86)], tone("brown", 0.1), 0.014)
    paper.glow(lamp, 0.4, 0.4, warm, 0.65)
    paper.polygon(
        [(lamp - 0.05, 0.3), (lamp + 0.05, 0.3), (lamp + 0.1, 0.44), (lamp - 0.1, 0.44)], mix(warm, WHITE, 0.4)
    )
    if rng.random() < 0.7:
        pot = paper.aspect * rng.uniform(0.05, 0.95)
        for angle in np.linspace(pi * 1.15, pi * 1.85, 6):
            tip = (pot + 0.16 * cos(angle), 0.78 + 0.26 * sin(angle))
            paper.line([(pot, 0.8), tip], tone("green", rng.uniform(0, 0.5)), 0.03)
        paper.polygon(
            [(pot - 0.06, 0.78), (pot + 0.06, 0.78), (pot + 0.045, 0.9), (pot - 0.045, 0.9)], tone(accent, 0.3)
        )


PLACES = {"space": space, "underwater": underwater, "stage": stage, "room": room}


def _first(rng: Generator, colours: Colours, natural: tuple[str, ...]) -> str:
    drawn = natural[rng.integers(len(natural))]
    return colours[0] if colours else drawn


def _planet(paper: Paper, rng: Generator, x: float, y: float, radius: float, colour: str) -> None:
    paper.glow(x, y, radius * 1.7, tone(colour, 0.7), 0.35)
    for step, depth in enumerate(np.linspace(-0.45, 0.75, 7)):
        share = 1 - step / 7.5
        paper.disc(x - radius * 0.3 * (1 - share), y - radius * 0.3 * (1 - share), radius * share, tone(colour, depth))
    if rng.random() < 0.4:
        paper.line(
            [(x - radius * 1.7, y + radius * 0.5), (x + radius * 1.7, y - radius * 0.5)],
            tone(colour, 1.0),
            radius * 0.1,
        )


def _fish(paper: Paper, rng: Generator, x: float, y: float, size: float, colour: tuple[float, float, float]) -> None:
    way = 1 if rng.random() < 0.5 else -1
    paper.polygon(
        [(x - way * size * 0.7, y), (x - way * size * 1.5, y - size * 0.5), (x - way * size * 1.5, y + size * 0.5)],
        colour,
    )
    paper.oval(x, y, size, size * 0.55, colour)
    paper.disc(x + way * size * 0.5, y - size * 0.12, size * 0.12, BLACK)
