"""Do our LoRAs do what they are for, and does the prompt still count? `python -m generation.preview.evaluate_loras`.

Pictures come from the site's engine, for prompts and seeds that no training saw; what is measured stands in
`lora_measures.py`, and who is asked what a picture shows, in `judges.py`. `--keep` writes the figures into the folder
and into the table in its card. `--sheet FILE` measures nothing and paints one picture of many.
"""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from generation.engine.lora_file import lora_use
from generation.preview import captions, judges, scenes
from generation.preview.drawing.lora_looks import LORA_LOOKS
from generation.preview.drawing.shades import HUES
from generation.preview.evaluate import WEIGHTS
from generation.preview.figures import FIGURES, write_table
from generation.preview.hues import FAMILIES, dominant_hue
from generation.preview.lora_measures import MEASURES
from generation.preview.painting import engine_on, paint, sheet
from generation.shipped import LORA_FOLDER, shipped

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PIL import Image

    from generation.engine import Engine, LoraUse
    from generation.preview.scenes import Scene

SEED = 20_261_127
AT = (-1.0, 0.0, 0.5, 1.0)  # weights at which the look is measured
JUDGED_AT = 0.8
SHEET = (
    "blue mountains, sunset",
    "purple city skyline at night",
    "pine forest by day",
    "concert stage with spotlights",
    "star emblem, red and white",
)
SHEET_SEED = 7


@dataclass(frozen=True)
class Asked:
    """Held-out scenes, the prompts for them, and the seeds to paint them from."""

    scenes: list[Scene]
    prompts: list[str]
    seeds: list[int]


def asked(count: int, seed: int = SEED) -> Asked:
    """So many scenes in colours that no training saw, without looks and people."""
    rng = np.random.default_rng(seed)
    wanted = [
        scenes.imagine(rng, looks=(None,), size=scenes.WIDE, people=0, grey=0, held_out=True) for _ in range(count)
    ]
    return Asked(wanted, [captions.request(scene, rng) for scene in wanted], [scene.seed for scene in wanted])


def of_ours(key: str, weight: float, folder: Path = LORA_FOLDER) -> LoraUse:
    """One of our LoRAs in use, by its key in `data/loras.toml`."""
    return lora_use(folder / shipped("lora")[key]["file"], weight)


def evaluate(engine: Engine, folder: Path, count: int) -> dict[str, dict[str, float]]:
    """What is measured of each LoRA, by its key, and under "none" how much of a prompt is followed without any."""
    ask = asked(count)
    plain = paint(engine, ask.prompts, ask.seeds)
    return {"none": followed(ask.scenes, plain), **{key: measured(engine, key, folder, ask, plain) for key in MEASURES}}


def measured(engine: Engine, key: str, folder: Path, ask: Asked, plain: Sequence[Image.Image]) -> dict[str, float]:
    """The LoRA's measure at every weight of AT, and how much of the prompts is followed; of drawings in its look, too.

    `plain` are the pictures without it: its weight 0.
    """
    found: dict[str, float] = {}
    for weight in AT:
        pictures = paint(engine, ask.prompts, ask.seeds, loras=(of_ours(key, weight, folder),)) if weight else plain
        found[f"look at {weight:g}"] = _mean([MEASURES[key](picture) for picture in pictures])
    drawn = [LORA_LOOKS[key](scenes.draw(scene)) for scene in ask.scenes]
    found["look of drawings"] = _mean([MEASURES[key](picture) for picture in drawn])
    pictures = paint(engine, ask.prompts, ask.seeds, loras=(of_ours(key, JUDGED_AT, folder),))
    found |= followed(ask.scenes, pictures)
    found |= {f"{name} of drawings": value for name, value in followed(ask.scenes, drawn).items()}
    return {name: round(value, 3) for name, value in found.items()}


def followed(wanted: Sequence[Scene], pictures: Sequence[Image.Image]) -> dict[str, float]:
    """How often the judge names kind and time as asked for, and the dominant hue is one of those asked for.

    Without what no scene asks for.
    """
    pairs = list(zip(wanted, judges.load_judge().look(pictures), pictures, strict=True))
    hues = [
        dominant_hue(picture) in {FAMILIES[name] for name in scene.colours}
        for scene, _, picture in pairs
        if set(scene.colours) <= set(HUES)
    ]
    found = {
        "kind": [scene.kind == look["kind"] for scene, look, _ in pairs],
        "time": [scene.time == look["time"] for scene, look, _ in pairs if scene.time],
        "colour": hues,
    }
    return {name: round(_mean(values), 3) for name, values in found.items() if values}


def table(figures: dict[str, dict[str, float]]) -> str:
    """The figures as Markdown, a LoRA a column."""
    keys = list(MEASURES)
    lines = [f"| figure | none | {' | '.join(keys)} |", f"| --- |{' --- |' * (len(keys) + 1)}"]
    for name in figures[keys[0]]:
        cells = [f"{figures[key][name]:.3f}" if name in figures[key] else "" for key in ("none", *keys)]
        lines.append(f"| {name} | {' | '.join(cells)} |")
    return "\n".join(lines)


def paint_loras(engine: Engine, folder: Path) -> Image.Image:
    """The prompts of SHEET, painted without and with each LoRA at its own weight: a row for each."""
    pictures: list[Image.Image] = []
    titles: list[str] = []
    for key in (None, *shipped("lora")):
        worn = (of_ours(key, shipped("lora")[key]["weight"], folder),) if key else ()
        pictures += paint(engine, SHEET, [SHEET_SEED] * len(SHEET), loras=worn)
        titles += [f"{prompt} + {key}" if key else prompt for prompt in SHEET]
    return sheet(pictures, titles, columns=len(SHEET))


def _mean(values: Sequence[float]) -> float:
    return float(np.mean(values))


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the figures, or paint the sheet."""
    parser = argparse.ArgumentParser(prog="python -m generation.preview.evaluate_loras", description=__doc__)
    parser.add_argument("folder", type=Path, nargs="?", default=LORA_FOLDER, help="where the LoRAs lie")
    parser.add_argument("--prompts", type=int, default=48, help="(default %(default)s)")
    parser.add_argument("--keep", action="store_true", help="write the figures into the folder and its card")
    parser.add_argument("--sheet", type=Path, help="only paint some prompts, as one picture, into this file")
    given = parser.parse_args(arguments)
    engine = engine_on(WEIGHTS)
    if given.sheet:
        paint_loras(engine, given.folder).save(given.sheet, quality=85)
        return
    figures = evaluate(engine, given.folder, given.prompts)
    sys.stdout.write(table(figures) + "\n")
    if given.keep:
        (given.folder / FIGURES).write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")
        write_table(given.folder, table(figures))


if __name__ == "__main__":
    main()
