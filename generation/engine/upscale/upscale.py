"""Any picture at any target's exact pixels: cropped around what matters, through the model, and made to fit."""

from __future__ import annotations

from math import ceil, floor
from typing import TYPE_CHECKING

from PIL import Image

from generation.engine.enlarge import focus
from generation.engine.upscale.options import NEARLY

if TYPE_CHECKING:
    from collections.abc import Callable

    from generation.engine.upscale.upscaler import Upscaler

Size = tuple[int, int]


def opaque(picture: Image.Image) -> Image.Image:
    """RGB; what is transparent is white, as in uploads."""
    if not picture.has_transparency_data:
        return picture.convert("RGB")
    plain = Image.new("RGB", picture.size, "white")
    plain.paste(picture.convert("RGB"), mask=picture.convert("RGBA").getchannel("A"))
    return plain


def needs_model(picture: Image.Image, size: Size) -> bool:
    """Whether much is missing to that size, once the picture is cropped to its shape. ValueError for an empty size."""
    if min(size) < 1:
        raise ValueError(f"A picture needs at least one pixel each way, not {size[0]}x{size[1]}.")
    left, top, right, bottom = focus(picture, size[0] / size[1])
    return (right - left) < NEARLY * size[0] or (bottom - top) < NEARLY * size[1]


def upscale(
    upscaler: Upscaler,
    picture: Image.Image,
    size: Size,
    prompt: str,
    negative: str,
    seed: int,
    on_step: Callable[[int, int], None],
) -> Image.Image:
    """An RGB picture at exactly `size` (width, height); for `needs_model` pictures. Errors as in `Upscaler.enlarge`.

    The model sees the part that is kept, and a pixel around it; of a picture that has more than half of the pixels
    wanted each way, a copy of half of them: the model makes twice what is wanted, never more.
    """
    left, top, right, bottom = focus(picture, size[0] / size[1])
    corners = floor(left), floor(top), ceil(right), ceil(bottom)
    seen = picture.crop(corners)
    share = min(1.0, size[0] / 2 / (right - left))
    if share < 1:
        seen = seen.resize(
            (max(1, round(seen.width * share)), max(1, round(seen.height * share))), Image.Resampling.LANCZOS
        )
    large = upscaler.enlarge(seen, prompt, negative, seed, on_step)
    across, down = large.width / (corners[2] - corners[0]), large.height / (corners[3] - corners[1])
    box = (
        (left - corners[0]) * across,
        (top - corners[1]) * down,
        min((right - corners[0]) * across, large.width),
        min((bottom - corners[1]) * down, large.height),
    )
    return large.resize(size, Image.Resampling.LANCZOS, box=box)
