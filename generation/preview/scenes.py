"""Scenes: what a picture shows, imagined at random or asked for, and drawn. Vectors and arithmetic, no model."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar
from zlib import crc32

import numpy as np

from generation.preview.drawing.looks import LOOKS, black_and_white
from generation.preview.drawing.outdoors import OUTDOORS
from generation.preview.drawing.paper import Paper
from generation.preview.drawing.patterns import PATTERNS, SIGNS, emblem
from generation.preview.drawing.people import EXPRESSIONS, POSES, Figure, figure, portrait
from generation.preview.drawing.places import PLACES
from generation.preview.drawing.shades import HUES
from generation.preview.drawing.sky import LIGHT, TIMES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.random import Generator
    from PIL import Image

    from generation.preview.drawing.paper import Point

T = TypeVar("T")

EMBLEM = "emblem"
KINDS = (*OUTDOORS, *PLACES, *PATTERNS, EMBLEM)
NEUTRAL = ("black", "white", "grey")
WIDE, SQUARE = (256, 144), (192, 192)  # pixels: what the model paints
LAYOUTS = 3  # of every kind in each of two shapes: as many as the painter can draw after some hours on a processor
ANY_LAYOUT = 2**31
WITH_FIGURES = (*(kind for kind in OUTDOORS if kind != "clouds"), "stage", "room", *PATTERNS)
WITH_PORTRAIT = tuple(kind for kind in KINDS if kind not in (EMBLEM, "explosion"))


@dataclass(frozen=True)
class Figures:
    """So many people in one pose. `free`: nearly in it, of any size and anywhere, as only a skeleton can say."""

    pose: str
    clothes: str
    count: int = 1
    free: bool = False


@dataclass(frozen=True)
class Portrait:
    """One person's head and shoulders. `free`: of any size and anywhere."""

    expression: str
    clothes: str
    free: bool = False


@dataclass(frozen=True)
class Scene:
    """A picture in words. `seed` decides all that the words leave open; `cast`, where given, what they leave of people.

    `colours`: none for natural ones; else up to three names of `generation.facts.COLOURS`, the thing's own first.
    `time` is one of TIMES for kinds of OUTDOORS and None for all others; `sign` is for emblems alone.
    """

    kind: str
    seed: int
    colours: tuple[str, ...] = ()
    time: str | None = None
    look: str | None = None
    black_and_white: bool = False
    who: Figures | Portrait | None = None
    sign: str = "circle"
    size: tuple[int, int] = WIDE
    cast: int | None = None


def imagine(
    rng: Generator,
    *,
    kinds: Sequence[str] = KINDS,
    looks: Sequence[str | None] = (*(None,) * 8, *LOOKS),
    size: tuple[int, int] | None = None,
    people: float = 0.3,
    grey: float = 0.07,
    held_out: bool = False,
    layouts: int = ANY_LAYOUT,
) -> Scene:
    """A random scene; `people` and `grey` are the shares of pictures with somebody and without colour.

    What words leave open is one of so many `layouts`, the same few for all scenes. The combinations that are `held_out`
    are for judging: no training sees them.
    """
    while True:
        scene = _imagined(rng, kinds, looks, size, people, grey, layouts)
        if is_held_out(scene) == held_out:
            return scene


def is_held_out(scene: Scene) -> bool:
    """Whether this kind in these colours at this time with this look is kept from training: every tenth is."""
    if not scene.colours:
        return False
    words = (scene.kind, *scene.colours, scene.time or "", scene.look or "", str(scene.black_and_white))
    return crc32(" ".join(words).encode()) % 10 == 0


def draw(scene: Scene, scale: int = 1) -> Image.Image:
    """The scene as an RGB picture of `scene.size` × `scale`; the same one every time."""
    return draw_with_places(scene, scale)[0]


def draw_with_places(scene: Scene, scale: int = 1) -> tuple[Image.Image, list[dict[str, Point]]]:
    """The picture, and for everyone in it where joints or features are, in heights of the picture."""
    ground, people, surface = np.random.default_rng(scene.seed).spawn(3)
    people = people if scene.cast is None else np.random.default_rng(scene.cast)
    width, height = scene.size
    paper = Paper(width * scale, height * scale)
    if scene.time is not None:
        OUTDOORS[scene.kind](paper, ground, scene.colours, scene.time)
    elif scene.kind == EMBLEM:
        emblem(paper, ground, scene.colours, scene.sign)
    else:
        {**PLACES, **PATTERNS}[scene.kind](paper, ground, scene.colours)
    found = _draw_people(paper, people, scene)
    picture = paper.finished()
    if scene.look:
        picture = LOOKS[scene.look](picture, surface)
    return (black_and_white(picture) if scene.black_and_white else picture), found


def _imagined(
    rng: Generator,
    kinds: Sequence[str],
    looks: Sequence[str | None],
    size: tuple[int, int] | None,
    people: float,
    grey: float,
    layouts: int,
) -> Scene:
    kind = _one(rng, kinds)
    return Scene(
        kind=kind,
        seed=int(rng.integers(layouts)),
        colours=_colours(rng),
        time=_one(rng, TIMES) if kind in OUTDOORS else None,
        look=_one(rng, looks),
        black_and_white=bool(rng.random() < grey),
        who=_somebody(rng, kind) if rng.random() < people else None,
        sign=_one(rng, tuple(SIGNS)),
        size=size or (WIDE if rng.random() < 0.75 else SQUARE),
    )


def _draw_people(paper: Paper, rng: Generator, scene: Scene) -> list[dict[str, Point]]:
    if isinstance(scene.who, Portrait):
        return [portrait(paper, rng, scene.who.clothes, scene.who.expression, free=scene.who.free)]
    if scene.who is None:
        return []
    light = 0.35 + 0.65 * LIGHT[scene.time] if scene.time else 1.0
    count = scene.who.count
    tall = rng.uniform(0.72, 0.86) if count == 1 else rng.uniform(0.5, 0.68)
    first = 0.5 + rng.uniform(-0.2, 0.2) if count == 1 else 0.5
    ground = (0.93, 0.97)
    if scene.who.free:
        tall = rng.uniform(0.5, 0.95) if count == 1 else rng.uniform(0.4, 0.75)
        first, ground = 0.5 + rng.uniform(-0.35, 0.35) / count, (0.88, 1.0)
    found = []
    for number in range(count):
        share = first + (number - (count - 1) / 2) * rng.uniform(0.19, 0.23) * (1.78 / paper.aspect) ** 0.5
        foot = (paper.aspect * share, rng.uniform(*ground))
        height, way = tall * rng.uniform(0.94, 1.06), _one(rng, (1, -1))
        body = Figure(scene.who.pose, scene.who.clothes, foot, height, way, scene.who.free)
        found.append(figure(paper, rng, body, light))
    return found


def _colours(rng: Generator) -> tuple[str, ...]:
    count = _one(rng, (0, 0, 0, 1, 1, 1, 1, 2, 2, 3))
    chosen = [HUES[number] for number in rng.choice(len(HUES), count, replace=False)]
    if chosen and rng.random() < 0.2:
        chosen[-1 if rng.random() < 0.7 else 0] = _one(rng, NEUTRAL)
    return tuple(chosen)


def _somebody(rng: Generator, kind: str) -> Figures | Portrait | None:
    clothes = _one(rng, HUES)
    if kind in WITH_PORTRAIT and (kind not in WITH_FIGURES or rng.random() < 0.4):
        return Portrait(_one(rng, EXPRESSIONS), clothes)
    if kind in WITH_FIGURES:
        return Figures(_one(rng, tuple(POSES)), clothes, _one(rng, (1, 1, 1, 2, 3, 4)))
    return None


def _one(rng: Generator, choices: Sequence[T]) -> T:
    return choices[int(rng.integers(len(choices)))]
