"""The looks of our LoRAs: stronger than those the model has words for. Each takes and gives an RGB picture.

They are for the painter's own sizes, about 256x144. What repeats in them does so every latent or two, 8 or 16 pixels:
so a painter finds it in the same place everywhere. Finer hatching comes out of the autoencoder as grey.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageFilter

from generation.preview.drawing.looks import GREY, as_numbers, as_picture
from generation.preview.drawing.shades import shade

if TYPE_CHECKING:
    from collections.abc import Callable

Array = npt.NDArray[np.float32]

PAPER, INK = shade("#f4ead6"), shade("#15120f")
HATCHING = 16  # pixels between two lines, across and down
SOLID, HATCHED = 0.24, 0.5  # tones below which all is ink, or half of it
TILE = 8  # pixels
LEVELS = 6  # of light in a mosaic
UNEVEN = 0.07  # by how much tiles of one tone are brighter or darker
CYAN, MAGENTA = shade("#12e6ff"), shade("#ff1fd0")


def neon_glow(picture: Image.Image) -> Image.Image:
    """Almost black, with thick tubes along the edges that light their surroundings.

    Tubes have the colour of what they outline; where that is none, cyan in the upper half fades to magenta below.
    """
    numbers = as_numbers(picture.filter(ImageFilter.MedianFilter(3)))
    edges = np.clip((_spread(picture, 3).max(axis=2) - 0.09) * 5, 0, 1)
    tube = as_numbers(as_picture(np.repeat(edges[..., None], 3, axis=2)).filter(ImageFilter.GaussianBlur(0.7)))
    tube = np.clip(tube * 1.5, 0, 1)
    lit = _pure(numbers) * tube
    glow = sum(
        as_numbers(as_picture(lit).filter(ImageFilter.GaussianBlur(width))) * share
        for width, share in ((2.0, 0.9), (6.0, 1.0), (16.0, 0.6))
    )
    return as_picture(numbers * 0.05 + lit * 0.9 + glow + tube**4 * 0.22)


def ink_on_paper(picture: Image.Image) -> Image.Image:
    """Black outlines on warm paper; what is dark is hatched, what is darkest is solid ink.

    How dark counts among the picture's own tones, so most keep a third of paper at least; one plain tone is all ink.
    """
    soft = picture.filter(ImageFilter.GaussianBlur(1.0))
    light = as_numbers(soft) @ GREY
    low, high = np.percentile(light, (2, 98))
    light = np.clip((light - low) / max(0.15, high - low), 0, 1)
    light = 0.5 * light + 0.5 * np.searchsorted(np.sort(light, axis=None), light).astype(np.float32) / light.size
    edges = np.clip((_spread(soft, 3).max(axis=2) - 0.07) * 9, 0, 1)
    down, across = np.mgrid[0 : picture.height, 0 : picture.width]
    stripe = np.abs((down + across) % HATCHING - HATCHING / 2) / (HATCHING / 2)  # 0 inside a line, 1 between two
    wide = np.select([light < SOLID, light < HATCHED], [1.2, 0.5], -1)  # lines, of their distance
    hatching = np.clip((wide - stripe) * HATCHING / 2 + 0.5, 0, 1)
    ink = np.maximum(edges, hatching)[..., None]
    return as_picture(np.array(PAPER) * (1 - ink) + np.array(INK) * ink)


def pixel_mosaic(picture: Image.Image) -> Image.Image:
    """Square tiles, each of one tone out of few, every other one a little brighter: so a plain sky has tiles too."""
    wide, high = picture.width // TILE, picture.height // TILE
    numbers = as_numbers(picture.resize((wide, high), Image.Resampling.BOX))
    grey = (numbers @ GREY)[..., None]
    vivid = np.clip(grey + (numbers - grey) * 1.35, 0, 1)
    even = (np.floor(grey * LEVELS).clip(max=LEVELS - 1) + 0.5) / LEVELS
    few = np.clip(vivid * even / np.maximum(grey, 0.02), 0, 1)
    chequered = np.indices((high, wide)).sum(axis=0)[..., None] % 2 * 2 - 1
    tiles = 0.04 + few * 0.88 + chequered * UNEVEN
    return as_picture(tiles).resize(picture.size, Image.Resampling.NEAREST)


LORA_LOOKS: dict[str, Callable[[Image.Image], Image.Image]] = {
    "neon-glow": neon_glow,
    "ink-on-paper": ink_on_paper,
    "pixel-mosaic": pixel_mosaic,
}


def _spread(picture: Image.Image, size: int) -> Array:
    """How much each channel differs within a square around each pixel, 0 … 1."""
    brightest, darkest = (picture.filter(kind(size)) for kind in (ImageFilter.MaxFilter, ImageFilter.MinFilter))
    return as_numbers(brightest) - as_numbers(darkest)


def _pure(numbers: Array) -> Array:
    """The colours as saturated as they can be; where there is none, cyan above and magenta below."""
    least, most = numbers.min(axis=2, keepdims=True), numbers.max(axis=2, keepdims=True)
    chroma = np.clip((most - least) / np.maximum(most, 0.08) * 3 - 0.3, 0, 1)
    own = (numbers - least * 0.9) / np.maximum(most - least * 0.9, 0.03)
    way = np.linspace(0, 1, len(numbers), dtype=np.float32)[:, None, None]
    other = np.array(CYAN, dtype=np.float32) * (1 - way) + np.array(MAGENTA, dtype=np.float32) * way
    mixed: Array = own * chroma + other * (1 - chroma)
    return mixed
