"""Shades of the named colours, dark to light: the very ones by which `generation.facts` names colours in videos."""

from __future__ import annotations

from functools import cache

import numpy as np

from generation.facts import COLOURS, NEUTRALS, oklab

Shade = tuple[float, float, float]  # sRGB, 0 … 1

WHITE: Shade = (1.0, 1.0, 1.0)
BLACK: Shade = (0.0, 0.0, 0.0)

HUES = tuple(name for name in COLOURS if name not in NEUTRALS)  # the twelve


def shade(text: str) -> Shade:
    """'#rrggbb' as a shade."""
    red, green, blue = (int(text[at : at + 2], 16) / 255 for at in (1, 3, 5))
    return red, green, blue


def mix(first: Shade, second: Shade, share: float) -> Shade:
    """So much of the second in the first: 0 gives the first, 1 the second."""
    share = min(max(share, 0.0), 1.0)
    red, green, blue = (a + (b - a) * share for a, b in zip(first, second, strict=True))
    return red, green, blue


def tone(colour: str, lightness: float) -> Shade:
    """A shade of a named colour: 0 is its darkest, 1 its lightest; beyond, it goes to black at -1 and white at 2."""
    ramp = _ramp(colour)
    if lightness < 0:
        return mix(ramp[0], BLACK, -lightness)
    if lightness > 1:
        return mix(ramp[-1], WHITE, lightness - 1)
    place = lightness * (len(ramp) - 1)
    lower = min(int(place), len(ramp) - 2)
    return mix(ramp[lower], ramp[lower + 1], place - lower)


@cache
def _ramp(colour: str) -> tuple[Shade, ...]:
    shades = [shade(text) for text in COLOURS[colour]]
    return tuple(sorted(shades, key=lambda one: float(oklab(np.array([one]))[0, 0])))
