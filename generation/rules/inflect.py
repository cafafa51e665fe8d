"""The forms of the words of a rule: whoever writes "decapitate" means "decapitated" too, and in Russian every case."""

from __future__ import annotations

import re
from functools import lru_cache

_CONSONANT_END = re.compile(r"[^aeiou][aeiou][bdgklmnprt]$")
_SHORTEST = 3  # letters of a word that has forms


@lru_cache(maxsize=20_000)  # rules are compiled anew whenever one is changed
def forms(word: str) -> frozenset[str]:
    """All forms of a Russian word by pymorphy3, or of an English one by its regular endings; lower case, itself too."""
    word = word.lower()
    if any("а" <= char <= "я" or char == "ё" for char in word):
        return frozenset(_russian(word)) | {word}
    if not word.isascii() or not word.isalpha() or len(word) < _SHORTEST:
        return frozenset({word})
    return frozenset(_english(word)) | {word}


def _english(word: str) -> list[str]:
    found = [f"{word}s", f"{word}ed", f"{word}ing"]
    if word.endswith("e"):
        found += [f"{word}d", f"{word[:-1]}ing"]
    if word.endswith("y") and word[-2] not in "aeiou":
        found += [f"{word[:-1]}ies", f"{word[:-1]}ied"]
    if word.endswith(("s", "x", "z", "ch", "sh", "o")):
        found.append(f"{word}es")
    if _CONSONANT_END.search(word):
        found += [f"{word}{word[-1]}ed", f"{word}{word[-1]}ing"]
    return found


def _russian(word: str) -> set[str]:
    from generation.russian.lemmas import lexeme

    return set(lexeme(word))
