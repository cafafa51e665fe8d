"""Cases of nouns, which Russian says with endings alone: what joins a word in one to what was said before it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from generation.russian.lemmas import LONGEST_WORD, base_forms

if TYPE_CHECKING:
    from generation.russian.lemmas import Base
    from generation.russian.told import Told

BEGINS_WITH_PREPOSITION = ("in ", "at ", "by ")
NAMES_OF_THINGS = ("NOUN",)
DESCRIBES = ("ADJF", "PRTF", "ADJS", "PRTS")

# What asks for this case itself, or has whoever somebody is, or what somebody likes, in it: there it is no means.
_ITSELF = """
    заниматься увлекаться управлять руководить командовать владеть пользоваться интересоваться гордиться любоваться
    наслаждаться восхищаться стать становиться быть являться казаться оказаться считаться остаться оставаться работать
    торговать болеть заболеть пахнуть питаться назвать называть называться делиться поделиться обмениваться меняться
    рисковать обладать править дорожить служить дышать
    идти пойти ходить гулять погулять бродить брести бежать бегать поход прогулка
    занятие увлечение управление руководство владение торговля наслаждение обмен гордость работа
"""
_TRAVEL = """
    ехать поехать приехать ездить лететь полететь летать плыть плавать путешествовать добираться добраться отправиться
    путешествие поездка перелёт дорога путь
"""
ITSELF = frozenset(_ITSELF.split())
TRAVEL = frozenset(_TRAVEL.replace("ё", "е").split())


def means_of(word: str) -> str:
    """How the means of a verb, or of a noun of doing, are joined to it in English; empty where it has none."""
    return "" if word in ITSELF else "by" if word in TRAVEL else "with"


def of_owner(told: Told, base: Base) -> str:
    """What joins a genitive behind a noun: "peak of mountain"."""
    is_part_of = base.genitive and base.part in (*NAMES_OF_THINGS, *DESCRIBES)
    is_owned = is_part_of and (told.is_owned_degree or not told.degree)
    return "of " if told.after_noun and is_owned and not told.waiting else ""


def noun_of(base: Base, bases: tuple[Base, ...], following: str) -> Base:
    """The word itself, or the noun that follows an adjective in the instrumental, whose endings may mean more."""
    if base.part in DESCRIBES and following and any(one.instrumental for one in bases):
        noun = base_forms(following[:LONGEST_WORD])[0]
        if noun.part in NAMES_OF_THINGS and noun.instrumental:
            return noun
    return base


def by_means(told: Told, noun: Base, english: str) -> str:
    """What joins the means by which something is done, or who did it: Russian says that with an ending alone."""
    if told.waiting or told.joined or not told.means or english.startswith(BEGINS_WITH_PREPOSITION):
        return ""
    if noun.part not in NAMES_OF_THINGS or not noun.instrumental:
        return ""
    if noun.animate:
        return "by " if told.is_passive else ""
    return f"{told.means} "


def joined_group(told: Told, first: tuple[Base, ...], head: tuple[Base, ...], english: str) -> str:
    """What joins a group to what was said: as for words, by the case of its first word and of its noun."""
    genitive = next((base for base in head if base.genitive), None)
    if genitive and any(base.genitive for base in first) and (of := of_owner(told, genitive)):
        return of
    return by_means(told, head[0], english) if head else ""
