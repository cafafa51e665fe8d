"""Which of the LoRAs here are meant, where a recipe or a prompt of another tool names one."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING

from generation.recipe import RecipeLora, without_tags

if TYPE_CHECKING:
    from collections.abc import Sequence

    from generation.models import Lora


@dataclass(frozen=True)
class Tagged:
    """A prompt without its tags: the LoRAs that they mean, with weights, and the names that mean none.

    A weight is None where what stands there is no number.
    """

    prompt: str
    known: list[tuple[Lora, float | None]]
    unknown: list[str]


def by_hash(asked: RecipeLora, loras: Sequence[Lora]) -> Lora | None:
    """The LoRA whose file is the same, else one whose tensors are: what they mean may be noted in another way."""
    short = asked.short_hash
    same_file = (lora for lora in loras if asked.digest == lora.sha256)
    alike = (lora for lora in loras if short and (lora.short_hash.startswith(short) or lora.sha256.startswith(short)))
    return next(chain(same_file, alike), None)


def by_name(asked: RecipeLora, loras: Sequence[Lora]) -> Lora | None:
    """The only LoRA of that name, however the name is written; None where there are several."""
    wanted = plain(asked.name)
    found = [lora for lora in loras if wanted in names(lora)]
    return found[0] if len(found) == 1 else None


def names(lora: Lora) -> set[str]:
    """What a LoRA may be called in a prompt, as ``plain`` writes it."""
    return {plain(name) for name in (lora.name_en, lora.name_ru, lora.key)} - {""}


def plain(name: str) -> str:
    """Letters and digits alone: tools write blanks and signs in their own ways."""
    return "".join(letter for letter in name.casefold() if letter.isalnum())


def untagged(prompt: str, loras: Sequence[Lora]) -> Tagged:
    """Take ``<lora:name:0.8>`` out of a prompt."""
    words, tags = without_tags(prompt)
    known, unknown = [], []
    for name, weight in tags:
        if lora := by_name(RecipeLora(name), loras):
            known.append((lora, weight))
        else:
            unknown.append(name)
    return Tagged(words.strip(" ,\n") if tags else prompt, known, unknown)
