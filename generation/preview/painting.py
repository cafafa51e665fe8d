"""Painting with a model in training or under judgement: the real pipeline, and sheets of what it paints."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch
from PIL import Image, ImageDraw

from generation.prompt_form import NEGATIVE

if TYPE_CHECKING:
    from collections.abc import Sequence

GUIDANCE = 4.0
STEPS = 20
SHEET_SEED = 7
SHEET = (
    "blue mountains, sunset",
    "green hills by day, retro poster",
    "orange desert, sunrise",
    "pine forest at night",
    "pink ocean at sunset",
    "clouds, golden hour",
    "purple city skyline at night, neon",
    "street with houses, watercolour",
    "purple and orange space",
    "underwater, fish",
    "concert stage with spotlights, red and blue",
    "living room, pastel",
    "red and yellow sunburst",
    "green bokeh lights",
    "blue and pink low poly",
    "teal waves, flat design",
    "comic explosion, yellow and red",
    "star emblem, purple",
    "one person with raised arms in a red shirt, beach",
    "portrait of a smiling person, blue background",
)


@torch.no_grad()
def paint(
    pipe: Any,
    prompts: Sequence[str],
    seeds: Sequence[int],
    *,
    size: tuple[int, int] = (256, 144),
    steps: int = STEPS,
    guidance: float = GUIDANCE,
    negative: str = NEGATIVE,
    batch: int = 8,
) -> list[Image.Image]:
    """One picture of `size` (width, height) per prompt and seed."""
    pictures: list[Image.Image] = []
    for start in range(0, len(prompts), batch):
        some = list(prompts[start : start + batch])
        pictures += pipe(
            prompt=some,
            negative_prompt=[negative] * len(some),
            generator=[torch.Generator("cpu").manual_seed(seed) for seed in seeds[start : start + batch]],
            width=size[0],
            height=size[1],
            num_inference_steps=steps,
            guidance_scale=guidance,
        ).images
    return pictures


def sheet(pictures: Sequence[Image.Image], titles: Sequence[str], columns: int = 5) -> Image.Image:
    """Pictures of one size side by side, each with its title below."""
    wide, high = pictures[0].size
    rows = -(-len(pictures) // columns)
    whole = Image.new("RGB", (columns * (wide + 8) + 8, rows * (high + 24) + 8), "#1a1a1f")
    pen = ImageDraw.Draw(whole)
    for number, (picture, title) in enumerate(zip(pictures, titles, strict=True)):
        left, top = 8 + number % columns * (wide + 8), 8 + number // columns * (high + 24)
        whole.paste(picture, (left, top))
        pen.text((left, top + high + 4), title, "#c8c8d0")
    return whole
