"""Does the captioner name what is drawn, and keep silent of all else?

`python -m generation.preview.evaluate_captioner [FOLDER]` looks at held-out scenes, at clutter (`drawing/clutter.py`),
and at parts of the photographs that come with scikit-image: no training saw any of them. `--keep` writes the figures
into the folder and into the table in its card. `--sheet FILE` measures nothing and shows some scenes and photographs
with what is said of them.
"""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image
from skimage import data

from generation.engine import Engine, load_profile
from generation.preview import scenes
from generation.preview.drawing.clutter import clutter
from generation.preview.figures import Wanted, missed, read_options, table, write_figures, write_table
from generation.preview.hues import FAMILIES
from generation.preview.lines import GREY, Line
from generation.preview.painting import sheet

if TYPE_CHECKING:
    from collections.abc import Sequence

FOLDER = Path(__file__).parent / "captioner"
SEED = 20_261_127
AT_ONCE = 16
PHOTOGRAPHS = ("astronaut", "brick", "camera", "cat", "coffee", "coins", "grass", "gravel", "moon", "rocket")

WANTED: Wanted = {
    "kind": ("the line names what the scene shows", ">=", 0.85),
    "colour": ("the line names the colour, or says black and white", ">=", 0.85),
    "time": ("of outdoor scenes, it names the time of day", ">=", 0.85),
    "look": ("it names the look, and none where there is none", ">=", 0.85),
    "people": ("it says how many people there are, and none where there are none", ">=", 0.80),
    "wrong kind": ("the line names another kind", "<=", 0.15),
    "clutter": ("nothing is said of clutter", ">=", 0.95),
    "photographs": ("nothing is said of photographs and their parts", ">=", 0.75),
    "photographs, when sure": ("the same, with the profile's bound", ">=", 0.88),
    "told, when sure": ("of a drawn scene something is said, with the profile's bound", ">=", 0.5),
}


def engine_with(folder: Path, *, sure: bool = False) -> Engine:
    """The site's engine on the preview model, with the captioner in a folder; `sure`: with the profile's bound."""
    profile = load_profile("preview", models_dir=folder)
    captioner = profile.roles["captioner"]
    settings = captioner.settings if sure else {}
    return Engine(replace(profile, roles={"captioner": replace(captioner, folder=folder, settings=settings)}))


def evaluate(folder: Path, count: int) -> dict[str, float]:
    """The figures of so many scenes, half as much clutter and all photographs, by the names of WANTED."""
    engine, rng = engine_with(folder), np.random.default_rng(SEED)
    drawn = unseen(rng, count)
    pictures = [picture for picture, _ in drawn]
    pairs = [(line, Line.read(said)) for (_, line), said in zip(drawn, told(engine, pictures), strict=True)]
    outdoors = [(true, said) for true, said in pairs if true.time]
    silences = {
        "clutter": told(engine, [clutter(rng, scenes.WIDE) for _ in range(count // 2)]),
        "photographs": told(engine, photographs()),
        "photographs, when sure": told(sure := engine_with(folder, sure=True), photographs()),
    }
    found = {
        "kind": [true.kind == said.kind for true, said in pairs],
        "colour": [_hue(true) == _hue(said) for true, said in pairs if true.colour],
        "time": [true.time == said.time for true, said in outdoors],
        "look": [true.look == said.look for true, said in pairs if said.kind],
        "people": [true.who == said.who for true, said in pairs if said.kind],
        "wrong kind": [said.kind is not None and said.kind != true.kind for true, said in pairs],
        "told, when sure": [line != "" for line in told(sure, pictures)],
        **{name: [line == "" for line in lines] for name, lines in silences.items()},
    }
    return {name: round(sum(found[name]) / max(1, len(found[name])), 3) for name in WANTED}


def unseen(rng: np.random.Generator, count: int) -> list[tuple[Image.Image, Line]]:
    """So many scenes that no training saw, as pictures, and what there is to say of them."""
    asked = [scenes.imagine(rng, held_out=True) for _ in range(count)]
    return [(picture, Line.of(scene, picture)) for scene, picture in ((scene, scenes.draw(scene)) for scene in asked)]


def photographs() -> list[Image.Image]:
    """Each as a whole, and five parts of its size halved, in the shape of a frame."""
    found = []
    for name in PHOTOGRAPHS:
        whole = Image.fromarray(getattr(data, name)()).convert("RGB")
        wide, high = whole.size
        high = min(high, wide * 9 // 16)
        wide = high * 16 // 9
        left, top = whole.width - wide, whole.height - high
        found.append(whole.crop((left // 2, top // 2, left // 2 + wide, top // 2 + high)))
        for x, y in ((0, 0), (1, 0), (0, 1), (1, 1), (0.5, 0.5)):
            corner = round(x * (whole.width - wide // 2)), round(y * (whole.height - high // 2))
            found.append(whole.crop((*corner, corner[0] + wide // 2, corner[1] + high // 2)))
    return found


def told(engine: Engine, pictures: Sequence[Image.Image]) -> list[str]:
    """A line for each."""
    return [line for at in range(0, len(pictures), AT_ONCE) for line in engine.caption(pictures[at : at + AT_ONCE])]


def show(folder: Path, count: int) -> Image.Image:
    """Held-out scenes and photographs, with what is said of them."""
    drawn = [picture for picture, _ in unseen(np.random.default_rng(SEED), count)]
    pictures = [picture.resize(scenes.WIDE) for picture in (*drawn, *photographs()[::6])]
    lines = told(engine_with(folder), [*drawn, *photographs()[::6]])
    return sheet(pictures, [line or "(nothing)" for line in lines], columns=4)


def _hue(line: Line) -> str | None:
    """The family of hues: whether a shade between is brown or orange, two people may see otherwise, too."""
    return FAMILIES.get(line.colour, GREY) if line.colour else None


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the figures, or make the sheet; exit status 1 where a figure misses its bound."""
    given = read_options("evaluate_captioner", __doc__, FOLDER, 600, arguments)
    if given.sheet:
        show(given.folder, 18).save(given.sheet)
        return
    figures = evaluate(given.folder, given.scenes)
    rows = table(figures, WANTED)
    sys.stdout.write(f"{rows}\n")
    if given.keep:
        write_figures(given.folder, figures)
        write_table(given.folder, rows)
    if found := missed(figures, WANTED):
        sys.exit("\n".join(found))


if __name__ == "__main__":
    main()
