"""Styles and contents on which restyling is judged, written down before any of them was measured.

By their names' order every other style is TUNED, one by which defaults may be chosen; the others are UNSEEN, and only
judge. So do the contents that go with them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from generation.preview.drawing.lora_looks import LORA_LOOKS
from generation.preview.scenes import Figures, Portrait, Scene, draw
from tests.generation.engine.restyle.textures import TEXTURES

if TYPE_CHECKING:
    from PIL import Image

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


def style(name: str) -> Image.Image:
    """A style of that name, 256×144."""
    if name in TEXTURES:
        return TEXTURES[name]()
    return LORA_LOOKS[name](draw(DRESSED[name])) if name in DRESSED else draw(DRAWN[name])
