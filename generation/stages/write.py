"""Write: title, description, captions and facts become prompts in English. Without a language model the form writes."""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from generation.budget import estimate_tokens
from generation.engine.captions.merge import merge
from generation.engine.language.answer import as_prompt
from generation.engine.language.asked import Asked, main_script
from generation.engine.language.errors import LanguageError
from generation.engine.tokens import counted, open_tokenizer
from generation.english import to_english
from generation.models.rule import is_banned
from generation.prompt_form import Written, fact_words, from_phrases, negative_of
from generation.prompt_form import write as fill_form
from generation.stages.engine_door import expected
from generation.stages.screen import screen_text
from generation.words import without_episodes
from imagecreator.errors import ExpectedError

if TYPE_CHECKING:
    from generation.budget import Count
    from generation.engine import Profile
    from generation.engine.language import LanguageModel
    from generation.prompt_form import Material
    from generation.stages.describe import Described
    from generation.work import Tell

FORM, MODEL = "form", "model"

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Drafted:
    """What was written, who wrote it, and the words of people that could not be put into English.

    ``source`` is "model" or "form"; ``fallback`` is the code of what kept a language model from writing.
    """

    written: Written
    source: str = FORM
    fallback: str = ""
    unknown: tuple[str, ...] = ()


def write(
    material: Material, seen: Described, profile: Profile | None, writer: LanguageModel | None, tell: Tell
) -> Drafted:
    """Return prompts of at most 75 CLIP tokens by the profile's own tokenizer, where it is there, else by estimate.

    ``ExpectedError("banned")`` where the title or what was written asks for what may not be painted, and "card_failed".
    """
    tell("write", 0, 1)
    if not material.title_allowed:
        screen_text(material.title)
    fallback = ""
    if writer is not None:
        try:
            with expected():
                return Drafted(_asked(writer, material, seen, counter(profile), tell), MODEL)
        except ExpectedError as error:
            if error.code == "card_failed":
                raise
            logger.warning("the form writes instead of the language model: %s", error.__cause__)
            fallback = error.code
    english, unknown = _in_english(replace(material, captions=_phrases(seen)))
    drafted = Drafted(fill_form(english, seen.facts, counter(profile), may_say), FORM, fallback, unknown)
    if not material.title_allowed:
        for prompt in drafted.written.variations.values():
            screen_text(prompt)
    return drafted


def _asked(writer: LanguageModel, material: Material, seen: Described, count: Count, tell: Tell) -> Written:
    """What the language model writes, in variations. A model that writes what is banned has not answered."""
    asked = Asked(
        title=material.title,
        description="\n".join([material.description, *material.titles]).strip(),
        captions=tuple(dict.fromkeys(seen.captions)),
        facts=fact_words(seen.facts) if seen.facts else (),
        target=material.kind,
        language="ru" if main_script(material.title) == "CYRILLIC" else "",
    )
    answer = writer.write(asked, lambda tokens, most: tell("write", tokens, most))
    prompts = from_phrases(as_prompt(answer), material.kind, seen.facts, count)
    if any(map(is_banned, prompts.values())):
        raise LanguageError("language_answer", "it wrote what may not be painted")
    negative = ", ".join(dict.fromkeys([*answer.negative, *negative_of(seen.facts).split(", ")]))
    return Written(prompts["literal"], negative, prompts)


def may_say(text: str) -> bool:
    """Whether these words of a description, of a caption or of another title may stand in a prompt."""
    return not is_banned(text)


def _phrases(seen: Described) -> tuple[str, ...]:
    """What the captions have in common: who does what, then the things."""
    summary = merge(seen.captions, seen.frames)
    phrases = list(summary.phrases)
    if len(phrases) > 1 and phrases[0] == summary.people and phrases[1] in summary.actions:
        phrases[:2] = [" ".join(phrases[:2])]
    return tuple(phrases)


def counter(profile: Profile | None) -> Count:
    """What counts the tokens that the profile's model reads."""
    tokenizer = open_tokenizer(profile.folder / "tokenizer") if profile else None
    if tokenizer is None:
        return estimate_tokens
    return lambda text: counted(tokenizer, text).tokens


def _in_english(material: Material) -> tuple[Material, tuple[str, ...]]:
    """The same in English, and the title's words that were left out: those of long descriptions are too many to say."""
    title, description = to_english(without_episodes(material.title)), to_english(material.description)
    titles = [to_english(without_episodes(one)) for one in material.titles]
    unknown = dict.fromkeys([*title.unknown, *(word for one in titles for word in one.unknown), *description.unknown])
    english = replace(
        material, title=title.text, description=description.text, titles=tuple(one.text for one in titles)
    )
    return english, tuple(unknown)
