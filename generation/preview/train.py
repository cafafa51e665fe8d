"""Train the preview model: `python -m generation.preview.train FOLDER autoencoder=20m reader=1200 painter=60m`.

Stages run in the order given, each for so many steps or minutes, and go on from the weights in FOLDER; where there are
none, from new ones. A log and a sheet of samples lie beside the folder. The same seed and numbers of steps give the
same weights on the same processor with as many threads. The name of a LoRA is a stage too (`neon-glow=600`): it leaves
the model as it is, and goes on from the file in `loras` beside FOLDER, where there is one. `pose` and `face` are
ControlNets, and do so in `guides`.
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from safetensors.torch import load_file

from generation.preview.casts import draw_casts
from generation.preview.drawing.lora_looks import LORA_LOOKS
from generation.preview.painting import paint_sheet
from generation.preview.scenes import ANY_LAYOUT, KINDS, LAYOUTS
from generation.preview.training import model
from generation.preview.training.autoencoder import psnr, set_scale, train_autoencoder
from generation.preview.training.guide import begin, load_guide, save_guide, train_guide
from generation.preview.training.latents import encode
from generation.preview.training.lora import save_lora, train_lora
from generation.preview.training.material import draw_dressed, draw_many
from generation.preview.training.painter import train_painter
from generation.preview.training.reader import train_reader
from generation.preview.training.run import Amount
from generation.shipped import shipped

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from torch import nn

    from generation.preview.casts import Who

GUIDES: dict[str, Who] = {"pose": "figures", "face": "portrait"}
NOBODY = 0.06  # of a guide's scenes: where it is empty, it changes nothing
STAGES = ("autoencoder", "reader", "painter", *LORA_LOOKS, *GUIDES)
FEWEST = 20  # scenes: some of them are wide
UNSEEN = 64  # scenes on which the autoencoder is measured


def train(
    folder: Path,
    stages: Sequence[tuple[str, Amount]],
    scenes: int,
    seed: int,
    twice: Sequence[str] = (),
    *,
    compiled: bool = False,
) -> None:
    """Train the stages in order; `scenes` are drawn to learn from, those of the kinds in `twice` twice as often.

    `compiled`: the UNet by torch.compile, which needs a C++ compiler and minutes before the first step.
    """
    say = log_beside(folder)
    if not folder.exists() or not any(folder.iterdir()):
        model.create(folder, seed)
        say(f"new weights in {folder.name}, seed {seed}")
    pipe = model.load(folder)
    if compiled:
        pipe.unet.compile(dynamic=False)

    def milestone(parts: dict[str, nn.Module]) -> None:
        model.save(pipe, folder, parts)
        paint_sheet(folder, folder.with_name(f"{folder.name}.png"))

    for name, amount in stages:
        if name in LORA_LOOKS:
            _train_lora(pipe, name, amount, scenes, seed, folder.with_name("loras"), say)
            continue
        if name in GUIDES:
            _train_guide(pipe, name, amount, scenes, seed, folder.with_name("guides") / name, say)
            continue
        drawn = draw_many(scenes, seed, ANY_LAYOUT if name == "autoencoder" else LAYOUTS, (*KINDS, *twice))
        say(f"drew {scenes} scenes")
        if name == "autoencoder":
            train_autoencoder(pipe.vae, drawn, amount, say, seed=seed)
            set_scale(pipe.vae, drawn)
            model.save(pipe, folder)
            say(f"psnr {np.mean(psnr(pipe.vae, draw_many(UNSEEN, seed + 1_000_003))):.2f} dB on {UNSEEN} unseen scenes")
        elif name == "reader":
            train_reader(pipe, drawn, amount, say, seed=seed)
            model.save(pipe, folder)
        else:
            encode(drawn, pipe.vae, say)
            train_painter(pipe, drawn, amount, say, seed=seed, milestone=milestone)
            milestone({})
    say("done")


def _train_lora(
    pipe: Any, name: str, amount: Amount, scenes: int, seed: int, loras: Path, say: Callable[[str], None]
) -> None:
    row = shipped("lora")[name]
    drawn = draw_dressed(scenes, seed, name, row["trigger_words"][0])
    say(f"drew {scenes} scenes in two ways")
    encode([*drawn, *(item.plain for item in drawn if item.plain)], pipe.vae, say)
    file = loras / row["file"]
    begun = load_file(file) if file.exists() else None
    save_lora(train_lora(pipe, drawn, amount, say, name=name, seed=seed, begun=begun), row, scenes, file)


def _train_guide(
    pipe: Any, name: str, amount: Amount, scenes: int, seed: int, guide: Path, say: Callable[[str], None]
) -> None:
    drawn = draw_casts(scenes, seed, GUIDES[name], nobody=NOBODY)
    say(f"drew {scenes} scenes with people")
    encode(drawn, pipe.vae, say)
    net = load_guide(guide) if guide.exists() else begin(pipe.unet, seed)
    train_guide(pipe, net, drawn, amount, say, name=name, seed=seed, milestone=lambda: save_guide(net, guide))
    save_guide(net, guide)


def log_beside(folder: Path) -> Callable[[str], None]:
    """What tells a line to the terminal and to a log beside the folder."""
    path = folder.with_name(f"{folder.name}.log")
    path.parent.mkdir(parents=True, exist_ok=True)

    def say(text: str) -> None:
        line = f"{time.strftime('%H:%M:%S')}  {text}\n"
        sys.stdout.write(line)
        sys.stdout.flush()
        with path.open("a", encoding="utf-8") as log:
            log.write(line)

    return say


def _stage(text: str) -> tuple[str, Amount]:
    name, _, amount = text.partition("=")
    if name not in STAGES:
        raise argparse.ArgumentTypeError(f"{name} is none of {', '.join(STAGES)}")
    return name, _amount(amount)


def _amount(text: str) -> Amount:
    try:
        return Amount.parse(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{text}: how many steps (1200) or minutes (20m)?") from error


def read_options(
    program: str, about: str | None, drawn: str, count: int, arguments: Sequence[str] | None
) -> argparse.Namespace:
    """The command line of a program that trains one model: `folder`, `amount`, `count` of what is drawn, `seed`."""
    parser = argparse.ArgumentParser(prog=f"python -m generation.preview.{program}", description=about)
    parser.add_argument("folder", type=Path)
    parser.add_argument("amount", type=_amount, help="steps (1200) or minutes (20m)")
    parser.add_argument(
        f"--{drawn}", dest="count", type=number_from(8), default=count, help="drawn to learn from (%(default)s)"
    )
    parser.add_argument("--seed", type=number_from(0), default=1, help="(default %(default)s)")
    return parser.parse_args(arguments)


def number_from(least: int) -> Callable[[str], int]:
    """For argparse: whole numbers from `least` on."""

    def read(text: str) -> int:
        if not (text.isdecimal() and int(text) >= least):
            raise argparse.ArgumentTypeError(f"{text} is no whole number from {least} on")
        return int(text)

    return read


def main(arguments: Sequence[str] | None = None) -> None:
    """Read the command line and train."""
    parser = argparse.ArgumentParser(prog="python -m generation.preview.train", description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("stages", nargs="+", type=_stage, metavar="STAGE=AMOUNT", help=", ".join(STAGES))
    parser.add_argument(
        "--scenes", type=number_from(FEWEST), default=6_000, help=f"drawn to learn from, {FEWEST} or more (%(default)s)"
    )
    parser.add_argument("--seed", type=number_from(0), default=1, help="(default %(default)s)")
    parser.add_argument("--twice", nargs="+", choices=KINDS, default=[], help="kinds to draw twice as often")
    parser.add_argument(
        "--compile", action="store_true", help="compile the UNet: minutes of waiting, then a fifth less for each step"
    )
    given = parser.parse_args(arguments)
    train(given.folder, given.stages, given.scenes, given.seed, given.twice, compiled=given.compile)


if __name__ == "__main__":
    main()
