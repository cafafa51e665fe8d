"""Is the upscaler nearer to the scene drawn large than Lanczos? `python -m generation.preview.evaluate_upscaler`.

Scenes that no training saw are drawn small and four times as large. Small ones are enlarged by the site's engine, as
they were drawn, as the base's autoencoder gives them back, as its painter guesses them, and made by reducing the large
ones. Exit status 1 where Lanczos is as near. `--keep` writes the figures into the folder and into the table in its
card. `--sheet FILE` measures nothing and shows some scenes side by side.
"""

from __future__ import annotations

import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import torch
from PIL import Image
from skimage.metrics import peak_signal_noise_ratio, structural_similarity

from generation.engine import Engine, load_profile
from generation.engine.roles import Role
from generation.preview import scenes
from generation.preview.evaluate import WEIGHTS
from generation.preview.figures import read_options, write_figures, write_table
from generation.preview.painting import sheet
from generation.preview.train_upscaler import guessed, softened
from generation.preview.training import model
from generation.preview.training.pairs import TIMES

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from generation.engine.upscale.options import Way
    from generation.preview.scenes import Scene

FOLDER = Path(__file__).parent / "upscaler"
SETTINGS = {"steps": 1, "guidance": 0.0, "noise_level": 0}
SEED = 20_261_128
THUMBNAILS, THUMBNAIL = 4, (1280, 720)
PART = (96, 54)  # small pixels that a sheet shows of each scene
WAYS: tuple[Way, ...] = ("model", "lanczos")
GUESSED = "guessed by the painter"

Figures = dict[str, dict[str, float]]


def engine_with(folder: Path) -> Engine:
    """The engine that the site paints with, on the preview model and the upscaler in a folder."""
    named = Role(folder, "Apache-2.0", "train it", shipped=True, settings=SETTINGS)
    return Engine(replace(load_profile("preview", models_dir=folder), roles={"upscaler": named}))


def unseen(count: int, name: str = "") -> list[Scene]:
    """So many scenes that no training saw. The painter can guess at its own layouts alone."""
    rng, layouts = np.random.default_rng(SEED), scenes.LAYOUTS if name == GUESSED else scenes.ANY_LAYOUT
    return [scenes.imagine(rng, size=scenes.WIDE, held_out=True, layouts=layouts) for _ in range(count)]


def evaluate(folder: Path, count: int) -> Figures:
    """By the kind of small picture, and seconds for four thumbnails.

    For each kind: mean SSIM and PSNR (dB) against the scene drawn large, of how many scenes, and in how many of them
    the model's SSIM is above Lanczos'.
    """
    engine = engine_with(folder)
    figures = {name: summary(row) for name, row in measured(engine, count).items()}
    return figures | {"seconds for four thumbnails": {"model": round(seconds(engine), 2)}}


def measured(engine: Engine, count: int) -> dict[str, dict[str, list[float]]]:
    """The same scene by scene, by the kind of small picture: `<way> <figure>`."""
    found: dict[str, dict[str, list[float]]] = {}
    for name, small in small_ones().items():
        row = found.setdefault(name, {})
        for scene in unseen(count, name):
            large = scenes.draw(scene, TIMES)
            picture = small(scene, large)
            for way in WAYS:
                made = engine.upscale(picture, large.size, way=way)
                row.setdefault(f"{way} ssim", []).append(ssim(made, large))
                row.setdefault(f"{way} psnr", []).append(psnr(made, large))
    return found


def summary(row: dict[str, list[float]]) -> dict[str, float]:
    """Means over the scenes, how many there were, and how many of them the model is nearer to."""
    nearer = [ours > theirs for ours, theirs in zip(row["model ssim"], row["lanczos ssim"], strict=True)]
    return {key: _mean(values) for key, values in row.items()} | {"scenes": len(nearer), "nearer": sum(nearer)}


def small_ones() -> dict[str, Callable[[Scene, Image.Image], Image.Image]]:
    """The kinds of small pictures: functions of the scene and of itself drawn large."""
    base = model.load(WEIGHTS, torch.device("cpu"))

    def soft(scene: Scene, _large: Image.Image) -> Image.Image:
        return Image.fromarray(softened(np.asarray(scenes.draw(scene)), base.vae))

    def guess(scene: Scene, _large: Image.Image) -> Image.Image:
        return Image.fromarray(guessed(np.asarray(scenes.draw(scene)), scene, base, np.random.default_rng(SEED)))

    return {
        "drawn small": lambda scene, _large: scenes.draw(scene),
        "from the autoencoder": soft,
        GUESSED: guess,
        "drawn large, reduced": lambda _scene, large: large.reduce(TIMES),
    }


def seconds(engine: Engine) -> float:
    """For four thumbnails from painted size, the model in memory."""
    pictures = [scenes.draw(scene) for scene in unseen(THUMBNAILS)]
    began = time.perf_counter()
    for picture in pictures:
        engine.upscale(picture, THUMBNAIL)
    return time.perf_counter() - began


def missed(figures: Figures) -> list[str]:
    """The kinds of pictures for which Lanczos is as near, a sentence each."""
    return [
        f"{name}: {row['model ssim']:.4f} is not above Lanczos' {row['lanczos ssim']:.4f}"
        for name, row in figures.items()
        if "model ssim" in row and row["model ssim"] <= row["lanczos ssim"]
    ]


def table(figures: Figures) -> str:
    """The figures as Markdown."""
    lines = ["| small picture | SSIM | Lanczos | nearer in | PSNR, dB | Lanczos |", f"|{' --- |' * 6}"]
    for name, row in figures.items():
        if "model ssim" in row:
            ours, theirs = ([f"{row[f'{way} ssim']:.4f}", f"{row[f'{way} psnr']:.2f}"] for way in WAYS)
            share = f"{row['nearer']:.0f} of {row['scenes']:.0f}"
            lines.append(f"| {name} | {ours[0]} | {theirs[0]} | {share} | {ours[1]} | {theirs[1]} |")
    return "\n".join(lines)


def show(folder: Path, count: int) -> Image.Image:
    """Parts of scenes as the painter guesses them, a row each: with Lanczos, with the model, and drawn large."""
    engine, small = engine_with(folder), small_ones()[GUESSED]
    pictures, titles = [], []
    for scene in unseen(count, GUESSED):
        large = scenes.draw(scene, TIMES)
        left, top = (TIMES * (whole - part) // 2 for whole, part in zip(scene.size, PART, strict=True))
        corners = left, top, left + TIMES * PART[0], top + TIMES * PART[1]
        made = [engine.upscale(small(scene, large), large.size, way=way) for way in reversed(WAYS)]
        pictures += [whole.crop(corners) for whole in (*made, large)]
        titles += [f"{scene.kind}, Lanczos", "upscaler", "drawn large"]
    return sheet(pictures, titles, columns=3)


def ssim(one: Image.Image, other: Image.Image) -> float:
    return float(structural_similarity(np.asarray(one), np.asarray(other), channel_axis=2))


def psnr(one: Image.Image, other: Image.Image) -> float:
    return float(peak_signal_noise_ratio(np.asarray(other), np.asarray(one)))


def _mean(values: Sequence[float]) -> float:
    return round(float(np.mean(values)), 4)


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the figures, or make the sheet."""
    given = read_options("evaluate_upscaler", __doc__, FOLDER, 60, arguments)
    if given.sheet:
        show(given.folder, given.scenes).save(given.sheet)
        return
    figures = evaluate(given.folder, given.scenes)
    took = figures["seconds for four thumbnails"]["model"]
    sys.stdout.write(f"{table(figures)}\n\n{took:.2f} s for four thumbnails\n")
    if given.keep:
        write_figures(given.folder, figures)
        write_table(given.folder, table(figures))
    if found := missed(figures):
        sys.exit("\n".join(found))


if __name__ == "__main__":
    main()
