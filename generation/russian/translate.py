"""Text to text: every Russian word becomes English or goes, and what is not known is told."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, replace

from generation.russian.cases import (
    BEGINS_WITH_PREPOSITION,
    NAMES_OF_THINGS,
    by_means,
    joined_group,
    means_of,
    noun_of,
    of_owner,
)
from generation.russian.dictionary import Dictionary, dictionary, plain
from generation.russian.english import compared, passive, plural
from generation.russian.lemmas import LONGEST_WORD, SILENT, Base, base_forms
from generation.russian.told import Told

LONGEST = 10_000  # characters that are read
LEAST_UNKNOWN = 3  # letters: shorter ones are initials and slips

_PARTS = re.compile(r"[^\W\d_]+(?:[-‐‑][^\W\d_]+)*|\s+|.", re.DOTALL)
_CYRILLIC = re.compile(r"[\u0400-\u052f\u1c80-\u1c8f\u2de0-\u2dff\ua640-\ua69f]")
_SPACES = re.compile(r"[^\S\n]+")
_LATIN, _ALIKE = "aceopxyABCEHKMOPTXyk", "асеорхуАВСЕНКМОРТХук"
_TO_CYRILLIC = str.maketrans(_LATIN, _ALIKE)
_TO_LATIN = str.maketrans(_ALIKE + "іІјЈѕЅ", _LATIN + "iIjJsS")

_NUMBERS = ("NUMR",)
_GENITIVE_AFTER = ("from", "without", "near", "against", "around", "among", "for", "in front of")
_PLACES = ("on the shore", "in the mountains", "in the sky", "in the world")  # of something

_DOES = ("VERB", "INFN", "PRTF", "PRTS", "GRND")

_DEGREES = {
    **dict.fromkeys(("самый", "самое", "наиболее"), "most"),
    **{"более": "more", "менее": "less", "наименее": "least"},
}


@dataclass(frozen=True)
class Translation:
    """English, and the Russian words in their base form that the dictionary does not know, each once, in order."""

    english: str
    unknown: tuple[str, ...]


def translate(text: str) -> Translation:
    """English for the Russian in `text`, of which the first 10,000 characters are read; all else stays where it is.

    Words are brought to their base form and looked up, groups of words first. No Cyrillic letter is left over. Plurals
    stay plurals, a genitive behind a noun gets an "of", verbs say what is being done.
    """
    parts = _PARTS.findall(_tidy(text[:LONGEST]))
    known, told, at = dictionary(), Told(), 0
    while at < len(parts):
        part = _in_one_script(parts[at])
        if not _CYRILLIC.search(part):
            _foreign(told, part)
            at += 1
        else:
            at += _group(told, known, parts, at) or _word(told, known, part, _next_word(parts, at))
    english = _CYRILLIC.sub("", _SPACES.sub(" ", "".join(told.english)))
    return Translation(english.strip(), tuple(told.unknown))


def _tidy(text: str) -> str:
    """Letters with their dots in one character; without stress marks and what cannot be seen."""
    whole = unicodedata.normalize("NFC", text)
    return "".join(char for char in whole if unicodedata.category(char) not in ("Cf", "Mn", "Me", "Co", "Cs"))


def _in_one_script(word: str) -> str:
    """A word of both scripts in that which its letters allow: Latin letters that look Cyrillic, or the other way."""
    if not (_CYRILLIC.search(word) and re.search("[a-zA-Z]", word)) or "-" in word:
        return word
    for table, wrong in ((_TO_CYRILLIC, "[a-zA-Z]"), (_TO_LATIN, _CYRILLIC.pattern)):
        if not re.search(wrong, changed := word.translate(table)):
            return changed
    return word


def _foreign(told: Told, part: str) -> None:
    if part.isspace() and "\n" not in part:
        told.english.append(" ")
    elif part[0].isalnum():
        told.say(part)
        told.after_noun, told.after_number = False, part.isdigit()
    else:
        told.border(part)


def _next_word(parts: list[str], at: int) -> str:
    return parts[at + 2] if at + 2 < len(parts) and parts[at + 1].isspace() and parts[at + 2][0].isalpha() else ""


def _group(told: Told, known: Dictionary, parts: list[str], at: int) -> int:
    """Say a group of words that begins here, and tell how many parts it takes; 0 where none does."""
    words = parts[at : at + 9]
    for form in (plain(words[0]), *(plain(base.word) for base in base_forms(words[0][:LONGEST_WORD]))):
        for group in known.groups.get(form, ()):
            taken = 2 * len(group.words) - 1
            spoken = words[:taken:2]
            between = words[1:taken:2]
            if len(spoken) == len(group.words) and all(gap.isspace() or gap in "-‐‑" for gap in between):
                bases = [base_forms(word[:LONGEST_WORD]) for word in spoken]
                if all(_may_be(*each) for each in zip(spoken, bases, group.words, strict=True)):
                    head = next((some for some in bases if some[0].part == "NOUN"), ())
                    several = group.counted and bool(head) and _is_plural(head, head[0].word, told)
                    words_said = plural(group.english) if several else group.english
                    joined = joined_group(told, bases[0], head, group.english) if group.counted else ""
                    told.say(joined + words_said)
                    told.after_noun, told.after_number = group.counted or group.english in _PLACES, False
                    return taken
    return 0


def _may_be(spoken: str, bases: tuple[Base, ...], wanted: frozenset[str]) -> bool:
    return plain(spoken) in wanted or any(plain(base.word) in wanted for base in bases)


def _word(told: Told, known: Dictionary, word: str, following: str) -> int:
    """Say one word, or keep it for the next, or note that it is not known."""
    bases = base_forms(word[:LONGEST_WORD])
    base = _known_base(word, bases, known, told)
    if base is None:
        if "-" in word and len(halves := [half for half in word.split("-") if half]) > 1:
            for number, half in enumerate(halves):
                if number:
                    told.english.append(" ")
                _word(told, known, half, "")
            return 1
        if len(word) >= LEAST_UNKNOWN and bases[0].part not in SILENT and len(word) <= LONGEST_WORD:
            told.unknown.setdefault(bases[0].word)
        told.after_number = False
        return 1
    english = known.words[plain(base.word)]
    if base.part in _DOES:
        told.means, told.is_passive = means_of(plain(base.word)), base.passive
    if plain(base.word) in known.small:
        told.degree = next((_DEGREES[one] for one in (plain(base.word) for base in bases) if one in _DEGREES), "")
        told.is_owned_degree = any(base.genitive for base in bases)
        if english:
            told.waiting, told.after_noun = _preposition(english, following), False
        return 1
    if not english:
        return 1
    noun = noun_of(base, bases, following)
    joined = of_owner(told, noun) or by_means(told, noun, english)
    is_owned = told.owned or joined == "of " or told.waiting in _GENITIVE_AFTER
    is_joined = told.joined or bool(joined or told.waiting)
    told.say(joined + _ending(english, base, bases, told))
    told.after_noun = base.part in NAMES_OF_THINGS
    told.owned, told.joined = is_owned and not told.after_noun, is_joined and not told.after_noun
    if told.after_noun and not told.means:
        told.means = means_of(plain(base.word))
    told.after_number = base.part in _NUMBERS
    return 1


def _known_base(word: str, bases: tuple[Base, ...], known: Dictionary, told: Told) -> Base | None:
    """How to read the word: as it stands in the dictionary, else by the likeliest base form that is there."""
    usable = [base for base in bases if plain(base.word) in known.words]
    if told.after_noun and usable:
        same = [base for base in usable if base.word == usable[0].word]
        usable = sorted(same, key=lambda base: not base.genitive)
    as_typed = known.words.get(plain(word))
    is_joined = told.waiting not in ("", "and", "or")  # "летом" is "in summer", but not behind "с"
    if as_typed is not None and not (usable and is_joined and as_typed.startswith(BEGINS_WITH_PREPOSITION)):
        own = [base for base in usable if plain(base.word) == plain(word)]
        return own[0] if own else replace(bases[0], word=word.lower())
    return usable[0] if usable else None


def _preposition(english: str, following: str) -> str:
    """Of с, which is "with" or "from": the case of what follows tells."""
    if english == "with" and following:
        bases = base_forms(following[:LONGEST_WORD])
        if bases[0].genitive and not any(base.instrumental for base in bases):
            return "from"
    return english


def _ending(english: str, base: Base, bases: tuple[Base, ...], told: Told) -> str:
    if base.passive and english.partition(" ")[0].endswith("ing"):
        return passive(english)
    if base.comparative:
        return compared(english, "more")
    is_most = base.superlative and not base.word.endswith(("ейший", "айший"))  # else the dictionary has it as it is
    if base.part == "ADJF" and (told.degree or is_most):
        return compared(english, told.degree or "most")
    if base.part == "NOUN" and (told.after_number or _is_plural(bases, base.word, told)):
        return english if english.startswith(BEGINS_WITH_PREPOSITION) else plural(english)
    return english


def _is_plural(bases: tuple[Base, ...], word: str, told: Told) -> bool:
    """Whether the word is rather read as several. "Горы" are mountains, and behind a noun or "из" of one mountain."""
    same = [base for base in bases if base.word == word and base.part == "NOUN"]
    owned = told.after_noun or told.owned or told.waiting in _GENITIVE_AFTER
    likely = [base for base in same if base.genitive == owned] or same
    return sum(base.score if base.plural else -base.score for base in likely) > 0
