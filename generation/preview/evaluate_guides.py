"""Do painted people do what our guides say? `python -m generation.preview.evaluate_guides [FOLDER]`.

Guides, prompts and seeds are ones that no training saw; where people are in what is painted, the finder says, which
learnt from drawings alone. `--keep` writes the figures into the folder and into the table in its card. `--sheet FILE`
measures nothing and paints one picture of many.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from generation.preview.evaluate import WEIGHTS
from generation.preview.figures import FIGURES, write_table
from generation.preview.finder import load_finder
from generation.preview.guide_measures import (
    asked_faces,
    asked_figures,
    feature_errors,
    figure_height,
    gape,
    joint_errors,
)
from generation.preview.painting import engine_on, paint, sheet
from generation.preview.scenes import WIDE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PIL import Image

    from generation.engine import Engine
    from generation.preview.finder import Found
    from generation.preview.guide_measures import Asked

GUIDES = Path(__file__).parent / "guides"
STEADY = ("r_eye", "l_eye", "nose", "chin")  # of a face: what does not move with the lips
OPEN = "open mouth"
MEANINGS = {
    "joints": "mean distance of joints from where they should be, in heights of the picture",
    "joints of the figure": "the same in heights of the figure",
    "joints without": "mean distance without the guide",
    "joints of drawings": "mean distance in the drawings themselves: what the finder errs",
    "nearer": "the figure is nearer to its own skeleton than the picture without the guide is",
    "eyes, nose, chin": "mean distance of a face's features, in heights of the picture",
    "eyes, nose, chin without": "mean distance without the guide",
    "eyes, nose, chin of drawings": "mean distance in the drawings themselves",
    "open when apart": "share of open mouths where the guide's lips are apart",
    "open when closed": "share of open mouths where the guide's lips are closed",
    "open when apart, drawings": "the same of the drawings themselves",
    "open when closed, drawings": "the same of the drawings themselves",
    "wider": "the lips are wider apart where the guide's are, of two pictures from one seed",
}


def evaluate_pose(engine: Engine, count: int) -> dict[str, float]:
    """Paint after so many skeletons and without: the figures, by the names of MEANINGS."""
    asked, finder = asked_figures(count), load_finder()
    painted = finder.find(_paint(engine, asked))
    without = finder.find(_paint(engine, asked, led=False))
    drawn = finder.find([one.drawing for one in asked])
    means = {
        name: [float(np.mean(joint_errors(one.places, at))) for one, at in zip(asked, found, strict=True)]
        for name, found in (("joints", painted), ("joints without", without), ("joints of drawings", drawn))
    }
    figures = {name: _mean(values) for name, values in means.items()}
    pairs = zip(means["joints"], asked, strict=True)
    figures["joints of the figure"] = _mean([error / figure_height(one.places) for error, one in pairs])
    figures["nearer"] = _mean([a < b for a, b in zip(means["joints"], means["joints without"], strict=True)])
    return {name: round(figures[name], 3) for name in MEANINGS if name in figures}


def evaluate_face(engine: Engine, count: int) -> dict[str, float]:
    """Paint after so many faces with their lips closed, and then apart: the figures, by the names of MEANINGS."""
    both, finder = asked_faces(count), load_finder()
    closed, apart = [pair[0] for pair in both], [pair[1] for pair in both]
    seen = {name: finder.find(_paint(engine, asked)) for name, asked in (("closed", closed), ("apart", apart))}
    without = finder.find(_paint(engine, closed, led=False))
    drawn = {
        name: finder.find([one.drawing for one in asked]) for name, asked in (("closed", closed), ("apart", apart))
    }
    figures = {
        "eyes, nose, chin": _steady(closed + apart, seen["closed"] + seen["apart"]),
        "eyes, nose, chin without": _steady(closed, without),
        "eyes, nose, chin of drawings": _steady(closed + apart, drawn["closed"] + drawn["apart"]),
        "wider": _mean([gape(a) > gape(c) for a, c in zip(seen["apart"], seen["closed"], strict=True)]),
    }
    for name, found in seen.items():
        figures[f"open when {name}"] = _mean([one.expression == OPEN for one in found])
        figures[f"open when {name}, drawings"] = _mean([one.expression == OPEN for one in drawn[name]])
    return {name: round(figures[name], 3) for name in MEANINGS if name in figures}


def guide_sheet(engine: Engine, asked: Sequence[Asked]) -> Image.Image:
    """Each guide, what is painted after it, and the drawing that it was taken from."""
    painted = _paint(engine, asked)
    rows = [(one.guide.picture.resize(WIDE), new, one.drawing) for one, new in zip(asked, painted, strict=True)]
    titles = [text for one in asked for text in (one.prompt[:42], "painted", "drawn")]
    return sheet([picture for row in rows for picture in row], titles, columns=6)


def table(figures: dict[str, float]) -> str:
    """The figures as Markdown."""
    rows = [f"| {name} | {MEANINGS[name]} | {value:.3f} |" for name, value in figures.items()]
    return "\n".join(["| figure | what it says | measured |", "| --- | --- | --- |", *rows])


def _paint(engine: Engine, asked: Sequence[Asked], *, led: bool = True) -> list[Image.Image]:
    prompts, seeds = [one.prompt for one in asked], [one.scene.cast or 0 for one in asked]
    return paint(engine, prompts, seeds, guides=[one.guide for one in asked] if led else None)


def _steady(asked: Sequence[Asked], found: Sequence[Found]) -> float:
    pairs = zip(asked, found, strict=True)
    return _mean([_mean(feature_errors(one.places, at, STEADY)) for one, at in pairs])


def _mean(values: Sequence[float]) -> float:
    return float(np.mean(values))


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the figures, or paint the sheet."""
    parser = argparse.ArgumentParser(prog="python -m generation.preview.evaluate_guides", description=__doc__)
    parser.add_argument("guides", nargs="+", choices=("pose", "face"))
    parser.add_argument("--folder", type=Path, default=GUIDES, help="where the guides lie, each in its own folder")
    parser.add_argument("--weights", type=Path, default=WEIGHTS, help="the model that they are for")
    parser.add_argument("--count", type=int, default=48, help="people (default %(default)s)")
    parser.add_argument("--keep", action="store_true", help="write the figures into the folder and its card")
    parser.add_argument("--sheet", type=Path, help="only paint some, as one picture, into this file")
    given = parser.parse_args(arguments)
    engine = engine_on(given.weights, given.folder)
    for name in given.guides:
        if given.sheet:
            faces = [one for both in asked_faces(given.count // 2) for one in both]
            guide_sheet(engine, asked_figures(given.count) if name == "pose" else faces).save(given.sheet)
            continue
        figures = (evaluate_pose if name == "pose" else evaluate_face)(engine, given.count)
        sys.stdout.write(f"{table(figures)}\n")
        if given.keep:
            keep(given.folder, name, figures)


def keep(folder: Path, name: str, figures: dict[str, float]) -> None:
    """Write a guide's figures beside it, and into the table between its marks in the card."""
    (folder / name / FIGURES).write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")
    write_table(folder, table(figures), name)


if __name__ == "__main__":
    main()
