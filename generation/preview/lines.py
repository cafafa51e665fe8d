"""What a scene shows, in one line of a fixed form: what the captioner learns to say, and what a line of its says.

"a city at night in purple colours, in neon style, with two people": what there is nothing to say of is left out.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from generation.facts import COLOURS
from generation.preview.drawing.looks import LOOKS
from generation.preview.hues import main_colour
from generation.preview.scenes import Figures, Portrait

if TYPE_CHECKING:
    from PIL import Image

    from generation.preview.scenes import Scene

KINDS = {
    "mountains": "mountains",
    "hills": "hills",
    "desert": "a desert",
    "forest": "a forest",
    "ocean": "the ocean",
    "clouds": "clouds",
    "city": "a city",
    "street": "a street",
    "space": "outer space",
    "underwater": "fish under water",
    "stage": "a stage",
    "room": "a room",
    "sunburst": "a sunburst",
    "bokeh": "bokeh lights",
    "low poly": "low poly triangles",
    "waves": "abstract waves",
    "explosion": "a comic explosion",
    "emblem": "an emblem",
}
TIMES = {"sunrise": "at sunrise", "day": "by day", "sunset": "at sunset", "night": "at night"}
GREY = "grey"
HUES = {name: f"in {name} colours" for name in COLOURS} | {GREY: "in black and white"}
STYLES = {look: f"in {look} style" for look in LOOKS}
PEOPLE = {
    "one": "with one person",
    "two": "with two people",
    "more": "with a group of people",
    "portrait": "with the face of a person",
}
_PARTS = {"kind": KINDS, "time": TIMES, "colour": HUES, "look": STYLES, "who": PEOPLE}


@dataclass(frozen=True)
class Line:
    """The parts of a line, each a name of its table; None for what is not said."""

    kind: str | None = None
    time: str | None = None
    colour: str | None = None
    look: str | None = None
    who: str | None = None

    @classmethod
    def of(cls, scene: Scene, picture: Image.Image) -> Line:
        """Of a scene and the picture drawn of it, whose colour is measured."""
        colour = GREY if scene.black_and_white else main_colour(picture)
        return cls(scene.kind, scene.time, colour, scene.look, _who(scene))

    @classmethod
    def read(cls, text: str) -> Line:
        """Undo `str`. Of any other text, the parts that it says in the same words."""
        found = {}
        for part, said in _PARTS.items():
            names = [name for name, words in said.items() if re.search(rf"\b{words}\b", text)]
            found[part] = names[0] if names else None
        return cls(**found)

    def __str__(self) -> str:
        named = [(table, getattr(self, part)) for part, table in _PARTS.items()]
        words = [table[name] if name else "" for table, name in named]
        main = " ".join(filter(None, words[:3]))
        return ", ".join(filter(None, (main, *words[3:])))


def answers() -> dict[str, tuple[str, ...]]:
    """Every name that a part may have."""
    return {part: tuple(table) for part, table in _PARTS.items()}


def vocabulary() -> list[str]:
    """Every word of every line, and the comma, in order."""
    said = [words for table in _PARTS.values() for words in table.values()]
    return [",", *sorted({word for words in said for word in words.split()})]


def _who(scene: Scene) -> str | None:
    if isinstance(scene.who, Portrait):
        return "portrait"
    if isinstance(scene.who, Figures):
        return {1: "one", 2: "two"}.get(scene.who.count, "more")
    return None
