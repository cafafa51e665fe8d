"""How well does the preview model paint inside masks? `python -m generation.preview.evaluate_inpaint`.

Its UNet has four channels, and sees of the surroundings what the sampler mixes into the latents. A fifth of a drawn
scene is painted anew from the scene's own words, at full strength. What comes of it is compared with the drawing
(nothing could fit better) and with the same part of a picture of the same words that never saw the scene (all that the
model can do without looking). Scenes are held-out ones. `--keep` writes the table into the model's card.
"""

from __future__ import annotations

import argparse
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

from generation.engine import Mask, PaintJob
from generation.engine.mask import alpha
from generation.facts import oklab
from generation.form_words import NEGATIVE
from generation.preview import captions, judges, scenes
from generation.preview.evaluate import WEIGHTS
from generation.preview.figures import write_table
from generation.preview.painting import engine_on

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.random import Generator

    from generation.engine import Engine
    from generation.preview.scenes import Scene

    Box = tuple[int, int, int, int]

SEED = 20_261_128
SCALE = 4  # pixels of a scene for each that is painted: as where somebody paints in a thumbnail
CELL = 8  # pixels each way, whose mean colours are compared
LATENT = 8 * SCALE
PART = (13, 9)  # latents of 32 × 18
GREY = (128, 128, 128)
HAIR = 0.05  # shares within which two figures of so few pictures are the same

ROWS = {
    "whole": "the judge names the scene, of the whole picture",
    "part": "the judge names the scene, of the part alone",
    "colour": "the part's mean colour from the drawing's (OKLab)",
    "border": "mean colours across the edge, feather left out (1/255)",
}
COLUMNS = {
    "drawn": "the drawing",
    "masked": "painted in the mask",
    "pasted": "from the words alone, put there",
    "grey": "grey there",
}
Figures = dict[str, dict[str, float]]


def evaluate(folder: Path, count: int) -> Figures:
    """A figure for each of ROWS, for each of COLUMNS."""
    rng = np.random.default_rng(SEED)
    asked = [scenes.imagine(rng, size=scenes.WIDE, people=0, grey=0, held_out=True) for _ in range(count)]
    boxes = [_box(rng) for _ in asked]
    drawn = [scenes.draw(scene, SCALE) for scene in asked]
    masks = [Mask(_white(picture.size, box)) for picture, box in zip(drawn, boxes, strict=True)]
    jobs = _jobs(engine := engine_on(folder), asked, rng)
    masked = engine.paint(
        [replace(job, start=base, mask=mask) for job, base, mask in zip(jobs, drawn, masks, strict=True)],
        lambda step, steps: None,
    )
    words = engine.paint(jobs, lambda step, steps: None)
    pictures = {
        "drawn": drawn,
        "masked": masked,
        "pasted": [_put(*each) for each in zip(drawn, words, masks, strict=True)],
        "grey": [_put(base, Image.new("RGB", base.size, GREY), mask) for base, mask in zip(drawn, masks, strict=True)],
    }
    judge = judges.load_judge()
    found: Figures = {row: {} for row in ROWS}
    for column, seen in pictures.items():
        parts = [picture.crop(box) for picture, box in zip(seen, boxes, strict=True)]
        found["whole"][column] = _named(judge, asked, seen)
        found["part"][column] = _named(judge, asked, parts)
        truths = [picture.crop(box) for picture, box in zip(drawn, boxes, strict=True)]
        found["colour"][column] = float(np.mean([_apart(*pair) for pair in zip(parts, truths, strict=True)]))
        found["border"][column] = float(np.mean([border(*pair) for pair in zip(seen, boxes, strict=True)]))
    return {row: {column: round(value, 3) for column, value in values.items()} for row, values in found.items()}


def missed(figures: Figures) -> list[str]:
    """Where the part does not fit as well as one may expect of the model, a sentence each.

    It is as recognisable as what the model paints from words; and it has seen what is around it.
    """
    whole, part, colour, edge = (figures[row] for row in ROWS)
    wanted = {
        "the whole is recognised less often than with grey in its place": whole["masked"] >= whole["grey"],
        "the part is recognised less often than one from the words alone": part["masked"] >= part["pasted"] - HAIR,
        "its colour is no nearer to the drawing than that of the words alone": colour["masked"] < colour["pasted"],
        "its edge is no smoother than that of a picture that was put there": edge["masked"] < edge["pasted"],
    }
    return [sentence for sentence, kept in wanted.items() if not kept]


def border(picture: Image.Image, box: Box) -> float:
    """How far mean colours just outside a box are from those just inside its feather, in 1/255."""
    cells = np.asarray(picture.reduce(CELL), dtype=np.float64)
    left, top, right, bottom = (side // CELL for side in box)
    faded = Mask.feather // CELL
    wide, high = slice(left + faded, right - faded), slice(top + faded, bottom - faded)
    pairs = (
        (cells[top - 1, wide], cells[top + faded, wide]),
        (cells[bottom, wide], cells[bottom - 1 - faded, wide]),
        (cells[high, left - 1], cells[high, left + faded]),
        (cells[high, right], cells[high, right - 1 - faded]),
    )
    return float(np.abs(np.concatenate([outer - inner for outer, inner in pairs])).mean())


def table(figures: Figures, count: int) -> str:
    """The figures as Markdown."""
    rows = [
        f"| {meaning} | " + " | ".join(f"{figures[row][column]:.3f}" for column in COLUMNS) + " |"
        for row, meaning in ROWS.items()
    ]
    head = f"| {count} scenes | " + " | ".join(COLUMNS.values()) + " |"
    return "\n".join([head, "| --- " * (len(COLUMNS) + 1) + "|", *rows])


def _box(rng: Generator) -> Box:
    """Somewhere inside, in whole latents."""
    wide, high = (side // 8 for side in scenes.WIDE)
    left, top = int(rng.integers(1, wide - PART[0])), int(rng.integers(1, high - PART[1]))
    return left * LATENT, top * LATENT, (left + PART[0]) * LATENT, (top + PART[1]) * LATENT


def _jobs(engine: Engine, asked: Sequence[Scene], rng: Generator) -> list[PaintJob]:
    usual = engine.profile.standard
    return [
        PaintJob(
            captions.request(scene, rng),
            NEGATIVE,
            SEED + number,
            *scenes.WIDE,
            steps=usual.steps,
            guidance=usual.guidance,
            eta=usual.eta,
            scheduler=usual.scheduler,
        )
        for number, scene in enumerate(asked)
    ]


def _white(size: tuple[int, int], box: Box) -> Image.Image:
    picture = Image.new("L", size)
    picture.paste(255, box)
    return picture


def _put(base: Image.Image, other: Image.Image, mask: Mask) -> Image.Image:
    """The other in the base, as the engine puts back what it painted."""
    whole = base.copy()
    whole.paste(other.resize(base.size, Image.Resampling.LANCZOS), mask=Image.fromarray(alpha(mask)))
    return whole


def _named(judge: judges.Judge, asked: Sequence[Scene], pictures: Sequence[Image.Image]) -> float:
    return float(np.mean([scene.kind == look["kind"] for scene, look in zip(asked, judge.look(pictures), strict=True)]))


def _apart(one: Image.Image, other: Image.Image) -> float:
    means = (oklab(np.asarray(each, dtype=np.float64).reshape(-1, 3) / 255).mean(axis=0) for each in (one, other))
    return float(np.linalg.norm(next(means) - next(means)))


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the figures; exit status 1 where the part does not fit."""
    parser = argparse.ArgumentParser(prog="python -m generation.preview.evaluate_inpaint", description=__doc__)
    parser.add_argument("folder", type=Path, nargs="?", default=WEIGHTS)
    parser.add_argument("--scenes", type=int, default=60, help="how many (60)")
    parser.add_argument("--keep", action="store_true", help="write the table into the folder's model card")
    given = parser.parse_args(arguments)
    figures = evaluate(given.folder, given.scenes)
    sys.stdout.write(table(figures, given.scenes) + "\n")
    if given.keep:
        write_table(given.folder, table(figures, given.scenes), "masks")
    if found := missed(figures):
        sys.exit("\n".join(found))


if __name__ == "__main__":
    main()
