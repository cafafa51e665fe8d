"""Pictures and orders for the engine's tests."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from generation.engine import PaintJob

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from PIL import Image


def a_job(
    prompt: str = "a red house",
    *,
    seed: int = 7,
    size: tuple[int, int] = (64, 64),
    steps: int = 3,
    guidance: float = 5,
    eta: float = 0,
) -> PaintJob:
    """A small order that takes no time."""
    return PaintJob(prompt, "blurry", seed, *size, steps=steps, guidance=guidance, eta=eta)


def levels(image: Image.Image) -> NDArray[np.int16]:
    """The picture's channels, signed, so that they can be subtracted."""
    return np.asarray(image, dtype=np.int16)


def greatest_difference(one: Image.Image, other: Image.Image) -> int:
    """Of any channel of any pixel, in 1/255."""
    return int(np.abs(levels(one) - levels(other)).max())
