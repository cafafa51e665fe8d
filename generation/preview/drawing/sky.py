"""Skies: each time of day has its own light, and its own things in the sky, so that it shows in every colour.

Sunrise: half a pale sun on the horizon with rays, a bright hazy sky. Day: a small high sun, puffy clouds. Sunset: a
large low sun, long dark clouds, a sky that darkens upwards. Night: moon and stars.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import cos, pi, sin
from typing import TYPE_CHECKING

from generation.preview.drawing.shades import BLACK, WHITE, Shade, mix, shade, tone

if TYPE_CHECKING:
    from numpy.random import Generator

    from generation.preview.drawing.paper import Paper

TIMES = ("sunrise", "day", "sunset", "night")

NATURAL: dict[str, tuple[str, str, str]] = {  # top, middle, horizon
    "sunrise": ("#8fa8dc", "#f3c7c0", "#fff0c4"),
    "day": ("#2f86e0", "#7dbcf0", "#d8f0fb"),
    "sunset": ("#3a2460", "#c2456a", "#ffab4c"),
    "night": ("#070a1e", "#141c46", "#2a3a72"),
}
TINTED: dict[str, tuple[float, float, float]] = {  # the same in lightness of any colour
    "sunrise": (0.85, 1.15, 1.5),
    "day": (0.7, 0.95, 1.45),
    "sunset": (-0.35, 0.25, 0.9),
    "night": (-0.85, -0.65, -0.35),
}
SUNS = {"sunrise": "#fff6d8", "day": "#fffbe6", "sunset": "#ffd27a", "night": "#f2f3ff"}
LIGHT = {"sunrise": 0.85, "day": 1.0, "sunset": 0.5, "night": 0.28}  # on the land


@dataclass(frozen=True)
class Sky:
    """What the land needs to know of its sky."""

    time: str
    horizon: Shade
    sun: tuple[float, float]
    sunlight: Shade

    @property
    def light(self) -> float:
        return LIGHT[self.time]

    def lit(self, colour: str, lightness: float) -> Shade:
        """A colour of the land (as in `tone`) in this light."""
        if self.time == "night":
            return mix(tone(colour, lightness * 0.45 - 0.12), shade("#0b0c14"), 0.3)
        if self.time == "sunset":
            return mix(tone(colour, lightness * 0.62 - 0.05), shade("#1a1013"), 0.12)
        return mix(tone(colour, lightness), self.horizon, 0.12 if self.time == "sunrise" else 0)

    def hazy(self, colour: str, lightness: float, haze: float) -> Shade:
        """The same far away: `haze` (0 … 1) of it is the colour of the horizon."""
        return mix(self.lit(colour, lightness), self.horizon, haze)


def paint_sky(paper: Paper, rng: Generator, time: str, colour: str | None, horizon: float, accent: str | None) -> Sky:
    """Sky from the top to the horizon (0 … 1) in its natural colours, or mostly in the one given."""
    tops = [shade(text) for text in NATURAL[time]]
    tint = rng.uniform(0.78, 0.95)
    if colour:
        tops = [mix(old, tone(colour, t), tint) for old, t in zip(tops, TINTED[time], strict=True)]
    wobble = rng.uniform(-0.08, 0.08)
    bottom = min(1.0, horizon + 0.08)
    paper.wash((0.0, tops[0]), (0.55 + wobble, tops[1]), (1.0, tops[2]), bottom=bottom)
    if bottom < 1:
        paper.wash((0.0, tops[2]), (1.0, tops[2]), top=bottom)
    sunlight = mix(shade(SUNS[time]), tone(accent, 0.8), 0.6) if accent else shade(SUNS[time])
    sky = Sky(time, tops[2], _place(rng, time, paper.aspect, horizon), sunlight)
    _HUNG[time](paper, rng, sky, tops, horizon)
    return sky


def _place(rng: Generator, time: str, aspect: float, horizon: float) -> tuple[float, float]:
    x = aspect * rng.uniform(0.15, 0.85)
    if time == "sunrise":
        return x, horizon - 0.01
    if time == "sunset":
        return x, horizon - rng.uniform(0.06, 0.18)
    return x, max(0.12, horizon * rng.uniform(0.2, 0.45))


def _sunrise(paper: Paper, rng: Generator, sky: Sky, tops: list[Shade], horizon: float) -> None:
    x, y = sky.sun
    turn = rng.uniform(0, pi)
    for number in range(15):
        angle = turn + number * pi / 7.5
        points = [(x, y)] + [(x + 2.4 * cos(a), y + 2.4 * sin(a)) for a in (angle - 0.075, angle + 0.075)]
        paper.polygon(points, mix(sky.sunlight, WHITE, 0.3), 0.22)
    paper.glow(x, y, 0.75, sky.sunlight, 0.85)
    paper.disc(x, y, 0.13, mix(sky.sunlight, WHITE, 0.4))


def _day(paper: Paper, rng: Generator, sky: Sky, tops: list[Shade], horizon: float) -> None:
    x, y = sky.sun
    paper.glow(x, y, 0.4, WHITE, 0.7)
    paper.disc(x, y, 0.062, sky.sunlight)
    for _ in range(rng.integers(2, 5)):
        cloud(paper, rng, paper.aspect * rng.random(), horizon * rng.uniform(0.15, 0.75), rng.uniform(0.12, 0.3), WHITE)


def _sunset(paper: Paper, rng: Generator, sky: Sky, tops: list[Shade], horizon: float) -> None:
    x, y = sky.sun
    paper.glow(x, y, 0.85, sky.sunlight, 0.75)
    paper.disc(x, y, rng.uniform(0.14, 0.2), mix(sky.sunlight, WHITE, 0.25))
    for _ in range(rng.integers(4, 8)):
        place, up = paper.aspect * rng.random(), horizon * rng.uniform(0.12, 0.95)
        long, thick = rng.uniform(0.25, 0.7), rng.uniform(0.008, 0.02)
        paper.oval(place, up, long, thick, mix(tops[0], BLACK, 0.15), 0.75)


def _night(paper: Paper, rng: Generator, sky: Sky, tops: list[Shade], horizon: float) -> None:
    stars(paper, rng, 45, horizon + 0.05)
    x, y = sky.sun
    radius = rng.uniform(0.07, 0.11)
    paper.glow(x, y, 0.42, mix(sky.sunlight, tops[2], 0.4), 0.65)
    paper.disc(x, y, radius, sky.sunlight)
    if rng.random() < 0.5:
        paper.disc(x + radius * 0.45, y - radius * 0.2, radius * 0.85, mix(tops[1], tops[0], 0.3))


_HUNG = {"sunrise": _sunrise, "day": _day, "sunset": _sunset, "night": _night}


def stars(paper: Paper, rng: Generator, count: int, bottom: float) -> None:
    """Stars of several sizes from the top down to `bottom`."""
    for _ in range(count):
        size = rng.uniform(0.003, 0.01)
        paper.disc(paper.aspect * rng.random(), bottom * rng.random(), size, WHITE, rng.uniform(0.5, 1.0))


def cloud(paper: Paper, rng: Generator, x: float, y: float, size: float, colour: Shade, alpha: float = 1.0) -> None:
    """A puffy cloud with a flat bottom, `size` half as long."""
    for _ in range(7):
        off = rng.uniform(-0.75, 0.75)
        radius = size * rng.uniform(0.22, 0.42) * (1.1 - abs(off))
        paper.disc(x + off * size, y - radius * 0.55, radius, colour, alpha)
    paper.box(x - size, y - size * 0.22, x + size, y, colour, alpha, corner=size * 0.11)
