"""Scenes with people, placed more freely than words can say: for what finds people, and for what guides them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Literal

import numpy as np

from generation.preview import captions, scenes
from generation.preview.drawing.looks import LOOKS
from generation.preview.drawing.people import EXPRESSIONS, POSES
from generation.preview.drawing.shades import HUES
from generation.preview.scenes import ANY_LAYOUT, LAYOUTS, WITH_FIGURES, WITH_PORTRAIT, Figures, Portrait
from generation.preview.training.material import Drawn, on_all_cores

if TYPE_CHECKING:
    from numpy.random import Generator

    from generation.preview.drawing.paper import Point
    from generation.preview.scenes import Scene

Who = Literal["figures", "portrait"]
COUNTS = (1, 1, 1, 1, 2, 3)
PLAIN_SHARE = 0.75  # without a look: where every edge glows or runs, there is little to follow
WITHOUT_WORDS = 0.5  # of the captions say nothing of the people: the guide is to bring them all the same
USUAL_CLOTHES, USUAL_SHARE = "red", 0.6  # what people wear of whose clothes nothing is said: else they come out grey


@dataclass
class Cast(Drawn):
    """A scene with where everyone's joints or features are, in heights of the picture."""

    places: tuple[dict[str, Point], ...] = ()

    def caption(self, rng: Generator) -> str:
        """One of the scene's captions. Where people wear what is not usual, it says so."""
        who = self.scene.who
        if who is not None and who.clothes != USUAL_CLOTHES:
            words = captions.caption(self.scene, self.facts, rng)
            return words if f"{who.clothes} " in words else f"{words}, {who.clothes} shirt"
        said = self.scene if rng.random() >= WITHOUT_WORDS else replace(self.scene, who=None)
        return captions.caption(said, self.facts, rng)


def imagine_cast(
    rng: Generator,
    who: Who,
    *,
    count: int | None = None,
    size: tuple[int, int] | None = None,
    held_out: bool = False,
    plain: float = PLAIN_SHARE,
) -> Scene:
    """A random scene with `count` figures (None: one to three) or a portrait; `plain`: the share without a look."""
    kinds = WITH_FIGURES if who == "figures" else WITH_PORTRAIT
    looks, grey = ((None,), 0.0) if rng.random() < plain else (tuple(LOOKS), 0.2)
    scene = scenes.imagine(
        rng, kinds=kinds, looks=looks, size=size, people=0, grey=grey, held_out=held_out, layouts=LAYOUTS
    )
    clothes = USUAL_CLOTHES if rng.random() < USUAL_SHARE else HUES[int(rng.integers(len(HUES)))]
    somebody: Figures | Portrait
    if who == "figures":
        pose, several = tuple(POSES)[int(rng.integers(len(POSES)))], COUNTS[int(rng.integers(len(COUNTS)))]
        somebody = Figures(pose, clothes, count or several, free=True)
    else:
        somebody = Portrait(EXPRESSIONS[int(rng.integers(len(EXPRESSIONS)))], clothes, free=True)
    return replace(scene, who=somebody, cast=int(rng.integers(ANY_LAYOUT)))


def draw_casts(
    count: int, seed: int, who: Who, size: tuple[int, int] | None = None, *, nobody: float = 0.0
) -> list[Cast]:
    """So many scenes with people, drawn on all cores; the same ones for the same seed. None is held out.

    In a share of them, `nobody`, there is nobody all the same.
    """
    return on_all_cores(partial(_drawn, who, size, nobody), [(seed, number) for number in range(count)])


def _drawn(who: Who, size: tuple[int, int] | None, nobody: float, number: tuple[int, int]) -> Cast:
    rng = np.random.default_rng(number)
    scene = imagine_cast(rng, who, size=size)
    if rng.random() < nobody:
        scene = replace(scene, who=None)
    picture, places = scenes.draw_with_places(scene)
    return Cast(scene, captions.facts_of(picture), np.asarray(picture), places=tuple(places))
