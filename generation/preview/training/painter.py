"""Third stage: UNet and text encoder learn together to turn noise into the latents of captioned scenes."""

from __future__ import annotations

import copy
import time
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

from generation.preview import captions
from generation.preview.training.model import half_where_quick
from generation.preview.training.reader import tokens
from generation.preview.training.run import Amount, Run

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.random import Generator

    from generation.preview.training.material import Drawn

BATCH = 16
RATE = 6e-4
TEXT_RATE = 1e-4
WITHOUT_CAPTION = 0.1
NOISIEST, NOISIEST_SHARE = 0.1, 0.25  # a quarter of the steps start where colours and places are decided
AVERAGE = 0.999
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
    """Train the pipeline's UNet and text encoder in place: they end as the running average of their weights.

    `milestone` gets the averages of both, by name, every ten minutes.
    """
    rng = np.random.default_rng([seed, 3])
    torch.manual_seed(seed)
    parts: dict[str, Any] = {"unet": pipe.unet.train(), "text_encoder": pipe.text_encoder.train()}
    averages = {name: copy.deepcopy(part).eval().requires_grad_(False) for name, part in parts.items()}
    groups: list[dict[str, Any]] = [
        {"params": list(parts["unet"].parameters()), "lr": RATE},
        {"params": list(parts["text_encoder"].parameters()), "lr": TEXT_RATE},
    ]
    optimizer = torch.optim.AdamW(groups, betas=(0.9, 0.99), weight_decay=0.01)
    by_size = [[item for item in drawn if item.scene.size == size] for size in sorted({i.scene.size for i in drawn})]
    run = Run("painter", amount, optimizer, say)
    saved = time.monotonic()
    for step in run:
        same = by_size[int(rng.choice(len(by_size), p=[len(items) / len(drawn) for items in by_size]))]
        loss = _loss(pipe, [same[number] for number in rng.integers(len(same), size=BATCH)], rng)
        run.note(loss.item())
        loss.backward()
        for group in groups:
            torch.nn.utils.clip_grad_norm_(group["params"], 1.0)
        optimizer.step()
        optimizer.zero_grad()
        for name, part in parts.items():
            _follow(averages[name], part, min(AVERAGE, (step + 1) / (step + 10)))
        if time.monotonic() - saved > MILESTONE:
            milestone(averages)
            saved = time.monotonic()
    for name, part in parts.items():
        part.load_state_dict(averages[name].state_dict())
        part.eval()


def _loss(pipe: Any, items: list[Drawn], rng: Generator) -> torch.Tensor:
    device, scheduler = pipe.device, pipe.scheduler
    latents = torch.stack([item.latents for item in items if item.latents is not None]).to(device).float()
    without = rng.random(len(items)) < WITHOUT_CAPTION
    texts = [captions.unwanted(rng) if no else item.caption(rng) for no, item in zip(without, items, strict=True)]
    last = scheduler.config.num_train_timesteps
    lowest = np.where(rng.random(len(items)) < NOISIEST_SHARE, round(last * (1 - NOISIEST)), 0)
    times = torch.from_numpy(rng.integers(lowest, last)).to(device)
    noise = torch.randn_like(latents)
    noisy = scheduler.add_noise(latents, noise, times)
    with half_where_quick(device):
        read = pipe.text_encoder(tokens(pipe.tokenizer, texts).to(device)).last_hidden_state
        answer = pipe.unet(noisy, times, read).sample.float()
    return F.mse_loss(answer, scheduler.get_velocity(latents, noise, times))


@torch.no_grad()
def _follow(average: nn.Module, part: nn.Module, keep: float) -> None:
    theirs = [weight.detach() for weight in part.parameters()]
    torch._foreach_lerp_(list(average.parameters()), theirs, 1 - keep)
