"""Write: title, description and facts become a prompt. Without a language model the form writes it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from generation.prompt_form import Material, Written
from generation.prompt_form import write as fill_form

if TYPE_CHECKING:
    from generation.facts import Facts
    from generation.work import Tell

SOURCE = "form"


def write(material: Material, facts: Facts | None, tell: Tell) -> Written:
    """Return a prompt of at most 75 CLIP tokens and a negative prompt."""
    tell("write", 0, 1)
    return fill_form(material, facts)
