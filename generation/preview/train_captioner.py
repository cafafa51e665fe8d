"""Train the preview model's captioner: `python -m generation.preview.train_captioner FOLDER 40m`.

For so many steps (1200) or minutes (40m), it goes on from the weights in FOLDER; where there are none, from new ones. A
log lies beside the folder.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from generation.preview.train import log_beside, read_options
from generation.preview.training import captioner
from generation.preview.training.sights import draw_sights

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from generation.preview.training.run import Amount


def train(folder: Path, how_long: Amount, sights: int, seed: int) -> None:
    """Train on so many drawn sights."""
    say = log_beside(folder)
    if (folder / "config.json").is_file():
        model, processor = captioner.load(folder)
    else:
        model, processor = captioner.create(seed)
        say(f"new weights in {folder.name}, seed {seed}")
    drawn = draw_sights(sights, seed)
    say(f"drew {sights} sights")

    def milestone() -> None:
        captioner.save(model, processor, folder)

    captioner.train_captioner(model, processor, drawn, how_long, say, seed=seed, milestone=milestone)
    milestone()
    say("done")


def main(arguments: Sequence[str] | None = None) -> None:
    """Read the command line and train."""
    given = read_options("train_captioner", __doc__, "sights", 24_000, arguments)
    train(given.folder, given.amount, given.count, given.seed)


if __name__ == "__main__":
    main()
