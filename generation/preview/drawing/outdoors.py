"""Places under the open sky: each takes paper, random numbers and colours, and has a time of day."""

from __future__ import annotations

import itertools
from math import pi
from typing import TYPE_CHECKING

import numpy as np

from generation.preview.drawing.shades import BLACK, WHITE, Shade, mix, shade
from generation.preview.drawing.sky import Sky, cloud, paint_sky

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.random import Generator

    from generation.preview.drawing.paper import Paper, Point

Colours = tuple[str, ...]  # none: natural ones; the first is the land's, the second the sky's, the third the light's


def mountains(paper: Paper, rng: Generator, colours: Colours, time: str) -> None:
    sky = _sky(paper, rng.spawn(1)[0], time, colours, horizon := rng.uniform(0.6, 0.72))
    land = _land(rng, colours, ("blue", "purple", "teal"))
    layers = 3
    for layer in range(layers):
        near = layer / (layers - 1)
        base = horizon + 0.02 + 0.28 * near
        height = (0.5, 0.34, 0.2)[layer] * rng.uniform(0.8, 1.1)
        peaks = _peaks(rng, paper.aspect, base, height, rough=7 - 2 * layer)
        colour = sky.hazy(land, 0.8 - 0.6 * near, 0.3 * (1 - near))
        paper.polygon(_closed(peaks, paper.aspect), colour)
        dark = mix(colour, BLACK, 0.22)
        for (left, peak), right in zip(itertools.pairwise(peaks), peaks[2:], strict=False):
            if peak[1] >= min(left[1], right[1]):
                continue
            foot = peak[1] + (base - peak[1]) * 0.9
            slope = (right[0] - peak[0]) / max(right[1] - peak[1], 0.02)
            paper.polygon(
                [peak, right, (peak[0] + slope * (foot - peak[1]) * 0.6, foot + 0.1), (peak[0] + 0.02, foot + 0.1)],
                dark,
                0.5,
            )
            if layer == 0 and base - peak[1] > 0.22:
                _snow(paper, left, peak, right, mix(WHITE, sky.lit(land, 1.0), 0.12 + (1 - sky.light) * 0.6))


def hills(paper: Paper, rng: Generator, colours: Colours, time: str) -> None:
    sky = _sky(paper, rng.spawn(1)[0], time, colours, horizon := rng.uniform(0.45, 0.6))
    land = _land(rng, colours, ("green", "green", "yellow"))
    for layer in range(4):
        near = layer / 3
        line = _soft(rng, paper.aspect, horizon + 0.42 * near, 0.07 - 0.02 * near, 1.2)
        paper.polygon(_closed(line, paper.aspect), sky.hazy(land, 0.95 - 0.75 * near, 0.25 * (1 - near)))
        if layer in (1, 2):
            for _ in range(rng.integers(1, 5)):
                x, y = line[rng.integers(len(line))]
                size = rng.uniform(0.03, 0.06) * (1 + near)
                paper.line([(x, y + 0.01), (x, y - size)], sky.lit("brown", 0.1), size * 0.18)
                paper.disc(x, y - size * 1.5, size * 0.8, sky.lit(land, 0.12))


def desert(paper: Paper, rng: Generator, colours: Colours, time: str) -> None:
    sky = _sky(paper, rng.spawn(1)[0], time, colours, horizon := rng.uniform(0.48, 0.6))
    land = _land(rng, colours, ("orange", "beige", "orange"))
    for layer in range(3):
        near = layer / 2
        line = _soft(rng, paper.aspect, horizon + 0.38 * near, 0.09, 0.8)
        colour = sky.hazy(land, 0.9 - 0.35 * near, 0.2 * (1 - near))
        paper.polygon(_closed(line, paper.aspect), colour)
        crest = max(range(len(line)), key=lambda at: -line[at][1])
        x, y = line[crest]
        sweep = [(x + 0.5 * t * t - 0.1 * t, y + t * 0.6) for t in np.linspace(0, 1, 9)]
        shady = [*sweep, (x + 1.4, y + 0.7), *[p for p in reversed(line) if x < p[0] < x + 1.4]]
        paper.polygon(shady, mix(colour, BLACK, 0.28), 0.75)
    count = int(rng.integers(2, 5))
    for number in range(count):
        x = paper.aspect * (number + rng.uniform(0.2, 0.8)) / count
        _cactus(paper, x, rng.uniform(0.74, 0.95), rng.uniform(0.2, 0.36), sky)


def forest(paper: Paper, rng: Generator, colours: Colours, time: str) -> None:
    sky = _sky(paper, rng.spawn(1)[0], time, colours, rng.uniform(0.55, 0.68))
    land = _land(rng, colours, ("green", "green", "teal"))
    for layer in range(3):
        near = layer / 2
        foot, size = 0.68 + 0.34 * near, 0.34 + 0.46 * near
        colour = sky.hazy(land, 0.9 - 0.85 * near, 0.4 * (1 - near))
        paper.polygon(_closed(_soft(rng, paper.aspect, foot - 0.03, 0.02, 1), paper.aspect), colour)
        x = -rng.random() * size * 0.4
        while x < paper.aspect + 0.1:
            _pine(paper, x, foot + 0.02, size * rng.uniform(0.75, 1.15), colour)
            x += size * rng.uniform(0.3, 0.5) * (1 + near * 0.7)


def ocean(paper: Paper, rng: Generator, colours: Colours, time: str) -> None:
    sky = _sky(paper, rng.spawn(1)[0], time, colours, horizon := rng.uniform(0.42, 0.58))
    sea = _land(rng, colours, ("blue", "teal", "blue"))
    deep = [(0.0, sky.hazy(sea, 0.85, 0.25)), (0.35, sky.lit(sea, 0.6)), (1.0, sky.lit(sea, 0.12))]
    paper.wash(*deep, top=horizon)
    x, spread = sky.sun[0], 0.05
    for row in np.linspace(horizon + 0.015, 1, 22):
        spread += 0.012
        for _ in range(2):
            at, long = x + rng.normal() * spread, rng.uniform(0.02, 0.1)
            paper.oval(at, row, long, 0.006 + 0.008 * (row - horizon), sky.sunlight, 0.75)
    for _ in range(26):
        at, row = paper.aspect * rng.random(), rng.uniform(horizon + 0.03, 1)
        paper.oval(at, row, rng.uniform(0.03, 0.12), 0.005, sky.lit(sea, 1.1), 0.55)
    if rng.random() < 0.7:
        x, y = paper.aspect * rng.uniform(0.15, 0.85), horizon + rng.uniform(0.03, 0.12)
        _boat(paper, x, y, rng.uniform(0.16, 0.28), sky)


def clouds(paper: Paper, rng: Generator, colours: Colours, time: str) -> None:
    sky = _sky(paper, rng.spawn(1)[0], time, colours, 0.62)
    puff = _land(rng, colours, ("white", "white", "pink"))
    for layer in range(3):
        near = layer / 2
        light = sky.hazy(puff, 1.2 - 0.3 * near, 0.3 * (1 - near))
        for place in np.arange(-0.2, paper.aspect + 0.3, 0.55):
            x, y = place + rng.uniform(-0.18, 0.18), 0.56 + 0.52 * near + rng.uniform(-0.07, 0.07)
            size = rng.uniform(0.32, 0.5)
            cloud(paper, rng, x, y + 0.05, size, mix(light, sky.lit(puff, 0.3), 0.7))
            cloud(paper, rng, x - 0.01, y, size * 0.95, light)


def city(paper: Paper, rng: Generator, colours: Colours, time: str) -> None:
    sky = _sky(paper, rng.spawn(1)[0], time, colours, horizon := rng.uniform(0.72, 0.82))
    walls = _land(rng, colours, ("navy", "purple", "blue"))
    lamps = mix(sky.sunlight, shade("#ffd66e"), 0.0 if len(colours) > 2 else 0.8)
    for layer in range(3):
        near = layer / 2
        x = -0.1 * rng.random()
        colour = sky.hazy(walls, 0.85 - 0.75 * near, 0.4 * (1 - near))
        while x < paper.aspect:
            wide = rng.uniform(0.13, 0.25)
            top = horizon - rng.uniform(0.1, 0.52) * (1 - 0.45 * near) + 0.18 * near
            paper.box(x, top, x + wide, 1.0, colour)
            if rng.random() < 0.25:
                paper.line([(x + wide / 2, top), (x + wide / 2, top - 0.1)], colour, 0.008)
            if layer:
                _windows(paper, rng, x, top, wide, lamps, colour, sky)
            x += wide + rng.uniform(-0.01, 0.03)


def street(paper: Paper, rng: Generator, colours: Colours, time: str) -> None:
    sky = _sky(paper, rng.spawn(1)[0], time, colours, horizon := rng.uniform(0.5, 0.6))
    walls = _land(rng, colours, ("brown", "red", "beige"))
    middle = paper.aspect * rng.uniform(0.42, 0.58)
    lamps = mix(sky.sunlight, shade("#ffd66e"), 0.7)
    paper.polygon([(0, 1.2), (0, horizon), (paper.aspect, horizon), (paper.aspect, 1.2)], sky.lit(walls, 0.35))
    for side in (-1, 1):
        far = 0.12
        edge = middle if side < 0 else paper.aspect - middle
        while far < 1:
            near = min(1.0, far + rng.uniform(0.13, 0.3))
            tall = rng.uniform(0.6, 1.15)
            colour = sky.hazy(walls, rng.uniform(0.25, 0.95), 0.45 * (1 - near))
            _house(paper, middle, horizon, side * edge, far, near, tall, colour, lamps, sky)
            far = near
    road = sky.hazy("grey", 0.2, 0.1)
    half = paper.aspect * 0.45
    paper.polygon(
        [(middle - 0.03, horizon), (middle + 0.03, horizon), (middle + half, 1.0), (middle - half, 1.0)], road
    )
    for start in (0.1, 0.3, 0.62):
        end = start * 1.5
        points = [(middle + s * w, horizon + (1 - horizon) * d) for d, w, s in _dash(start, end)]
        paper.polygon(points, mix(sky.sunlight, WHITE, 0.5), 0.9)


OUTDOORS = {
    "mountains": mountains,
    "hills": hills,
    "desert": desert,
    "forest": forest,
    "ocean": ocean,
    "clouds": clouds,
    "city": city,
    "street": street,
}


def _sky(paper: Paper, rng: Generator, time: str, colours: Colours, horizon: float) -> Sky:
    tint = colours[1] if len(colours) > 1 else colours[0] if colours else None
    return paint_sky(paper, rng, time, tint, horizon, colours[2] if len(colours) > 2 else None)


def _land(rng: Generator, colours: Colours, natural: Sequence[str]) -> str:
    drawn = natural[rng.integers(len(natural))]
    return colours[0] if colours else drawn


def _soft(rng: Generator, aspect: float, base: float, height: float, waves: float) -> list[Point]:
    xs = np.linspace(0, aspect, 60)
    total = np.zeros_like(xs)
    for number, share in ((1, 1.0), (2.3, 0.4), (4.1, 0.15)):
        total += share * np.sin(xs * number * waves * pi / 1.2 + rng.uniform(0, 2 * pi))
    return list(zip(xs.tolist(), (base + height * total / 1.3).tolist(), strict=True))


def _peaks(rng: Generator, aspect: float, base: float, height: float, rough: int) -> list[Point]:
    xs = np.linspace(-0.15, aspect + 0.15, rough + 4) + rng.uniform(-0.06, 0.06, rough + 4)
    up = rng.uniform(0.0, 0.35, rough + 4)
    first = int(rng.integers(2))
    up[first::2] += rng.uniform(0.35, 0.65, len(up[first::2]))
    return list(zip(xs.tolist(), (base - height * up).tolist(), strict=True))


def _closed(line: Sequence[Point], aspect: float) -> list[Point]:
    return [(line[0][0], 1.1), *line, (line[-1][0], 1.1)]


def _snow(paper: Paper, left: Point, peak: Point, right: Point, colour: Shade) -> None:
    def down(foot: Point, share: float) -> Point:
        return peak[0] + (foot[0] - peak[0]) * share, peak[1] + (foot[1] - peak[1]) * share

    steep = down(left, 0.36), down(right, 0.36)
    low = max(point[1] for point in steep)
    notches = [(peak[0] + off, low + drop) for off, drop in ((0.03, -0.03), (0.01, 0.02), (-0.02, -0.025))]
    paper.polygon([peak, steep[1], *notches, steep[0]], colour)


def _pine(paper: Paper, x: float, foot: float, size: float, colour: Shade) -> None:
    paper.box(x - size * 0.02, foot - size * 0.15, x + size * 0.02, foot, mix(colour, BLACK, 0.3))
    for low, wide, top in ((0.1, 0.2, 0.55), (0.33, 0.155, 0.78), (0.56, 0.105, 1.0)):
        points = [(x - size * wide, foot - size * low), (x, foot - size * top), (x + size * wide, foot - size * low)]
        paper.polygon(points, colour)
        paper.polygon([points[1], points[2], (x + size * 0.02, foot - size * low)], mix(colour, BLACK, 0.15))


def _cactus(paper: Paper, x: float, foot: float, size: float, sky: Sky) -> None:
    colour, thick = sky.lit("green", 0.9 if sky.time == "night" else 0.25), size * 0.17
    paper.line([(x, foot), (x, foot - size)], colour, thick)
    for side, low, up in ((-1, 0.35, 0.35), (1, 0.5, 0.3)):
        elbow = (x + side * size * 0.28, foot - size * low)
        paper.line([(x, foot - size * low), elbow, (elbow[0], elbow[1] - size * up)], colour, thick * 0.75)


def _boat(paper: Paper, x: float, y: float, size: float, sky: Sky) -> None:
    paper.polygon(
        [
            (x - size * 0.5, y),
            (x + size * 0.5, y),
            (x + size * 0.35, y + size * 0.16),
            (x - size * 0.35, y + size * 0.16),
        ],
        sky.lit("brown", 0.3),
    )
    paper.polygon(
        [(x, y - size * 0.06), (x, y - size), (x + size * 0.45, y - size * 0.06)], mix(WHITE, sky.horizon, 0.2)
    )
    paper.polygon(
        [(x - size * 0.04, y - size * 0.06), (x - size * 0.04, y - size * 0.85), (x - size * 0.35, y - size * 0.06)],
        mix(WHITE, sky.horizon, 0.4),
    )


def _windows(
    paper: Paper, rng: Generator, x: float, top: float, wide: float, lamps: Shade, wall: Shade, sky: Sky
) -> None:
    lit = 0.75 if sky.time == "night" else 0.4 if sky.time == "sunset" else 0.0
    dull = mix(wall, WHITE if sky.light > 0.8 else BLACK, 0.25)
    columns = max(2, round(wide / 0.07))
    for row in np.arange(top + 0.05, 1.0, 0.09):
        for column in range(columns):
            left = x + wide * (column + 0.28) / columns
            glass = lamps if rng.random() < lit else dull
            paper.box(left, row, left + wide * 0.48 / columns, row + 0.045, glass)


def _house(
    paper: Paper,
    middle: float,
    horizon: float,
    edge: float,
    far: float,
    near: float,
    tall: float,
    colour: Shade,
    lamps: Shade,
    sky: Sky,
) -> None:
    def place(depth: float, up: float) -> Point:
        return middle + edge * depth * 1.15, horizon + (1 - horizon) * depth * 0.85 - up * depth * tall

    paper.polygon([place(far, 0), place(far, 1), place(near, 1), place(near, 0)], colour)
    glow = sky.time in ("sunset", "night")
    glass = lamps if glow else mix(colour, WHITE, 0.35)
    steps = 2
    for column in range(steps):
        for low in (0.18, 0.45, 0.72):
            a = far + (near - far) * (column + 0.25) / steps
            b = far + (near - far) * (column + 0.7) / steps
            paper.polygon([place(a, low), place(a, low + 0.15), place(b, low + 0.15), place(b, low)], glass)


def _dash(start: float, end: float) -> list[tuple[float, float, int]]:
    return [(start, start * 0.025, -1), (start, start * 0.025, 1), (end, end * 0.025, 1), (end, end * 0.025, -1)]
