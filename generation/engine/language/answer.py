"""What a language model must answer, as a JSON schema and as a value; every text in it is looked at.

Nothing of it is trusted: it was written by a model that read what strangers wrote.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

from generation.engine.language.asked import main_script, scripts

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from generation.engine.language.asked import Asked

SUBJECT = "subject"
TITLE_WORDS = "title_words"
TEXTS = {SUBJECT: 100, "action": 80, "place": 80, "light": 60, "mood": 60}  # characters at most
LISTS = {"palette": (4, 24), "style": (6, 40), "negative": (8, 40)}  # entries at most, characters of each
LEAST_TITLE_WORDS, MOST_TITLE_WORDS = 3, 6
LONGEST_TITLE_WORD = 24

_PLAIN = str.maketrans(
    {"’": "'", "‘": "'", "–": "-", "—": "-", "‑": "-", "\u00a0": " ", "ß": "ss", "ø": "o", "æ": "ae"}
)
_ENGLISH = re.compile(r"[A-Za-z0-9 ,.'&%/-]*")
_WEIGHT = re.compile(r"--|\bAND\b|\bBREAK\b")  # signs by which some tools weigh words
_ADDRESS = re.compile(r"//|\bhttps?\b|\bwww\.|[a-z0-9]\.(?:com|net|org|ru|tv|me|io|ly|info|xyz|gg)\b", re.IGNORECASE)
_TITLE_SIGNS = frozenset("'’-–—!?&%+№.,:/«»“”„\"…")


@dataclass(frozen=True)
class Answer:
    """The parts of a prompt, in English, empty where unknown; and words of the title to be set on the picture."""

    subject: str
    action: str
    place: str
    light: str
    mood: str
    palette: tuple[str, ...]
    style: tuple[str, ...]
    negative: tuple[str, ...]
    title_words: tuple[str, ...]


class WrongAnswer(ValueError):
    """Not the answer that was asked for. `faults` say why, one phrase each, without a word of what was answered."""

    def __init__(self, faults: list[str]) -> None:
        super().__init__("; ".join(faults))
        self.faults = faults


def schema() -> dict[str, Any]:
    """The answer as a JSON schema, in the keywords that every server knows."""
    text = {"type": "string"}
    sizes = {name: (0, most) for name, (most, _) in LISTS.items()} | {TITLE_WORDS: (0, MOST_TITLE_WORDS)}
    lists = {
        name: {"type": "array", "items": text, "minItems": least, "maxItems": most}
        for name, (least, most) in sizes.items()
    }
    names = [field.name for field in fields(Answer)]
    properties = {name: lists.get(name, text) for name in names}
    return {"type": "object", "properties": properties, "required": names, "additionalProperties": False}


def parse(values: Mapping[str, object], asked: Asked) -> Answer:
    """The answer in what a model wrote, of which keys that nobody asked for are dropped. WrongAnswer if there is none.

    English parts are made plain first: typographic signs and accents become ASCII.
    """
    plain: dict[str, Any] = {name: _plain(values.get(name)) for name in (*TEXTS, *LISTS)}
    plain[TITLE_WORDS] = _tidy(values.get(TITLE_WORDS))
    if faults := [*_english_faults(plain), *_title_faults(plain[TITLE_WORDS], asked)]:
        raise WrongAnswer(faults)
    texts: dict[str, Any] = {name: tuple(value) if isinstance(value, list) else value for name, value in plain.items()}
    return Answer(**texts)


def as_prompt(answer: Answer) -> list[tuple[int, str]]:
    """The phrases of a prompt in their order, each with its importance: 0 goes in first where there is little room."""
    palette = f"{' and '.join(answer.palette)} colors" if answer.palette else ""
    ranked = [(0, answer.subject), (1, answer.action), (2, answer.place), (4, answer.light), (5, answer.mood)]
    phrases = [*ranked, (6, palette), *((3 if number == 0 else 7, word) for number, word in enumerate(answer.style))]
    return [(importance, phrase) for importance, phrase in phrases if phrase]


def _plain(value: object) -> object:
    if isinstance(value, list):
        return [_plain(entry) for entry in value]
    if not isinstance(value, str):
        return value
    apart = unicodedata.normalize("NFKD", value.translate(_PLAIN))
    return "".join(char for char in apart if not unicodedata.combining(char)).strip(" .,")


def _tidy(value: object) -> object:
    if not isinstance(value, list):
        return value
    return [unicodedata.normalize("NFC", entry).strip(" ") if isinstance(entry, str) else entry for entry in value]


def _english_faults(plain: Mapping[str, object]) -> Iterator[str]:
    for name, longest in TEXTS.items():
        if fault := _text_fault(plain[name], longest):
            yield f"{name} {fault}"
    if plain[SUBJECT] == "":
        yield f"{SUBJECT} is empty"
    for name, (most, longest) in LISTS.items():
        entries = plain[name]
        if not isinstance(entries, list):
            yield f"{name} is no list"
        elif len(entries) > most:
            yield f"{name} has more than {most} entries"
        elif fault := next(filter(None, (_text_fault(entry, longest) for entry in entries)), ""):
            yield f"an entry of {name} {fault}"
        elif "" in entries:
            yield f"an entry of {name} is empty"


def _text_fault(value: object, longest: int) -> str:
    if not isinstance(value, str):
        return "is no text"
    if len(value) > longest:
        return f"has more than {longest} characters"
    if set(scripts(value)) - {"LATIN"}:
        return "is not in English"
    if not _ENGLISH.fullmatch(value) or _WEIGHT.search(value):
        return "holds other signs than letters, digits, spaces, commas and hyphens"
    return "holds an address" if _ADDRESS.search(value) else ""


def _title_faults(entries: object, asked: Asked) -> Iterator[str]:
    if not isinstance(entries, list) or not all(isinstance(entry, str) for entry in entries):
        yield f"{TITLE_WORDS} is no list of texts"
        return
    least = min(LEAST_TITLE_WORDS, len(asked.title.split()))  # nobody can choose three words of one
    if not least <= len(entries) <= MOST_TITLE_WORDS:
        yield f"{TITLE_WORDS} does not have {least} to {MOST_TITLE_WORDS} entries"
    elif any(not 0 < len(entry) <= LONGEST_TITLE_WORD for entry in entries):
        yield f"an entry of {TITLE_WORDS} has not 1 to {LONGEST_TITLE_WORD} characters"
    elif not all(map(_may_be_set, entries)) or any(map(_ADDRESS.search, entries)):
        yield f"an entry of {TITLE_WORDS} holds other signs than letters, digits and plain punctuation"
    elif not _is_of_title(" ".join(entries), asked.title):
        yield f"{TITLE_WORDS} is not in the language of the title"


def _may_be_set(word: str) -> bool:
    """A word, with nothing in it that a font does not have, that turns the direction of writing, or is markup."""
    return any(map(str.isalnum, word)) and all(
        char.isalnum() or char in _TITLE_SIGNS or unicodedata.category(char) in ("Mn", "Mc") or char == " "
        for char in word
    )


def _is_of_title(words: str, title: str) -> bool:
    used = scripts(words)
    script = main_script(title)
    return not set(used) - {*scripts(title), "LATIN"} and (not used or not script or script in used)
