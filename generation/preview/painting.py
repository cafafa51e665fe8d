"""Painting with a model in training or under judgement: the site's engine, and sheets of what it paints."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, get_args

from PIL import Image, ImageDraw

from generation.engine import Engine, PaintJob, load_profile
from generation.engine.jobs import GuideKind
from generation.engine.roles import Role
from generation.form_words import NEGATIVE
from generation.preview.scenes import WIDE

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from generation.engine import Guide, LoraUse

SHEET_SEED = 7
SHEET = (
    "blue mountains, sunset",
    "green hills by day, retro poster",
    "orange desert, sunrise",
    "pine forest at night",
    "pink ocean at sunset",
    "clouds, golden hour",
    "purple city skyline at night, neon",
    "street with houses, watercolour",
    "purple and orange space",
    "underwater, fish",
    "concert stage with spotlights, red and blue",
    "living room, pastel",
    "red and yellow sunburst",
    "green bokeh lights",
    "blue and pink low poly",
    "teal waves, flat design",
    "comic explosion, yellow and red",
    "star emblem, purple",
    "one person with raised arms in a red shirt, beach",
    "portrait of a smiling person, blue background",
)


def engine_on(folder: Path, guides: Path | None = None) -> Engine:
    """The engine that the site paints with, on the model in a folder; `guides`: with the ControlNets that lie there."""
    profile = replace(load_profile("preview", models_dir=folder.parent), folder=folder)
    if guides is not None:
        ours = {
            name: Role(guides / name, profile.licence, profile.source, shipped=True)
            for name in get_args(GuideKind)
            if (guides / name).is_dir()
        }
        profile = replace(profile, roles={**profile.roles, **ours})
    return Engine(profile)


def paint(
    engine: Engine,
    prompts: Sequence[str],
    seeds: Sequence[int],
    *,
    steps: int | None = None,
    loras: tuple[LoraUse, ...] = (),
    guides: Sequence[Guide] | None = None,
) -> list[Image.Image]:
    """One wide picture per prompt and seed, as the site paints it; `steps`: other than the profile's.

    `guides`: one for each picture.
    """
    mode = engine.profile.standard
    jobs = [
        PaintJob(
            prompt=prompt,
            negative=NEGATIVE,
            seed=seed,
            width=WIDE[0],
            height=WIDE[1],
            steps=steps or mode.steps,
            guidance=mode.guidance,
            eta=mode.eta,
            loras=loras,
            scheduler=mode.scheduler,
            guides=(guides[number],) if guides else (),
        )
        for number, (prompt, seed) in enumerate(zip(prompts, seeds, strict=True))
    ]
    return engine.paint(jobs, lambda step, steps: None)


def paint_sheet(folder: Path, to: Path, *, steps: int | None = None) -> None:
    """Paint the prompts of SHEET with the model in a folder and write them as one picture."""
    sheet(paint(engine_on(folder), SHEET, [SHEET_SEED] * len(SHEET), steps=steps), SHEET).save(to)


def sheet(pictures: Sequence[Image.Image], titles: Sequence[str], columns: int = 5) -> Image.Image:
    """Pictures of one size side by side, each with its title below."""
    wide, high = pictures[0].size
    rows = -(-len(pictures) // columns)
    whole = Image.new("RGB", (columns * (wide + 8) + 8, rows * (high + 24) + 8), "#1a1a1f")
    pen = ImageDraw.Draw(whole)
    for number, (picture, title) in enumerate(zip(pictures, titles, strict=True)):
        left, top = 8 + number % columns * (wide + 8), 8 + number // columns * (high + 24)
        whole.paste(picture, (left, top))
        pen.text((left, top + high + 4), title, "#c8c8d0")
    return whole
