"""The dictionary's files, read once: single words by their base form, and groups of words by those of their words."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from generation.russian.lemmas import base_forms

if TYPE_CHECKING:
    from collections.abc import Iterator

FOLDER = Path(__file__).parent.parent / "data" / "russian"
SMALL = "small_words"  # the file of those that stand between others, or say nothing of a picture


@dataclass(frozen=True)
class Group:
    """Words that mean something together: for each of them the base forms that it may have, and the English."""

    words: tuple[frozenset[str], ...]
    english: str
    counted: bool  # its noun stands in the singular, so there may be several of it


@dataclass(frozen=True)
class Dictionary:
    """English by Russian; what is empty says nothing of a picture. All keys have е for ё."""

    words: dict[str, str] = field(default_factory=dict)
    small: frozenset[str] = frozenset()  # of the words: prepositions and the like
    groups: dict[str, tuple[Group, ...]] = field(default_factory=dict)  # by a base form of the first, the longest first


def entries() -> Iterator[tuple[str, str, str]]:
    """(theme, Russian, English) of every line, as written. ValueError for a line that is none."""
    for path in sorted(FOLDER.glob("*.txt")):
        for line in path.read_text(encoding="utf-8").splitlines():
            if line and not line.startswith("#"):
                russian, sign, english = line.partition("=")
                if not sign or not russian.strip():
                    raise ValueError(f"{path.name}: {line!r} is no entry")
                yield path.stem, russian.strip(), english.strip()


@lru_cache(maxsize=1)
def dictionary() -> Dictionary:
    """What is in the files."""
    keys: dict[str, str] = {}  # as written …
    forms: dict[str, str] = {}  # … and as pymorphy3 calls them: of "деньги" it is "деньга"
    small: set[str] = set()
    groups: dict[str, list[Group]] = {}
    for theme, russian, english in entries():
        if " " in russian:
            group = Group(tuple(_forms(word) for word in russian.split()), english, _is_counted(russian))
            for first in group.words[0]:
                groups.setdefault(first, []).append(group)
            continue
        keys[plain(russian)] = english
        if theme == SMALL:
            small.add(plain(russian))
        else:
            forms.setdefault(plain(base_forms(russian)[0].word), english)
    by_length = {first: tuple(sorted(some, key=lambda group: -len(group.words))) for first, some in groups.items()}
    return Dictionary({**forms, **keys}, frozenset(small), by_length)


def plain(word: str) -> str:
    """In small letters, and with е for ё: few people type its dots."""
    return word.lower().replace("ё", "е")


def _forms(word: str) -> frozenset[str]:
    return frozenset({plain(word), *(plain(base.word) for base in base_forms(word))})


def _is_counted(russian: str) -> bool:
    likeliest = [(plain(word), base_forms(word)[0]) for word in russian.split()]
    nouns = [(word, base) for word, base in likeliest if base.part == "NOUN"]
    return bool(nouns) and plain(nouns[0][1].word) == nouns[0][0]
