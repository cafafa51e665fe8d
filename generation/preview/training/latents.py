"""Drawn pictures to tensors and latents, as the autoencoder is now."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import torch

from generation.preview.training.model import half_where_quick

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from generation.preview.training.material import Drawn

AT_ONCE = 8  # pictures encoded together


def encode(drawn: Sequence[Drawn], vae: Any, say: Callable[[str], None]) -> None:
    """Give every scene its latents, in half precision, from the autoencoder as it is now."""
    device = next(vae.parameters()).device
    for size in {item.scene.size for item in drawn}:
        same = [item for item in drawn if item.scene.size == size]
        for start in range(0, len(same), AT_ONCE):
            some = same[start : start + AT_ONCE]
            with torch.no_grad(), half_where_quick(device):
                latents = vae.encode(as_tensor((item.pixels for item in some), device)).latents
            for item, latent in zip(some, latents.float() * vae.config.scaling_factor, strict=True):
                item.latents = latent.half().cpu()
            if start % (AT_ONCE * 250) == 0:
                say(f"encoded {start} of {len(same)} at {size[0]}x{size[1]}")


def latents_of(item: Drawn) -> torch.Tensor:
    """Its latents `(4, h, w)` in float32; AssertionError where `encode` has not been there."""
    assert item.latents is not None
    return item.latents.float()


def as_tensor(pixels: Iterable[npt.NDArray[np.uint8]], device: torch.device) -> torch.Tensor:
    """Pictures of one size as `(n, 3, height, width)`, -1 … 1."""
    stacked = torch.from_numpy(np.stack(list(pixels))).to(device)
    return (stacked.permute(0, 3, 1, 2).float() / 127.5 - 1).contiguous(memory_format=torch.channels_last)
