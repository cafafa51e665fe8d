"""Whether something is a word at all: "nakedgirlsonbeach" is four of them, and "nud ity" is none in two pieces."""

from __future__ import annotations

import re
from functools import lru_cache

from generation.rules import letters

_WORD = re.compile(r"[a-z]+")


@lru_cache(maxsize=20_000)
def is_word(word: str) -> bool:
    """Whether a lower-case word is in pymorphy3's dictionary, or among the English words that the project knows."""
    if letters.is_cyrillic(word[:1]):
        from generation.russian.lemmas import is_known

        return is_known(word)
    return word in _english() or word.removesuffix("s") in _english()


@lru_cache(maxsize=1)
def _english() -> frozenset[str]:
    from generation.engine.tokenizer import EVERYDAY_WORDS
    from generation.russian.dictionary import entries

    of_dictionary = {word for _theme, _russian, english in entries() for word in _WORD.findall(english.lower())}
    return frozenset(of_dictionary | {word.lower() for word in EVERYDAY_WORDS})
