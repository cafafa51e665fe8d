"""Train the preview model's upscaler: `python -m generation.preview.train_upscaler FOLDER 40m`.

For so many steps (1200) or minutes (40m), it goes on from the weights in FOLDER; where there are none, from new ones. A
log lies beside the folder. The base model must be there: what its autoencoder and its painter do to pictures is part of
what is learnt.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import torch

from generation.preview import captions
from generation.preview.evaluate import WEIGHTS
from generation.preview.scenes import LAYOUTS
from generation.preview.train import log_beside, read_options
from generation.preview.training import model, upscaler
from generation.preview.training.latents import as_tensor
from generation.preview.training.pairs import draw_pairs
from generation.preview.training.reader import tokens

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.random import Generator

    from generation.preview.scenes import Scene
    from generation.preview.training.run import Amount

SOFT = 4  # every fourth scene is seen as the autoencoder gives it back
PAINTED = 0.5  # of the scenes are seen as the painter guesses them
GUESSED = (250, 650)  # from how much noise, in timesteps: about as soft as what it paints in the end


def train(folder: Path, amount: Amount, scenes: int, seed: int) -> None:
    """Train on so many drawn scenes."""
    say = log_beside(folder)
    base = model.load(WEIGHTS, torch.device("cpu"))
    if (folder / "model_index.json").is_file():
        parts = upscaler.load(folder)
    else:
        parts = upscaler.create(seed)
        say(f"new weights in {folder.name}, seed {seed}")
    painted = draw_pairs(round(PAINTED * scenes), seed, layouts=LAYOUTS)
    others = draw_pairs(scenes - len(painted), seed + 1)
    rng = np.random.default_rng(seed)
    for pair in painted:
        pair.soft = guessed(pair.small, pair.scene, base, rng)
    for pair in others[:: round((1 - PAINTED) * SOFT)]:
        pair.soft = softened(pair.small, base.vae)
    say(f"drew {scenes} scenes small and large")

    def milestone() -> None:
        upscaler.save(parts, base, folder)

    upscaler.train_upscaler(parts, [*painted, *others], amount, say, seed=seed, milestone=milestone)
    milestone()
    say("done")


@torch.no_grad()
def softened(pixels: npt.NDArray[np.uint8], vae: Any) -> npt.NDArray[np.uint8]:
    """A picture (height, width, 3) through an autoencoder and back."""
    device = next(vae.parameters()).device
    return _pixels(vae.decode(vae.encode(as_tensor([pixels], device)).latents).sample[0])


@torch.no_grad()
def guessed(pixels: npt.NDArray[np.uint8], scene: Scene, base: Any, rng: Generator) -> npt.NDArray[np.uint8]:
    """A picture (height, width, 3) as the painter guesses it through noise, told what it shows: where it is unsure,
    edges are soft and forms bent, as in what it paints."""
    scheduler, scale = base.scheduler, base.vae.config.scaling_factor
    latents = base.vae.encode(as_tensor([pixels], base.device)).latents * scale
    noise = torch.from_numpy(rng.standard_normal(latents.shape, dtype=np.float32)).to(base.device)
    time = torch.tensor([int(rng.integers(*GUESSED))], device=base.device)
    read = base.text_encoder(tokens(base.tokenizer, [captions.request(scene, rng)]).to(base.device)).last_hidden_state
    noisy = scheduler.add_noise(latents, noise, time)
    velocity = base.unet(noisy, time, read).sample
    kept = scheduler.alphas_cumprod.to(base.device)[time]
    guess = kept.sqrt() * noisy - (1 - kept).sqrt() * velocity  # of v-prediction: Salimans & Ho 2022, arXiv:2202.00512
    return _pixels(base.vae.decode(guess / scale).sample[0])


def _pixels(picture: torch.Tensor) -> npt.NDArray[np.uint8]:
    return ((picture.clamp(-1, 1).permute(1, 2, 0).cpu().numpy() + 1) * 127.5).round().astype(np.uint8)


def main(arguments: Sequence[str] | None = None) -> None:
    """Read the command line and train."""
    given = read_options("train_upscaler", __doc__, "scenes", 1_000, arguments)
    train(given.folder, given.amount, given.count, given.seed)


if __name__ == "__main__":
    main()
