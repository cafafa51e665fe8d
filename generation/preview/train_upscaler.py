"""Train the preview model's upscaler: `python -m generation.preview.train_upscaler FOLDER 40m`.

For so many steps (1200) or minutes (40m), it goes on from the weights in FOLDER; where there are none, from new ones. A
log lies beside the folder. The base model must be there: what its autoencoder does to pictures is part of what is
learnt.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import torch

from generation.preview.evaluate import WEIGHTS
from generation.preview.train import log_beside, read_options
from generation.preview.training import model, upscaler
from generation.preview.training.latents import as_tensor
from generation.preview.training.pairs import draw_pairs

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from generation.preview.training.run import Amount

SOFT = 3  # every third scene is seen as the autoencoder gives it back


def train(folder: Path, amount: Amount, scenes: int, seed: int) -> None:
    """Train on so many drawn scenes."""
    say = log_beside(folder)
    base = model.load(WEIGHTS, torch.device("cpu"))
    if (folder / "model_index.json").is_file():
        parts = upscaler.load(folder)
    else:
        parts = upscaler.create(seed)
        say(f"new weights in {folder.name}, seed {seed}")
    pairs = draw_pairs(scenes, seed)
    for pair in pairs[::SOFT]:
        pair.soft = softened(pair.small, base.vae)
    say(f"drew {scenes} scenes small and large")

    def milestone() -> None:
        upscaler.save(parts, base, folder)

    upscaler.train_upscaler(parts, pairs, amount, say, seed=seed, milestone=milestone)
    milestone()
    say("done")


@torch.no_grad()
def softened(pixels: npt.NDArray[np.uint8], vae: Any) -> npt.NDArray[np.uint8]:
    """A picture (height, width, 3) through an autoencoder and back."""
    device = next(vae.parameters()).device
    again = vae.decode(vae.encode(as_tensor([pixels], device)).latents).sample[0].clamp(-1, 1)
    return ((again.permute(1, 2, 0).cpu().numpy() + 1) * 127.5).round().astype(np.uint8)


def main(arguments: Sequence[str] | None = None) -> None:
    """Read the command line and train."""
    given = read_options("train_upscaler", __doc__, "scenes", 1_000, arguments)
    train(given.folder, given.amount, given.count, given.seed)


if __name__ == "__main__":
    main()
