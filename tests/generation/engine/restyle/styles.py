"""Styles and contents on which restyling is judged, written down before any of them was measured.

By their names' order every other style is TUNED, one by which defaults may be chosen; the others are UNSEEN, and only
judge. So do the contents that go with them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image
from scipy import ndimage

from generation.engine.restyle.transfer import as_numbers
from generation.preview.drawing.lora_looks import LORA_LOOKS
from generation.preview.scenes import WIDE, Figures, Portrait, Scene, draw
from tests.generation.engine.restyle.networks import style_distance
from tests.generation.engine.restyle.textures import TEXTURES

if TYPE_CHECKING:
    from generation.engine.restyle.network import Network

DRAWN = {
    "bokeh": Scene("bokeh", 3, ("navy", "pink", "yellow")),
    "low poly": Scene("low poly", 1, ("purple", "green")),
    "neon": Scene("street", 4, ("cyan", "pink"), "night", "neon"),
    "pastel": Scene("hills", 5, ("green", "pink"), "day", "pastel"),
    "retro": Scene("waves", 2, ("teal", "navy"), None, "retro"),
    "sunburst": Scene("sunburst", 6, ("red", "yellow")),
    "watercolour": Scene("forest", 7, ("green", "brown"), "day", "watercolour"),
}
DRESSED = {
    "ink-on-paper": Scene("city", 2, time="night"),
    "neon-glow": Scene("room", 8, ("purple", "teal")),
    "pixel-mosaic": Scene("ocean", 1, ("teal", "orange"), "sunset"),
}
NAMES = sorted((*DRAWN, *DRESSED)), sorted(TEXTURES)
TUNED, UNSEEN = (tuple(name for names in NAMES for name in names[start::2]) for start in (0, 1))
CONTENTS_TUNED = {
    "mountains": Scene("mountains", 1, ("blue", "orange"), "sunset"),
    "city": Scene("city", 11, ("orange", "navy"), "night"),
    "room": Scene("room", 12, ("beige", "teal")),
}
CONTENTS_UNSEEN = {
    "desert": Scene("desert", 13, ("yellow", "brown"), "day", who=Figures("waving", "red")),
    "forest": Scene("forest", 14, ("green", "teal"), "sunrise"),
    "portrait": Scene("stage", 15, ("purple", "cyan"), who=Portrait("smile", "blue")),
}


NEARER, EDGES = 5.0, 0.5  # what is promised


@dataclass(frozen=True)
class Likeness:
    """How many times nearer a picture is to a style than its content was, and how like that its edges are, -1 … 1."""

    nearer: float
    edges: float

    @classmethod
    def of(cls, network: Network, made: Image.Image, content: Image.Image, example: Image.Image) -> Likeness:
        """Of pictures of one size; the style's is made as large. Edges are looked at 256 pixels wide."""
        device = network.mean.device
        wanted, before, after = (as_numbers(each, made.size, device) for each in (example, content, made))
        nearer = style_distance(network, before, wanted) / style_distance(network, after, wanted)
        ours, theirs = (edges(each.resize(WIDE, Image.Resampling.BOX)) for each in (made, content))
        return cls(nearer, float(np.corrcoef(ours, theirs)[0, 1]))

    @property
    def holds(self) -> bool:
        """Whether it is what is promised."""
        return self.nearer >= NEARER and self.edges >= EDGES


def edges(image: Image.Image) -> np.ndarray[Any, Any]:
    """How steep its light is at every pixel, fine grain left out; flat."""
    light = ndimage.gaussian_filter(np.asarray(image.convert("L"), np.float32), 2.5)
    return np.hypot(ndimage.sobel(light, 0), ndimage.sobel(light, 1)).ravel()


def style(name: str) -> Image.Image:
    """A style of that name, 256×144."""
    if name in TEXTURES:
        return TEXTURES[name]()
    return LORA_LOOKS[name](draw(DRESSED[name])) if name in DRESSED else draw(DRAWN[name])
