"""Base forms of Russian words, and what their endings say, by pymorphy3 and its dictionary of 400,000 words."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

FORMS_KEPT = 20_000
LONGEST_WORD = 40  # letters that are looked at
SILENT = ("PREP", "CONJ", "PRCL", "INTJ", "NPRO", "PRED")  # parts of speech that nobody misses


@dataclass(frozen=True)
class Base:
    """One way to read a word: its base form, the part of speech (as in OpenCorpora), and what its ending says."""

    word: str
    part: str
    score: float  # 0 … 1: how often it is read so
    plural: bool = False
    genitive: bool = False
    instrumental: bool = False
    animate: bool = False
    comparative: bool = False
    superlative: bool = False
    passive: bool = False  # a participle: what was done to something


@lru_cache(maxsize=FORMS_KEPT)
def base_forms(word: str) -> tuple[Base, ...]:
    """The ways to read a word, the likeliest first; of an adjective or a participle also by its own first form."""
    found: list[Base] = []
    for parse in _analyser().parse(word.lower()):
        tag = parse.tag
        base = {
            "part": str(tag.POS or ""),
            "score": float(parse.score),
            "plural": tag.number == "plur",
            "genitive": tag.case in ("gent", "gen2"),
            "instrumental": tag.case == "ablt",
            "animate": tag.animacy == "anim",
            "comparative": tag.POS == "COMP",
            "superlative": "Supr" in tag,
            "passive": tag.voice == "pssv",
        }
        first = {"masc", "sing", "nomn", *(("Supr",) if "Supr" in tag else ())}
        if tag.POS in ("ADJF", "PRTF") and (own := parse.inflect(first)):
            found.append(Base(own.word, **base))
        found.append(Base(parse.normal_form, **base))
    return tuple(dict.fromkeys(found))


def lexeme(word: str) -> tuple[str, ...]:
    """Every form of the words that have ``word`` as their base form, or else of its likeliest reading.

    But not the short forms of adjectives: «гол» of «голый» is nearly always another word.
    """
    parses = _analyser().parse(word.lower())
    of_base = [parse for parse in parses if parse.normal_form == word.lower()]
    whole = (form for parse in of_base or parses[:1] for form in parse.lexeme if form.tag.POS != "ADJS")
    return tuple(dict.fromkeys(form.word for form in whole))


def is_known(word: str) -> bool:
    """Whether the dictionary has this form of a word."""
    return bool(_analyser().word_is_known(word))


@lru_cache(maxsize=1)
def _analyser() -> Any:
    import pymorphy3  # a second to load, and only where there is Russian

    logging.getLogger("pymorphy3").setLevel(logging.WARNING)  # it tells of every dictionary that it loads
    return pymorphy3.MorphAnalyzer(lang="ru")
