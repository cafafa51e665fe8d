"""Looks at a picture while it is painted: its latents made small colours by a linear map, without decoding."""

from __future__ import annotations

import logging
from functools import cached_property, wraps
from time import monotonic
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from PIL import Image, ImageDraw, ImageFilter

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

LOOK_EVERY = 0.5  # seconds, at least, from one look to the next
GROWN, LONGEST = 4, 256  # pixels for each latent, and at most along the longer side
SIDE, SEED = 128, 8  # of the pictures that the map is fitted on

logger = logging.getLogger(__name__)


class Colours:
    """A model's latents as colours, by a map fitted on the encodings of its own VAE when it is first needed."""

    def __init__(self, vae: Any, device: torch.device) -> None:
        self._vae = vae
        self._device = device

    def pictures(self, latents: torch.Tensor) -> list[Image.Image]:
        """One small RGB picture for each of (batch, channels, height/8, width/8) latents, scaled as samplers have them.

        None at all where the map could not be fitted.
        """
        if self._map is None:
            return []
        seen = _with_bias(latents) @ self._map  # (batch, height/8, width/8, 3) in -1 … 1
        pixels = (np.nan_to_num(seen) * 127.5 + 127.5).clip(0, 255).round().astype(np.uint8)
        return [_grow(Image.fromarray(one)) for one in pixels]

    @cached_property
    def _map(self) -> NDArray[np.float32] | None:
        """(channels + 1, 3), or None, after a warning, where the VAE cannot say: a picture is painted all the same."""
        try:
            return fit(self._vae, self._device)
        except Exception:
            logger.warning("No looks while painting: the latents' colours cannot be found.", exc_info=True)
            return None


class Looks:
    """Shows every picture of the batch in hand, at most every LOOK_EVERY seconds; for one call of `paint`."""

    def __init__(self, colours: Colours, on_look: Callable[[int, Image.Image], None]) -> None:
        self._colours = colours
        self._on_look = on_look
        self._shown = -LOOK_EVERY
        self._latents: torch.Tensor | None = None

    def follow(self, scheduler: Any) -> None:
        """Keep what each of the scheduler's steps makes: its estimate of the finished picture, if it has one.

        With `return_dict=False`, diffusers' samplers give (latents, estimate), or the latents alone, as DPMSolver does.
        """
        step = scheduler.step

        @wraps(step)  # the pipeline reads the signature
        def watched(*args: Any, **kwargs: Any) -> Any:
            made = step(*args, **kwargs)
            self._latents = made[1] if len(made) > 1 else made[0]
            return made

        scheduler.step = watched

    def show(self, first: int) -> None:
        """After a step: `on_look(number, image)` for each picture, numbered from `first`, if it is time."""
        now = monotonic()
        if self._latents is None or now - self._shown < LOOK_EVERY:
            return
        self._shown = now
        for number, image in enumerate(self._colours.pictures(self._latents), start=first):
            self._on_look(number, image)


@torch.no_grad()
def fit(vae: Any, device: torch.device) -> NDArray[np.float32]:
    """(channels + 1, 3): latents and a 1 to the mean colour of their 8x8 pixels, -1 … 1, by least squares.

    ValueError where the VAE answers with what are no numbers.
    """
    pixels = torch.from_numpy(np.stack([np.asarray(one) for one in _samples()])).permute(0, 3, 1, 2) / 127.5 - 1
    encoded = vae.encode(pixels.to(device, vae.dtype))
    latents = encoded.latents if hasattr(encoded, "latents") else encoded.latent_dist.mode()
    latents = (latents - (vae.config.get("shift_factor") or 0)) * vae.config.scaling_factor
    colours = torch.nn.functional.adaptive_avg_pool2d(pixels, latents.shape[-2:])
    known = _with_bias(latents).reshape(-1, latents.shape[1] + 1)
    if not np.isfinite(known).all():
        raise ValueError("The VAE encodes pictures to what are no numbers.")
    return np.linalg.lstsq(known, colours.permute(0, 2, 3, 1).reshape(-1, 3).numpy(), rcond=None)[0]


def _with_bias(latents: torch.Tensor) -> NDArray[np.float32]:
    """(batch, channels, height, width) to (batch, height, width, channels + 1).

    In numpy, like all that is done with it: sums this small, shared among torch's threads, take a hundred times as long
    where the processor has other work.
    """
    last = latents.detach().float().cpu().numpy().transpose(0, 2, 3, 1)
    return np.concatenate([last, np.ones_like(last[..., :1])], axis=-1)


def _grow(image: Image.Image) -> Image.Image:
    by = min(GROWN, LONGEST / max(image.size))
    size = max(1, round(image.width * by)), max(1, round(image.height * by))
    return image.resize(size, Image.Resampling.BICUBIC)


def _samples() -> list[Image.Image]:
    """Two pictures with every kind of colour: flat fields, and soft shapes before a gradient. The same every time."""
    chance = np.random.default_rng(SEED)

    def field(cells: int, how: Image.Resampling) -> Image.Image:
        return Image.fromarray(chance.integers(0, 256, (cells, cells, 3), np.uint8)).resize((SIDE, SIDE), how)

    flat, soft = field(8, Image.Resampling.NEAREST), field(5, Image.Resampling.BICUBIC)
    pen = ImageDraw.Draw(soft)
    for _ in range(12):
        left, top, size = (int(number) for number in chance.integers((0, 0, 10), (112, 112, 45)))
        pen.ellipse((left, top, left + size, top + size), fill=tuple(chance.integers(0, 256, 3).tolist()))
    return [flat, soft.filter(ImageFilter.GaussianBlur(2))]
