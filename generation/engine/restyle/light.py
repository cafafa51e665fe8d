"""Light apart from colour: only light is restyled where the colours are to stay.

Gatys et al. 2016, "Preserving Color in Neural Artistic Style Transfer", section 3.2: luminance-only transfer
(arXiv:1606.05897).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

if TYPE_CHECKING:
    from numpy.typing import NDArray

LUMA = np.array([0.299, 0.587, 0.114], np.float32)
MOST_STRETCH = 4.0  # of the style's contrast: a picture that has next to none is not made noise


def light_of(image: Image.Image) -> NDArray[np.float32]:
    """(height, width): the luminance of an RGB picture, 0 … 1."""
    return np.asarray(image, np.float32) @ LUMA / 255


def matched(style: Image.Image, content: Image.Image) -> Image.Image:
    """The style in grey, with the mean and the spread of the content's light, else it would be redrawn too dark."""
    ours, theirs = light_of(style), light_of(content)
    stretch = min(MOST_STRETCH, float(theirs.std()) / max(float(ours.std()), 1e-6))
    grey = (ours - ours.mean()) * stretch + theirs.mean()
    return Image.fromarray((grey.clip(0, 1) * 255).round().astype(np.uint8)).convert("RGB")


def relit(content: Image.Image, light: Image.Image) -> Image.Image:
    """The content in RGB with the light of a picture in mode L of its size.

    All three channels of a pixel move by the same whole number, as far as all have room: so the two channels of chroma
    stay as they are to the last bit.
    """
    pixels = np.asarray(content, np.int16)
    wanted = np.asarray(light, np.float32) - light_of(content) * 255
    room = -pixels.min(axis=2), 255 - pixels.max(axis=2)
    move = np.rint(wanted).astype(np.int16).clip(*room)
    return Image.fromarray((pixels + move[..., None]).astype(np.uint8))
