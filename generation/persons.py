"""People in English words: whether a text names any, and the same text without them. They are said once in a prompt."""

from __future__ import annotations

import re

_KINDS = """
    man men woman women boy boys girl girls person persons people guy guys lady ladies gentleman gentlemen kid kids
    child children baby babies teenager teenagers adult adults human humans crowd group family friend friends couple
    brother brothers sister sisters mother mothers mom father fathers dad son sons daughter daughters grandma grandpa
    grandmother grandfather wife husband twins neighbor neighbors neighbour neighbours
    actor actors actress artist artists athlete athletes audience band barista blacksmith boxer boxers builder builders
    carpenter chef chefs climber climbers clown coach cyclist cyclists dancer dancers diver divers doctor doctors driver
    drivers engineer engineers farmer farmers fighter fighters fisherman fishermen gamer gamers guest guests guitarist
    host hunter hunters king knight knights lecturer manager mechanic minister monk musician musicians nurse painter
    passenger passengers photographer pianist pilot pilots player players policeman potter president prince princess
    professor queen reporter reporters runner runners sailor sailors scientist scientists singer singers skater skaters
    skier skiers soldier soldiers speaker strangers student students surfer surfers swimmer swimmers teacher teachers
    team tourist tourists traveler travelers traveller travellers violinist viking vikings worker workers
"""
PEOPLE = frozenset(_KINDS.split())

_HOW_MANY = r"(?:an?|the|one|two|three|four|five|six|some|several|many|few|another|young|old|older|little|small|tall)"
_PEOPLE = "|".join(sorted(PEOPLE, key=len, reverse=True))
_SOMEBODY = re.compile(
    rf"\b(?:{_HOW_MANY}\s+)*(?:(?:group|couple|crowd|team|pair)\s+of\s+)?(?:{_HOW_MANY}\s+)*(?:{_PEOPLE})\b"
    rf"(?:\s+(?:is|are|who|and(?=\s+(?:{_HOW_MANY}\s+)*(?:{_PEOPLE})\b)))?",
    re.IGNORECASE,
)
_LEADING = re.compile(r"^\W*(?:and|with|of|by|is|are|who)\b\s*|\s+(?:and|with|of|by)\W*$", re.IGNORECASE)


def names_people(text: str) -> bool:
    """Whether ``text`` speaks of anybody: "two men", "a chef"."""
    return any(word.strip("'’").lower().removesuffix("'s") in PEOPLE for word in re.split(r"[\s,.]+", text))


def without_people(text: str) -> str:
    """``text`` without the people in it: "two men standing in a street" becomes "standing in a street"."""
    left = " ".join(_SOMEBODY.sub(" ", text).split())
    while (shorter := _LEADING.sub("", left)) != left:
        left = shorter
    return left
