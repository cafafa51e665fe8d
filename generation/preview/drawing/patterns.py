"""Backdrops that are no places: rays, lights, facets, waves, blasts, and one bold sign on a plain ground."""

from __future__ import annotations

from math import cos, pi, sin, tau
from typing import TYPE_CHECKING

import numpy as np

from generation.preview.drawing.shades import HUES, WHITE, mix, tone

if TYPE_CHECKING:
    from numpy.random import Generator

    from generation.preview.drawing.outdoors import Colours
    from generation.preview.drawing.paper import Paper, Point
    from generation.preview.drawing.shades import Shade


def sunburst(paper: Paper, rng: Generator, colours: Colours) -> None:
    first, second, _ = _three(rng, colours)
    one, two = (tone(first, 0.7), tone(first, 0.3)) if second == first else (tone(first, 0.55), tone(second, 0.55))
    paper.wash((0, one), (1, one))
    x, y = paper.aspect * rng.uniform(0.35, 0.65), rng.uniform(0.4, 0.95)
    rays, turn = int(rng.integers(9, 15)), rng.uniform(0, tau)
    for ray in range(rays):
        angle, half = turn + ray * tau / rays, pi / rays / 1.15 * 0.5
        paper.polygon([(x, y), *[(x + 3 * cos(a), y + 3 * sin(a)) for a in (angle - half, angle + half)]], two)
    paper.glow(x, y, 0.7, mix(tone(first, 1.0), WHITE, 0.5), 0.7)


def bokeh(paper: Paper, rng: Generator, colours: Colours) -> None:
    first, second, third = _three(rng, colours)
    paper.wash((0, tone(first, -0.5)), (1, tone(first, -0.05)))
    paper.glow(paper.aspect * rng.random(), rng.random(), 1.0, tone(first, 0.4), 0.7)
    for number in range(20):
        colour = (first, second, first, third)[number % 4]
        x, y, size = paper.aspect * rng.random(), rng.uniform(0, 1), rng.uniform(0.06, 0.19)
        light = tone(colour, rng.uniform(0.5, 1.0))
        paper.disc(x, y, size, light, rng.uniform(0.3, 0.6))
        paper.ring(x, y, size, 0.012, mix(light, WHITE, 0.3), 0.5)


def low_poly(paper: Paper, rng: Generator, colours: Colours) -> None:
    first, second, _ = _three(rng, colours)
    rows = 4
    columns = round(rows * paper.aspect)
    grid = np.stack(np.meshgrid(np.arange(columns + 3) - 1.0, np.arange(rows + 3) - 1.0), axis=2)
    grid = (grid + rng.uniform(-0.36, 0.36, grid.shape)) / rows
    lean = rng.uniform(-1, 1)
    for row in range(rows + 2):
        for column in range(columns + 2):
            a, b, c, d = (tuple(grid[row + y, column + x]) for y, x in ((0, 0), (0, 1), (1, 1), (1, 0)))
            for facet in ((a, b, c), (a, c, d)) if rng.random() < 0.5 else ((a, b, d), (b, c, d)):
                x, y = np.mean(facet, axis=0)
                way = (y + lean * (x / paper.aspect - 0.5)) * 0.8 + 0.1
                light = 0.95 - 0.75 * way + rng.uniform(-0.28, 0.28)
                other = (x / paper.aspect + rng.uniform(-0.15, 0.15)) > 0.62 and second != first
                paper.polygon(facet, tone(second if other else first, light))


def waves(paper: Paper, rng: Generator, colours: Colours) -> None:
    first, second, third = _three(rng, colours)
    top = tone(second, 0.95) if second != first else tone(first, 1.3)
    paper.wash((0, top), (1, tone(first, 0.9)))
    bands = 6
    for band in range(bands):
        share = band / (bands - 1)
        phase, turns = rng.uniform(0, tau), rng.uniform(0.45, 0.9)
        line = [
            (x, 0.22 + 0.72 * share + 0.085 * sin(x * turns * pi + phase)) for x in np.linspace(0, paper.aspect, 50)
        ]
        colour = third if third != first and band == 2 else second if second != first and band % 3 == 1 else first
        paper.polygon([(0, 1.2), *line, (paper.aspect, 1.2)], tone(colour, 0.95 - 0.9 * share))


def explosion(paper: Paper, rng: Generator, colours: Colours) -> None:
    first, second, third = _three(rng, colours or ("red", "orange", "yellow"))
    x, y = paper.aspect * rng.uniform(0.35, 0.65), rng.uniform(0.4, 0.6)
    paper.wash((0, tone(first, 0.15)), (1, tone(first, 0.05)))
    for _ in range(46):
        angle, start = rng.uniform(0, tau), rng.uniform(0.45, 0.75)
        half = rng.uniform(0.008, 0.03)
        spike = [(x + start * cos(angle), y + start * sin(angle))]
        spike += [(x + 2.4 * cos(angle + off), y + 2.4 * sin(angle + off)) for off in (-half, half)]
        paper.polygon(spike, tone(first, 0.75))
    burst = (
        (0.52, first, 0.5),
        (0.4, second, 0.55 if second != first else 0.75),
        (0.26, third, 1.0 if third == first else 0.8),
    )
    for radius, colour, light in burst:
        paper.polygon(_star(x, y, radius, radius * 0.62, int(rng.integers(11, 16)), rng), tone(colour, light))
    paper.polygon(_star(x, y, 0.13, 0.08, 10, rng), mix(tone(third, 1), WHITE, 0.75))


def emblem(paper: Paper, rng: Generator, colours: Colours, sign: str) -> None:
    """One sign of SIGNS in the middle."""
    any_hue = HUES[rng.integers(len(HUES))]
    ground = colours[0] if colours else any_hue
    paper.wash((0, tone(ground, 0.75)), (1, tone(ground, 0.35)))
    x, y, size = paper.aspect / 2, 0.5, rng.uniform(0.27, 0.36)
    ink = mix(tone(colours[1], 0.6), WHITE, 0.05) if len(colours) > 1 else WHITE
    paper.disc(x, y, size * 1.28, tone(ground, 0.05))
    if len(colours) > 2:
        paper.ring(x, y, size * 1.28, 0.035, tone(colours[2], 0.7))
    SIGNS[sign](paper, rng, x, y, size * 0.82, ink, tone(ground, 0.05))


def _sign_star(paper: Paper, rng: Generator, x: float, y: float, size: float, ink: Shade, ground: Shade) -> None:
    points = [
        (x + size * r * sin(a), y - size * r * cos(a)) for a, r in ((i * pi / 5, (1, 0.42)[i % 2]) for i in range(10))
    ]
    paper.polygon(points, ink)


def _sign_heart(paper: Paper, rng: Generator, x: float, y: float, size: float, ink: Shade, ground: Shade) -> None:
    turns = np.linspace(0, tau, 40)
    across = 16 * np.sin(turns) ** 3
    up = 13 * np.cos(turns) - 5 * np.cos(2 * turns) - 2 * np.cos(3 * turns) - np.cos(4 * turns)
    paper.polygon([(x + size * a / 17, y - size * b / 17) for a, b in zip(across, up, strict=True)], ink)


def _sign_bolt(paper: Paper, rng: Generator, x: float, y: float, size: float, ink: Shade, ground: Shade) -> None:
    points = ((0.25, -1), (-0.55, 0.12), (-0.05, 0.12), (-0.25, 1), (0.55, -0.2), (0.05, -0.2))
    paper.polygon([(x + a * size, y + b * size) for a, b in points], ink)


def _sign_play(paper: Paper, rng: Generator, x: float, y: float, size: float, ink: Shade, ground: Shade) -> None:
    paper.polygon([(x - 0.5 * size, y - 0.8 * size), (x - 0.5 * size, y + 0.8 * size), (x + 0.85 * size, y)], ink)


def _sign_drop(paper: Paper, rng: Generator, x: float, y: float, size: float, ink: Shade, ground: Shade) -> None:
    paper.disc(x, y + 0.3 * size, 0.62 * size, ink)
    paper.polygon([(x - 0.58 * size, y + 0.1 * size), (x, y - size), (x + 0.58 * size, y + 0.1 * size)], ink)


def _sign_crown(paper: Paper, rng: Generator, x: float, y: float, size: float, ink: Shade, ground: Shade) -> None:
    points = ((-0.85, 0.6), (-0.95, -0.5), (-0.42, 0.05), (0, -0.8), (0.42, 0.05), (0.95, -0.5), (0.85, 0.6))
    paper.polygon([(x + a * size, y + b * size) for a, b in points], ink)


def _sign_leaf(paper: Paper, rng: Generator, x: float, y: float, size: float, ink: Shade, ground: Shade) -> None:
    way = np.linspace(-1, 1, 20)
    wide = 0.55 * (1 - way**2)
    edge: list[Point] = [(x + w * size, y + a * size) for a, w in zip(way, wide, strict=True)]
    edge += [(x - w * size, y + a * size) for a, w in zip(way[::-1], wide[::-1], strict=True)]
    paper.polygon(edge, ink)
    paper.line([(x, y - 0.6 * size), (x, y + 1.05 * size)], ground, size * 0.08)


def _sign_circle(paper: Paper, rng: Generator, x: float, y: float, size: float, ink: Shade, ground: Shade) -> None:
    for radius, colour in ((0.95, ink), (0.66, ground), (0.38, ink)):
        paper.disc(x, y, size * radius, colour)


SIGNS = {
    "star": _sign_star,
    "heart": _sign_heart,
    "lightning bolt": _sign_bolt,
    "play button": _sign_play,
    "drop": _sign_drop,
    "crown": _sign_crown,
    "leaf": _sign_leaf,
    "circle": _sign_circle,
}

PATTERNS = {"sunburst": sunburst, "bokeh": bokeh, "low poly": low_poly, "waves": waves, "explosion": explosion}


def _three(rng: Generator, colours: Colours) -> tuple[str, str, str]:
    """Three colours; of fewer, the first serves again. None given: any one with any other."""
    one, two = rng.choice(len(HUES), 2, replace=False)
    colours = colours or (HUES[one], HUES[two])
    first = colours[0]
    return first, colours[1] if len(colours) > 1 else first, colours[2] if len(colours) > 2 else colours[-1]


def _star(x: float, y: float, outer: float, inner: float, tips: int, rng: Generator) -> list[Point]:
    turn = rng.uniform(0, tau)
    points = []
    for tip in range(2 * tips):
        radius = (outer if tip % 2 else inner) * rng.uniform(0.85, 1.15)
        points.append((x + radius * cos(turn + tip * pi / tips), y + radius * sin(turn + tip * pi / tips)))
    return points
