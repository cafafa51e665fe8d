"""What a language model is told of a video: material from people and measurements, never instructions."""

from __future__ import annotations

import unicodedata
from collections import Counter
from dataclasses import dataclass


@dataclass(frozen=True)
class Asked:
    """Title and description in any language, the rest in English words.

    `captions` say what is seen in frames, the best first; `facts` what was measured in them ("dark scene", "one
    person"); `style` and `target` what the picture shall be ("watercolor", "thumbnail"). `language` is that of the
    title, as "ru", where somebody knows it.
    """

    title: str
    description: str = ""
    captions: tuple[str, ...] = ()
    facts: tuple[str, ...] = ()
    style: str = ""
    target: str = ""
    language: str = ""


def scripts(text: str) -> Counter[str]:
    """How many letters of each script, by Unicode's names: LATIN, CYRILLIC, CJK."""
    return Counter(unicodedata.name(char, "?").partition(" ")[0] for char in text if char.isalpha())


def main_script(text: str) -> str:
    """The script of most of its letters; empty where there are none."""
    found = scripts(text).most_common(1)
    return found[0][0] if found else ""
