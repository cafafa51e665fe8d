"""Last stage: the decoder learns to draw crisply what the painter leaves soft; latents and painter stay as they are.

The painter goes over drawn scenes from half-way through the noise, so that what it makes is still the scene, but in its
own manner. From these latents the decoder learns to make the drawings.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import torch
import torch.nn.functional as F
from diffusers import StableDiffusionImg2ImgPipeline

from generation.preview.training.autoencoder import difference
from generation.preview.training.material import as_tensor
from generation.preview.training.model import half_where_quick, seeded
from generation.preview.training.run import Amount, Run
from generation.prompt_form import NEGATIVE

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.random import Generator

    from generation.preview.training.material import Drawn

BATCH = 16
CROP = 12  # latents: the decoder looks further around itself than an encoder's patch
FACTOR = 8  # pixels of a latent's side
RATE = 6e-4
AT_ONCE = 20
STRENGTHS = (0.2, 0.35, 0.5, 0.65)  # how much of the noise the painter begins in
STEPS, GUIDANCE = 12, 4.0
AS_ENCODED = 0.35  # share of crops that the painter did not touch: pictures must still come back as they were


def retouch(pipe: Any, drawn: list[Drawn], amount: Amount, say: Callable[[str], None], *, seed: int) -> None:
    """Train the pipeline's decoder in place. `drawn` have their latents; the painter goes over each of them once."""
    vae = pipe.vae
    rng = seeded(seed, vae)
    painted = _painted_over(pipe, drawn, rng, say)
    vae.train().encoder.requires_grad_(False)
    learning = [weight for weight in vae.parameters() if weight.requires_grad]
    optimizer = torch.optim.AdamW(learning, RATE, betas=(0.9, 0.99))
    run = Run("retouch", amount, optimizer, say)
    for _ in run:
        latents, pixels = _crops(drawn, painted, rng)
        with half_where_quick(pipe.device):
            decoded = vae.decode(latents.to(pipe.device) / vae.config.scaling_factor).sample.float()
        wanted = as_tensor(pixels, pipe.device)
        loss = difference(decoded, wanted)
        run.note(float(F.l1_loss(decoded.detach(), wanted)))
        loss.backward()
        torch.nn.utils.clip_grad_norm_(learning, 1.0)
        optimizer.step()
        optimizer.zero_grad()
    vae.requires_grad_(True).eval()


def _painted_over(pipe: Any, drawn: list[Drawn], rng: Generator, say: Callable[[str], None]) -> list[torch.Tensor]:
    """What the painter makes of every scene's latents, told what the scene shows."""
    over: Any = StableDiffusionImg2ImgPipeline(**pipe.components, requires_safety_checker=False)
    over.set_progress_bar_config(disable=True)
    found: dict[int, torch.Tensor] = {}
    for size in sorted({item.scene.size for item in drawn}):
        same = [number for number, item in enumerate(drawn) if item.scene.size == size]
        for start in range(0, len(same), AT_ONCE):
            some = same[start : start + AT_ONCE]
            latents = over(
                [drawn[number].caption(rng) for number in some],
                image=torch.stack([_latents(drawn[number]) for number in some]).to(pipe.device),
                strength=STRENGTHS[start // AT_ONCE % len(STRENGTHS)],
                num_inference_steps=STEPS,
                guidance_scale=GUIDANCE,
                negative_prompt=[NEGATIVE] * len(some),
                generator=[torch.Generator().manual_seed(int(rng.integers(2**31))) for _ in some],
                output_type="latent",
            ).images
            found |= dict(zip(some, latents.cpu(), strict=True))
            if start % (AT_ONCE * 25) == 0:
                say(f"painted over {start} of {len(same)} at {size[0]}x{size[1]}")
    return [found[number] for number in range(len(drawn))]


def _crops(drawn: list[Drawn], painted: list[torch.Tensor], rng: Generator) -> tuple[torch.Tensor, list[Any]]:
    """Latents `(BATCH, 4, CROP, CROP)`, and the pixels of the drawings that they stand for."""
    latents, pixels = [], []
    for number in rng.integers(len(drawn), size=BATCH):
        whole = _latents(drawn[number]) if rng.random() < AS_ENCODED else painted[number]
        top, left = (int(rng.integers(side - CROP + 1)) for side in whole.shape[1:])
        latents.append(whole[:, top : top + CROP, left : left + CROP])
        down, across = (slice(start * FACTOR, (start + CROP) * FACTOR) for start in (top, left))
        pixels.append(np.ascontiguousarray(drawn[number].pixels[down, across]))
    return torch.stack(latents), pixels


def _latents(item: Drawn) -> torch.Tensor:
    assert item.latents is not None
    return item.latents.float()
