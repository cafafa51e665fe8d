"""What the model learns from: drawn scenes, kept in memory as pictures, facts and latents."""

from __future__ import annotations

import os
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from multiprocessing import get_context
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
import numpy.typing as npt
import torch

from generation.preview import captions, scenes
from generation.preview.training.model import half_where_quick

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from numpy.random import Generator

    from generation.facts import Facts
    from generation.preview.scenes import Scene

T = TypeVar("T")

AT_ONCE = 8  # pictures encoded together


@dataclass
class Drawn:
    """One scene: what it is, what is measured in it, its pixels `(height, width, 3)`, and its latents `(4, h, w)`."""

    scene: Scene
    facts: Facts
    pixels: npt.NDArray[np.uint8]
    latents: torch.Tensor | None = None

    def caption(self, rng: Generator) -> str:
        """One of its many captions."""
        return captions.caption(self.scene, self.facts, rng)


def draw_many(
    count: int, seed: int, layouts: int = scenes.ANY_LAYOUT, kinds: Sequence[str] = scenes.KINDS
) -> list[Drawn]:
    """So many scenes in at most so many layouts, drawn on all cores; the same ones for the same seed.

    Kinds that are named more than once are drawn as much more often.
    """
    return on_all_cores(partial(_drawn, layouts, kinds), [(seed, number) for number in range(count)])


def on_all_cores(draw: Callable[[tuple[int, int]], T], numbers: Sequence[tuple[int, int]]) -> list[T]:
    """What `draw` makes of every number, in their order."""
    with ProcessPoolExecutor(len(os.sched_getaffinity(0)), mp_context=get_context("spawn")) as pool:
        return list(pool.map(draw, numbers, chunksize=50))


def encode(drawn: list[Drawn], vae: Any, say: Callable[[str], None]) -> None:
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


def _drawn(layouts: int, kinds: Sequence[str], number: tuple[int, int]) -> Drawn:
    scene = scenes.imagine(np.random.default_rng(number), kinds=kinds, layouts=layouts)
    picture = scenes.draw(scene)
    return Drawn(scene, captions.facts_of(picture), np.asarray(picture))
