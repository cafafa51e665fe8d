"""What the model learns from: drawn scenes, kept in memory as pictures, facts and latents.

No torch here: every process that draws imports this.
"""

from __future__ import annotations

import os
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from multiprocessing import get_context
from typing import TYPE_CHECKING, TypeVar

import numpy as np
import numpy.typing as npt

from generation.preview import captions, scenes
from generation.preview.drawing.lora_looks import LORA_LOOKS

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import torch
    from numpy.random import Generator

    from generation.facts import Facts
    from generation.preview.scenes import Scene

T = TypeVar("T")

TRIGGERED = 0.6  # of the captions of a LoRA's scenes: it is to work without its trigger words as well


@dataclass
class Drawn:
    """One scene: what it is, what is measured in it, its pixels `(height, width, 3)`, and its latents `(4, h, w)`."""

    scene: Scene
    facts: Facts
    pixels: npt.NDArray[np.uint8]
    latents: torch.Tensor | None = None

    def caption(self, rng: Generator) -> str:
        """One of its many captions."""
        return captions.caption(self.scene, self.facts, rng)


@dataclass
class Dressed(Drawn):
    """A scene in the look of a LoRA, with the words for it, and beside it the same scene without."""

    trigger: str = ""
    plain: Drawn | None = None

    def caption(self, rng: Generator) -> str:
        """One of the scene's captions, most of them with the trigger words before or behind."""
        words = super().caption(rng)
        if rng.random() >= TRIGGERED:
            return words
        return ", ".join([self.trigger, words] if rng.random() < 0.5 else [words, self.trigger]).strip(", ")


def draw_many(
    count: int, seed: int, layouts: int = scenes.ANY_LAYOUT, kinds: Sequence[str] = scenes.KINDS
) -> list[Drawn]:
    """So many scenes in at most so many layouts, drawn on all cores; the same ones for the same seed.

    Kinds that are named more than once are drawn as much more often.
    """
    return on_all_cores(partial(_drawn, layouts, kinds), [(seed, number) for number in range(count)])


def draw_dressed(count: int, seed: int, look: str, trigger: str) -> list[Dressed]:
    """So many scenes in colours, in a look of LORA_LOOKS and without, in the layouts that the painter knows."""
    return on_all_cores(partial(_dressed, look, trigger), [(seed, number) for number in range(count)])


def on_all_cores(draw: Callable[[tuple[int, int]], T], numbers: Sequence[tuple[int, int]]) -> list[T]:
    """What `draw` makes of every number, in their order."""
    with ProcessPoolExecutor(len(os.sched_getaffinity(0)), mp_context=get_context("spawn")) as pool:
        return list(pool.map(draw, numbers, chunksize=50))


def _drawn(layouts: int, kinds: Sequence[str], number: tuple[int, int]) -> Drawn:
    scene = scenes.imagine(np.random.default_rng(number), kinds=kinds, layouts=layouts)
    picture = scenes.draw(scene)
    return Drawn(scene, captions.facts_of(picture), np.asarray(picture))


def _dressed(look: str, trigger: str, number: tuple[int, int]) -> Dressed:
    rng = np.random.default_rng(number)
    scene = scenes.imagine(rng, looks=(None,), grey=0, layouts=scenes.LAYOUTS)
    picture = scenes.draw(scene)
    plain = Drawn(scene, captions.facts_of(picture), np.asarray(picture))
    return Dressed(scene, plain.facts, np.asarray(LORA_LOOKS[look](picture)), trigger=trigger, plain=plain)
