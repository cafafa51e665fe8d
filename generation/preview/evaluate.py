"""Is what the preview model paints what was asked for? `python -m generation.preview.evaluate [FOLDER] [--quick]`.

Prompts and seeds are ones that no training saw; the judge learnt from drawn scenes alone.
`--keep` writes the figures to `figures.json` in the folder and to the table in its model card. `--sheet FILE` judges
nothing and paints one picture of many.
"""

from __future__ import annotations

import argparse
import itertools
import sys
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
from PIL import Image
from skimage.metrics import structural_similarity

from generation import prompt_form
from generation.facts import oklab
from generation.preview import captions, judges, scenes
from generation.preview.drawing.shades import HUES, shade
from generation.preview.figures import CARD, Wanted, has_place, missed, table, write_figures, write_table
from generation.preview.hues import FAMILIES, dominant_hue
from generation.preview.painting import engine_on, paint, paint_sheet
from generation.preview.training import model
from generation.preview.training.autoencoder import psnr
from generation.preview.training.material import Drawn

if TYPE_CHECKING:
    from collections.abc import Sequence

    from generation.engine import Engine
    from generation.facts import Facts
    from generation.preview.scenes import Scene

WEIGHTS = Path(__file__).parent / "weights"
SEED = 20_261_124
SEEN_AT = (96, 54)  # pixels at which palettes are compared

# What each figure says, and the bound it must keep: at least, or at most.
WANTED: Wanted = {
    "colour": ("the one colour asked for is the dominant hue", ">=", 0.85),
    "colours": ("of several colours asked for, one is the dominant hue", ">=", 0.85),
    "kind": ("the scene is recognised", ">=", 0.85),
    "time": ("the time of day is recognised", ">=", 0.85),
    "judge_kind": ("the judge names the scene of unseen drawings", ">=", 0.97),
    "judge_time": ("the judge names the time of day of unseen drawings", ">=", 0.97),
    "shuffled_kind": ("the scene is 'recognised' when prompts are shuffled (chance: 0.06)", "<=", 0.20),
    "shuffled_time": ("the time of day of a prompt that asks for another is 'recognised'", "<=", 0.20),
    "likeness": ("mean SSIM of two seeds", "<=", 0.85),
    "psnr": ("autoencoder, dB on unseen scenes", ">=", 28.0),
    "palette": ("a palette is closer to the picture painted for it, in hue and chroma", ">=", 0.85),
}


@dataclass(frozen=True)
class Size:
    """How many pictures, pairs and drawings are looked at."""

    prompts: int  # every third of them in two colours
    twice: int  # of them painted from a second seed
    pairs: int
    drawings: int  # for the judge; a tenth of them for the autoencoder


FULL = Size(prompts=240, twice=40, pairs=60, drawings=2000)
QUICK = Size(prompts=48, twice=8, pairs=12, drawings=300)


def evaluate(folder: Path, size: Size, *, steps: int | None = None) -> dict[str, float]:
    """Paint and judge: the figures, by the names of WANTED."""
    engine, judge = engine_on(folder), judges.load_judge()
    rng = np.random.default_rng(SEED)
    asked = [_asked(rng, colours=None if number % 3 else 2) for number in range(size.prompts)]
    prompts = [captions.request(scene, rng) for scene in asked]
    pictures = paint(engine, prompts, [scene.seed for scene in asked], steps=steps)
    again = paint(engine, prompts[: size.twice], [scene.seed + 1 for scene in asked[: size.twice]], steps=steps)
    found = _right_colours(asked, pictures)
    found |= _recognised(asked, judge.look(pictures), rng)
    found["likeness"] = float(np.mean([_ssim(one, two) for one, two in zip(pictures, again, strict=False)]))
    found |= _judge_the_judge(judge, size.drawings, rng)
    found["psnr"] = float(np.mean(psnr(model.load(folder).vae, [_drawn(rng) for _ in range(size.drawings // 10)])))
    found |= _palettes(engine, size.pairs, steps, rng)
    return {name: round(found[name], 3) for name in WANTED}


def palette_distance(shades: Sequence[str], picture: Image.Image) -> float:
    """How far a picture is from a palette of "#rrggbb": its pixels from the palette, and the palette from it.

    In OKLab's a and b alone: that a picture is as bright as the palette says nothing of its colours. The second looks
    at the nearest tenth of the pixels, so that a colour of the palette that is nowhere counts.
    """
    small = picture.convert("RGB").resize(SEEN_AT, Image.Resampling.BOX)
    pixels = oklab(np.asarray(small, dtype=np.float64).reshape(-1, 3) / 255)[:, 1:]
    wanted: npt.NDArray[np.float64] = oklab(np.array([shade(text) for text in shades]))[:, 1:]
    apart = np.linalg.norm(pixels[:, None] - wanted[None], axis=2)
    return float(apart.min(axis=1).mean() + np.percentile(apart, 10, axis=0).mean())


def _asked(rng: np.random.Generator, colours: int | None = None) -> Scene:
    """A held-out scene in so many colours (None: any); its colours in another order are held out as well."""
    while True:
        scene = scenes.imagine(rng, size=scenes.WIDE, people=0, grey=0, held_out=True)
        if colours not in (None, len(scene.colours)):
            continue
        if all(scenes.is_held_out(replace(scene, colours=order)) for order in itertools.permutations(scene.colours)):
            return scene


def _drawn(rng: np.random.Generator) -> Drawn:
    scene = scenes.imagine(rng, size=scenes.WIDE, held_out=True)
    picture = scenes.draw(scene)
    return Drawn(scene, captions.facts_of(picture), np.asarray(picture))


def _right_colours(asked: Sequence[Scene], pictures: Sequence[Image.Image]) -> dict[str, float]:
    """Of scenes whose colours all have a hue; the retro look lays a cream frame around everything."""
    right: dict[str, list[bool]] = {"colour": [], "colours": []}
    for scene, picture in zip(asked, pictures, strict=True):
        if set(scene.colours) <= set(HUES) and scene.look != "retro":
            families = {FAMILIES[name] for name in scene.colours}
            right["colour" if len(scene.colours) == 1 else "colours"].append(dominant_hue(picture) in families)
    return {name: _share(found) for name, found in right.items()}


def _recognised(asked: Sequence[Scene], seen: Sequence[dict[str, str]], rng: np.random.Generator) -> dict[str, float]:
    """How often the judge names what was asked for, and how often what was asked of another picture."""
    kinds = [(scene.kind, look["kind"]) for scene, look in zip(asked, seen, strict=True)]
    times = [(scene.time, look["time"]) for scene, look in zip(asked, seen, strict=True) if scene.time]
    shuffled = rng.permutation([wanted for wanted, _ in kinds])
    others = [str(rng.choice([other for other, _ in times if other != wanted])) for wanted, _ in times]
    return {
        "kind": _share([wanted == got for wanted, got in kinds]),
        "time": _share([wanted == got for wanted, got in times]),
        "shuffled_kind": _share([str(other) == got for other, (_, got) in zip(shuffled, kinds, strict=True)]),
        "shuffled_time": _share([other == got for other, (_, got) in zip(others, times, strict=True)]),
    }


def _judge_the_judge(judge: judges.Judge, count: int, rng: np.random.Generator) -> dict[str, float]:
    truths = [_asked(rng) for _ in range(count)]
    looks = [judge.look([scenes.draw(scene)])[0] for scene in truths]
    pairs = list(zip(truths, looks, strict=True))
    return {
        "judge_kind": _share([scene.kind == look["kind"] for scene, look in pairs]),
        "judge_time": _share([scene.time == look["time"] for scene, look in pairs if scene.time]),
    }


def _palettes(engine: Engine, count: int, steps: int | None, rng: np.random.Generator) -> dict[str, float]:
    """Two videos each time: the prompt form writes what is measured in them, under one title, for one seed.

    How often a palette is closer to its own picture than to the other one of the pair.
    """
    pairs: list[tuple[Facts, Facts]] = []
    prompts: list[str] = []
    while len(pairs) < count:
        first, second = (_drawn(rng).facts for _ in range(2))
        if first.palette and second.palette and set(first.palette).isdisjoint(second.palette):
            pairs.append((first, second))
            title = str(rng.choice(captions.KINDS[str(rng.choice(scenes.KINDS))]))
            prompts += [
                prompt_form.write(prompt_form.Material(title, "", "thumbnail"), facts).prompt for facts in pairs[-1]
            ]
    pictures = paint(engine, prompts, [SEED + number // 2 for number in range(len(prompts))], steps=steps)
    right = []
    for number, pair in enumerate(pairs):
        both = pictures[2 * number : 2 * number + 2]
        for mine, facts in enumerate(pair):
            own, other = (palette_distance(facts.palette_hex, both[at]) for at in (mine, 1 - mine))
            right.append(own < other)
    return {"palette": _share(right)}


def _ssim(one: Image.Image, two: Image.Image) -> float:
    return float(structural_similarity(np.asarray(one), np.asarray(two), channel_axis=2))


def _share(right: Sequence[bool]) -> float:
    return sum(right) / len(right)


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the figures; exit status 1 where one misses its bound."""
    parser = argparse.ArgumentParser(prog="python -m generation.preview.evaluate", description=__doc__)
    parser.add_argument("folder", type=Path, nargs="?", default=WEIGHTS)
    parser.add_argument("--quick", action="store_true", help="fewer pictures: about two minutes")
    parser.add_argument("--steps", type=int, help="other than the profile's")
    parser.add_argument("--keep", action="store_true", help="write the figures into the folder and its model card")
    parser.add_argument("--sheet", type=Path, help="only paint the usual prompts, as one picture, into this file")
    given = parser.parse_args(arguments)
    if given.sheet:
        paint_sheet(given.folder, given.sheet, steps=given.steps)
        return
    if given.keep and (given.quick or given.steps or not has_place(given.folder)):
        parser.error(f"--keep is for all the pictures, with the usual steps, and a {CARD} with marks for the table")
    figures = evaluate(given.folder, QUICK if given.quick else FULL, steps=given.steps)
    rows = table(figures, WANTED)
    sys.stdout.write(f"{rows}\n")
    if given.keep:
        write_figures(given.folder, figures)
        write_table(given.folder, rows)
    if found := missed(figures, WANTED):
        sys.exit("\n".join(found))


if __name__ == "__main__":
    main()
