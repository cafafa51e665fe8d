"""What the captioner learns from: drawn scenes as small squares, each with its line, and clutter with none.

No torch here: every process that draws imports this.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
from PIL import Image

from generation.preview import scenes
from generation.preview.drawing.clutter import clutter
from generation.preview.lines import Line
from generation.preview.training.material import on_all_cores

if TYPE_CHECKING:
    from numpy.random import Generator

SIDE = 112  # pixels of the square that the captioner looks at, into which pictures of any shape are squeezed
CLUTTER = 0.2  # of the sights
JIGSAW = 0.1  # of the clutter: pieces of four drawn scenes, which are no scene together
PEOPLE = 0.4


@dataclass(frozen=True)
class Sight:
    """Pixels `(112, 112, 3)` and what there is to say of them; None where that is nothing."""

    pixels: npt.NDArray[np.uint8]
    line: Line | None


def draw_sights(count: int, seed: int, *, held_out: bool = False) -> list[Sight]:
    """So many, drawn on all cores; the same ones for the same seed."""
    return on_all_cores(partial(_drawn, held_out), [(seed, number) for number in range(count)])


def squeezed(picture: Image.Image) -> npt.NDArray[np.uint8]:
    """The picture as the captioner's processor squeezes it."""
    return np.asarray(picture.convert("RGB").resize((SIDE, SIDE), Image.Resampling.BICUBIC))


def _drawn(held_out: bool, number: tuple[int, int]) -> Sight:
    rng = np.random.default_rng(number)
    if rng.random() < CLUTTER:
        shows_pieces = rng.random() < JIGSAW
        return Sight(squeezed(_jigsaw(rng) if shows_pieces else clutter(rng, scenes.WIDE)), None)
    scene = scenes.imagine(rng, people=PEOPLE, held_out=held_out)
    picture = scenes.draw(scene)
    return Sight(squeezed(picture), Line.of(scene, picture))


def _jigsaw(rng: Generator) -> Image.Image:
    wide, high = scenes.WIDE
    whole = Image.new("RGB", scenes.WIDE)
    for left in (0, wide // 2):
        for top in (0, high // 2):
            piece = scenes.draw(scenes.imagine(rng, size=scenes.WIDE))
            x, y = int(rng.integers(wide // 2)), int(rng.integers(high // 2))
            whole.paste(piece.crop((x, y, x + wide // 2, y + high // 2)), (left, top))
    return whole
