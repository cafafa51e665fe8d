"""Pictures to latents and back. Learnt on small crops, which show all there is to an 8x8 patch."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import torch
import torch.nn.functional as F

from generation.preview import scenes
from generation.preview.training.latents import as_tensor
from generation.preview.training.model import UNSCALED, half_where_quick, seeded
from generation.preview.training.run import Amount, Run

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.random import Generator

    from generation.preview.training.material import Drawn

BATCH = 16
CROP = 64  # pixels
RATE = 2e-3
NOISE = 0.03  # on latents of about unit variance: what the painter leaves must not matter
POWER = (1.4, 1.1, 1.1, 0.2)  # variances of the latents: brightness, two of colour, and detail, which is to stay small
ROUGH = 3.0  # what it costs that a latent differs from its neighbours
HELD = 800  # first steps, in which three latents are held to a patch's mean colour: else brightness is learnt alone
OPPONENT = torch.tensor([[1 / 3, 1 / 3, 1 / 3], [0.5, 0.0, -0.5], [-0.25, 0.5, -0.25]])


def train_autoencoder(
    vae: Any,
    drawn: list[Drawn],
    amount: Amount,
    say: Callable[[str], None],
    *,
    seed: int,
) -> None:
    """Train it in place."""
    rng = seeded(seed, vae)
    device = next(vae.parameters()).device
    new = vae.config.scaling_factor == UNSCALED
    learning = list(vae.train().parameters())
    optimizer = torch.optim.AdamW(learning, RATE, betas=(0.9, 0.99))
    colours = _whitened_colours(drawn, device)
    run = Run("autoencoder", amount, optimizer, say)
    for step in run:
        crops = _crops(drawn, rng, device)
        with half_where_quick(device):
            latents = vae.encode(crops).latents.float()
            decoded = vae.decode(latents + NOISE * torch.randn_like(latents)).sample.float()
        loss = difference(decoded, crops)
        run.note(float(F.l1_loss(decoded.detach(), crops)))
        loss = loss + 0.05 * _unshapely(latents)
        if new and step < HELD:
            loss = loss + (1 - step / HELD) * F.l1_loss(latents[:, :3], colours(crops))
        loss.backward()
        torch.nn.utils.clip_grad_norm_(learning, 1.0)
        optimizer.step()
        optimizer.zero_grad()
    vae.eval()


def set_scale(vae: Any, drawn: list[Drawn]) -> None:
    """Note in its configuration by how much latents are multiplied to have unit variance, as noise schedules expect."""
    device = next(vae.parameters()).device
    wide = [item.pixels for item in drawn if item.scene.size == scenes.WIDE][:64]
    with torch.no_grad():  # of whole pictures: crops are nearly all edge
        latents = torch.cat([vae.encode(as_tensor([pixels], device)).latents for pixels in wide])
    spread = latents.std(dim=(0, 2, 3)).square().mean().sqrt()
    vae.register_to_config(scaling_factor=round(float(1 / spread), 4))


def psnr(vae: Any, drawn: list[Drawn]) -> list[float]:
    """How close each picture comes out of the autoencoder, in dB."""
    device = next(vae.parameters()).device
    found = []
    for item in drawn:
        picture = as_tensor([item.pixels], device)
        with torch.no_grad():
            again = vae.decode(vae.encode(picture).latents).sample.clamp(-1, 1)
        found.append(float(10 * torch.log10(4 / F.mse_loss(again, picture))))
    return found


def difference(ours: torch.Tensor, theirs: torch.Tensor) -> torch.Tensor:
    """Of colours, of patches' means and of edges, with brightness and the two opponents weighed alike; and squares."""
    error = torch.einsum("oc,nchw->nohw", OPPONENT.to(ours.device), ours - theirs)
    across, down = error.diff(dim=3).abs().mean(), error.diff(dim=2).abs().mean()
    return error.abs().mean() + F.avg_pool2d(error, 8).abs().mean() + (across + down) / 2 + F.mse_loss(ours, theirs)


def _crops(drawn: list[Drawn], rng: Generator, device: torch.device) -> torch.Tensor:
    crops = []
    for number in rng.integers(len(drawn), size=BATCH):
        pixels = drawn[number].pixels
        top, left = (int(rng.integers(side - CROP + 1)) for side in pixels.shape[:2])
        crop = pixels[top : top + CROP, left : left + CROP]
        crops.append(crop[:, ::-1] if rng.random() < 0.5 else crop)
    return as_tensor(crops, device)


def _unshapely(latents: torch.Tensor) -> torch.Tensor:
    """How far latents are from what a painter learns quickly: as in a picture, large forms large and detail small.

    Channels share nothing, have a mean of zero and the same POWER everywhere (unless told, the encoder puts three times
    as much at the edges), and little that their neighbours do not tell: to a painter, that looks like noise.
    """
    power = torch.tensor(POWER, device=latents.device).view(4, 1, 1)
    uneven = (latents.square().mean(dim=0) - power).square().mean()
    rough = (latents - F.interpolate(F.avg_pool2d(latents, 2), scale_factor=2.0, mode="bilinear")).square().mean()
    values = latents.permute(1, 0, 2, 3).flatten(1)
    mean = values.mean(dim=1, keepdim=True)
    covariance = (values - mean) @ (values - mean).T / values.shape[1]
    shared = covariance - covariance.diag().diag()
    return shared.square().sum() + mean.square().sum() + 4 * uneven + ROUGH * rough


def _whitened_colours(drawn: list[Drawn], device: torch.device) -> Callable[[torch.Tensor], torch.Tensor]:
    """The mean colours of 8x8 patches as brightness and two opponents, each of zero mean and unit variance."""
    opponent = OPPONENT.to(device)

    def patches(pictures: torch.Tensor) -> torch.Tensor:
        return torch.einsum("oc,nchw->nohw", opponent, F.avg_pool2d(pictures, 8))

    rng = np.random.default_rng(0)
    some = torch.cat([patches(_crops(drawn, rng, device)) for _ in range(20)])
    mean, spread = some.mean(dim=(0, 2, 3)).view(1, 3, 1, 1), some.std(dim=(0, 2, 3)).view(1, 3, 1, 1)
    return lambda pictures: (patches(pictures) - mean) / spread
