"""Write: title, description, captions and facts become prompts in English. Without a language model the form writes."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from generation.budget import estimate_tokens
from generation.engine.tokens import counted, open_tokenizer
from generation.english import to_english
from generation.prompt_form import write as fill_form
from generation.stages.screen import screen_text

if TYPE_CHECKING:
    from generation.budget import Count
    from generation.engine import Profile
    from generation.facts import Facts
    from generation.prompt_form import Material, Written
    from generation.work import Tell

FORM = "form"


@dataclass(frozen=True)
class Drafted:
    """What was written, who wrote it, and the words of people that could not be put into English.

    ``writer`` names the language model where ``source`` is "model"; ``fallback`` is the code of what kept it from
    writing. ``captioner`` names the model that the captions are by.
    """

    written: Written
    source: str = FORM
    writer: str = ""
    fallback: str = ""
    captioner: str = ""
    captions: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()


def write(material: Material, facts: Facts | None, profile: Profile | None, tell: Tell) -> Drafted:
    """Return prompts of at most 75 CLIP tokens by the profile's own tokenizer, where it is there, else by estimate.

    ``ExpectedError("banned")`` where the title or what was written asks for what may not be painted.
    """
    tell("write", 0, 1)
    screen_text(material.title)
    english, unknown = _in_english(material)
    drafted = Drafted(fill_form(english, facts, counter(profile)), captions=material.captions, unknown=unknown)
    for prompt in drafted.written.variations.values():
        screen_text(prompt)
    return drafted


def counter(profile: Profile | None) -> Count:
    """What counts the tokens that the profile's model reads."""
    tokenizer = open_tokenizer(profile.folder / "tokenizer") if profile else None
    if tokenizer is None:
        return estimate_tokens
    return lambda text: counted(tokenizer, text).tokens


def _in_english(material: Material) -> tuple[Material, tuple[str, ...]]:
    """The same in English, and the title's words that were left out: those of long descriptions are too many to say."""
    title, description = to_english(material.title), to_english(material.description)
    titles = [to_english(one) for one in material.titles]
    unknown = dict.fromkeys([*title.unknown, *(word for one in titles for word in one.unknown), *description.unknown])
    english = replace(
        material, title=title.text, description=description.text, titles=tuple(one.text for one in titles)
    )
    return english, tuple(unknown)
