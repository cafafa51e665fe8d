"""How a picture is upscaled: by which way, and with which settings of a profile's upscaler."""

from __future__ import annotations

import math
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Literal

from generation.engine.errors import EngineError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from PIL import Image

Way = Literal["model", "lanczos"]
"""The profile's upscaler, or Lanczos' filter, which is quick and invents nothing."""

TIMES = 4  # what a model of this kind enlarges by, each way
LEAST_SIDE = 8  # pixels of a picture that a model can make anything of
MOST_PIXELS = 40_000_000
NEARLY = 0.8  # of the sides asked for: a picture that has as much loses more in a model than it gains


@dataclass(frozen=True)
class Settings:
    """How a profile's upscaler is called.

    `guidance` is classifier-free guidance's scale, at most 1 for none; `noise_level` is the timestep up to which the
    picture is made noisy before it is looked at: more lets the model invent more.
    """

    steps: int = 30
    guidance: float = 9.0
    noise_level: int = 20


def parse_settings(values: Mapping[str, object]) -> Settings:
    """From `[roles.upscaler.settings]`. ValueError, in words for people, for what is wrong."""
    kinds = {field.name: type(field.default) for field in fields(Settings)}
    if strange := set(values) - set(kinds):
        raise ValueError(f"no such key: {', '.join(sorted(strange))}")
    for key, value in values.items():
        if isinstance(value, bool) or not isinstance(value, int if kinds[key] is int else (int, float)):
            raise ValueError(f"{key} must be {'a whole number' if kinds[key] is int else 'a number'}")
        if not math.isfinite(value) or value < (1 if key == "steps" else 0):
            raise ValueError(f"{key} must be {'1 or more' if key == 'steps' else '0 or more'}")
    return Settings(**values)  # type: ignore[arg-type]  # checked


def inspect(picture: Image.Image, way: Way) -> None:
    """Refuse what cannot be upscaled, without a model.

    EngineError: image_too_large(limit_mp); for the model, picture_too_small(least).
    """
    if picture.width * picture.height > MOST_PIXELS:
        raise EngineError("image_too_large", limit_mp=MOST_PIXELS // 1_000_000)
    if way == "model" and min(picture.size) < LEAST_SIDE:
        raise EngineError("picture_too_small", least=LEAST_SIDE)
