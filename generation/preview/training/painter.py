"""The UNet learns to turn noise into the latents of captioned scenes; the text encoder stays as it is."""

from __future__ import annotations

import copy
import time
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import torch
import torch.nn.functional as F

from generation.preview import captions
from generation.preview.training.latents import latents_of
from generation.preview.training.model import half_where_quick, seeded
from generation.preview.training.optimizer import Muon
from generation.preview.training.reader import tokens
from generation.preview.training.run import Amount, Run

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.random import Generator
    from torch import nn

    from generation.preview.training.material import Drawn

BATCH = 64
CAPTION_DROPOUT = 0.1  # for classifier-free guidance
CLEAREST, CLEAREST_SHARE = 0.25, 0.1  # hardly any steps start where little noise is left: nobody sees what it hides
EMA_DECAY = 0.995
MILESTONE = 600  # seconds between two savings


def train_painter(
    pipe: Any,
    drawn: list[Drawn],
    amount: Amount,
    say: Callable[[str], None],
    *,
    seed: int,
    milestone: Callable[[dict[str, nn.Module]], None],
) -> None:
    """Train the pipeline's UNet in place: it ends as the running average of its weights.

    `milestone` gets the average, by its name, every ten minutes.
    """
    rng = seeded(seed, pipe.unet)
    pipe.text_encoder.eval()
    unet: Any = pipe.unet.train()
    average = copy.deepcopy(unet).eval().requires_grad_(False)
    optimizer = Muon(unet)
    by_size = [[item for item in drawn if item.scene.size == size] for size in sorted({i.scene.size for i in drawn})]
    run = Run("painter", amount, optimizer, say)
    saved = time.monotonic()
    for step in run:
        same = by_size[int(rng.choice(len(by_size), p=[len(items) / len(drawn) for items in by_size]))]
        loss = velocity_loss(pipe, [same[number] for number in rng.integers(len(same), size=BATCH)], rng)
        run.note(loss.item())
        loss.backward()
        torch.nn.utils.clip_grad_norm_(unet.parameters(), 1.0)
        optimizer.step()
        _follow(average, unet, min(EMA_DECAY, (step + 1) / (step + 10)))
        if time.monotonic() - saved > MILESTONE:
            milestone({"unet": average})
            saved = time.monotonic()
    unet.load_state_dict(average.state_dict())
    unet.eval()


def velocity_loss(pipe: Any, items: Sequence[Drawn], rng: Generator) -> torch.Tensor:
    """How far the UNet is from the velocities of these scenes, at random times, each told one of its captions."""
    device, scheduler = pipe.device, pipe.scheduler
    latents = torch.stack([latents_of(item) for item in items]).to(device)
    # of `rng`, not of torch: a milestone in between, which paints, must not change what follows
    noise = torch.from_numpy(rng.standard_normal(latents.shape, dtype=np.float32)).to(device)
    without = rng.random(len(items)) < CAPTION_DROPOUT
    texts = [captions.unwanted(rng) if no else item.caption(rng) for no, item in zip(without, items, strict=True)]
    times = torch.from_numpy(_times(len(items), scheduler.config.num_train_timesteps, rng)).to(device)
    noisy = scheduler.add_noise(latents, noise, times)
    with half_where_quick(device):
        with torch.no_grad():
            read = pipe.text_encoder(tokens(pipe.tokenizer, texts).to(device)).last_hidden_state
        answer = pipe.unet(noisy, times, read).sample.float()
    return F.mse_loss(answer, scheduler.get_velocity(latents, noise, times))


def _times(count: int, last: int, rng: Generator) -> npt.NDArray[np.int64]:
    """Timesteps spread evenly over a batch (Kingma et al. 2021, arXiv:2107.00630, I.1), fewer of the clearest."""
    way = (rng.random() + np.arange(count)) / count % 1
    times = np.interp(way, (0, CLEAREST_SHARE, 1), (0, CLEAREST, 1))
    return (times * last).astype(np.int64).clip(0, last - 1)


@torch.no_grad()
def _follow(average: nn.Module, part: nn.Module, keep: float) -> None:
    theirs = [weight.detach() for weight in part.parameters()]
    torch._foreach_lerp_(list(average.parameters()), theirs, 1 - keep)
