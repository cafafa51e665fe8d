"""A VAE whose numbers break in half precision: each picture looked at, and made once more in float32 where that helps.

Some of Stable Diffusion's VAEs overflow there; what comes out is black. Only the one picture takes the longer way, and
the weights are afterwards what they were, bit for bit: float32 holds all that half precision can.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import torch

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


class Guard:
    """What was found of the last pictures that were decoded, by their numbers in the batch.

    `broken`: no picture came of it. `lost`: nor could one, for the sampler's latents are no numbers.
    """

    def __init__(self) -> None:
        self.broken: set[int] = set()
        self.lost: set[int] = set()


@contextmanager
def guarded(vae: Any) -> Iterator[Guard]:
    """In here, the VAE's own `encode` and `decode` look at what they make."""
    guard = Guard()
    decode, encode = vae.decode, vae.encode
    own = {name: vars(vae).get(name) for name in ("decode", "encode")}

    @torch.no_grad()
    def decode_soundly(latents: torch.Tensor, *args: Any, **kwargs: Any) -> Any:
        made = decode(latents, *args, **kwargs)
        pictures: torch.Tensor = made[0]
        guard.broken = {number for number, picture in enumerate(pictures) if not _is_picture(picture)}
        guard.lost = {number for number in guard.broken if not bool(latents[number].isfinite().all())}
        for number in sorted(guard.broken - guard.lost) if vae.dtype != torch.float32 else ():
            again = _in_float32(vae, lambda one: decode(one, *args, **kwargs)[0], latents[number : number + 1])
            if _is_picture(again[0]):
                pictures[number] = again[0].to(pictures.dtype)
                guard.broken.discard(number)
        return made

    @torch.no_grad()
    def encode_soundly(pictures: torch.Tensor, *args: Any, **kwargs: Any) -> Any:
        made = encode(pictures, *args, **kwargs)
        if vae.dtype == torch.float32 or bool(_encoded(made).isfinite().all()):
            return made
        return _cast(_in_float32(vae, lambda all_: encode(all_, *args, **kwargs), pictures), pictures.dtype)

    vae.decode, vae.encode = decode_soundly, encode_soundly
    try:
        yield guard
    finally:
        for name, method in own.items():
            delattr(vae, name)
            if method is not None:
                setattr(vae, name, method)


def _in_float32(vae: Any, make: Callable[[torch.Tensor], Any], values: torch.Tensor) -> Any:
    own = vae.dtype
    try:
        vae.to(torch.float32)
        return make(values.float())
    finally:
        vae.to(own)


def _is_picture(picture: torch.Tensor) -> bool:
    """Numbers all, and not one flat colour. (3, height, width), -1 … 1 and a little beyond."""
    seen = picture.clamp(-1, 1)
    return bool(picture.isfinite().all()) and bool((seen != seen[:, :1, :1]).any())


def _encoded(made: Any) -> torch.Tensor:
    return made.latents if hasattr(made, "latents") else made.latent_dist.parameters


def _cast(made: Any, dtype: torch.dtype) -> Any:
    if hasattr(made, "latents"):
        return type(made)(latents=made.latents.to(dtype))
    return type(made)(latent_dist=type(made.latent_dist)(made.latent_dist.parameters.to(dtype)))
