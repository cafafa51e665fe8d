"""Letters that stand for others: alphabets that look alike, digits and signs, and Russian written in Latin letters."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

ANY = "*"  # what an asterisk may stand for: any letter

# Drawn like a Latin letter. With these the words of rules and texts are written, so that either side meets the other.
_CYRILLIC = dict(zip("авекмнорстухіјѕԁһԛԝѵӏьґ", "abekmhopctyxijsdhqwvlbг", strict=True))
_GREEK = dict(zip("αβεηικνορτυχω", "abenikvoptuxw", strict=True))
_LATIN = dict(zip("ıɑɡłøđɩƒʙɢʜɪʟɴʀʏᴀᴄᴅᴇᴊᴋᴍᴏᴘᴛᴜᴠᴡᴢꜰꜱ", "iaglodifbghilnryacdejkmoptuvwzfs", strict=True))
_LOOKS_LIKE = _CYRILLIC | _GREEK | _LATIN
RARE = frozenset("іјѕԁһԛԝѵӏ")  # Cyrillic, but not Russian: who writes these means Latin ones

# What a sign among letters may be read as, besides itself. Signs of ``_EMPTY`` may also be nothing but a gap.
_SIGNS = {
    "0": "o", "1": "il", "2": "z", "3": "eз", "4": "aч", "5": "s", "6": "gб", "7": "t", "8": "b", "9": "g",
    "@": "a", "$": "s", "!": "il", "|": "il", "+": "t", "€": "e", "£": "l", "¢": "c", "*": ANY,
}  # fmt: skip
_EMPTY = "!|+*"

# In a word that mixes alphabets a letter may also stand for one that only sounds or looks a little like it.
_MIXED = {
    "r": "г", "n": "пhи", "u": "иц", "w": "ш", "d": "д", "i": "и", "s": "cз", "z": "з", "l": "л", "v": "b", "f": "ф",
    "g": "г", "j": "ж", "b": "бь", "a": "я", "h": "xn", "q": "g", "m": "т", "t": "m", "y": "uи", "k": "к",
    "и": "uin", "п": "n", "г": "rg", "з": "ez", "ч": "4", "л": "l", "д": "d", "ш": "w", "я": "ra",
    "б": "b6", "ф": "f", "э": "e", "ы": "y", "ж": "j", "ц": "u", "c": "s", "p": "r", "x": "h",
}  # fmt: skip

_CIRCLED = (0x1F150, 0x1F170, 0x1F1E6)  # white on black, as flags: 26 letters each that Unicode does not take apart


@lru_cache(maxsize=4096)
def skeleton(char: str) -> str:
    """What is left of one character: lower case without marks, look-alikes as Latin; "" where it cannot be seen."""
    for first in _CIRCLED:
        if first <= ord(char) < first + 26:
            return chr(ord("a") + ord(char) - first)
    parts = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", char).casefold())
    return "".join(_LOOKS_LIKE.get(part, part) for part in parts if not is_invisible(part))


def fold(word: str) -> str:
    """The skeleton of a whole word."""
    return "".join(map(skeleton, word))


def is_invisible(char: str) -> bool:
    """Marks upon letters, joiners, soft hyphens, and blanks that are as wide as nothing."""
    return unicodedata.category(char) in ("Mn", "Me", "Cf") or char in "\u115f\u1160\u3164\uffa0\u2800"


def is_sign(char: str) -> bool:
    """Whether it may stand for a letter."""
    return char in _SIGNS


def is_cyrillic(char: str) -> bool:
    """Whether it is a letter of Russian's alphabet."""
    return "\u0400" <= char <= "\u04ff" and char not in RARE


def readings(letter: str, *, mixed: bool) -> str:
    """The letters that ``letter``, a piece of a skeleton, may stand for, itself first."""
    return letter + _SIGNS.get(letter, "") + (_MIXED.get(letter, "") if mixed else "")


def in_words(letter: str) -> str:
    """The letter that a digit or a sign most often stands for; a letter itself."""
    return _SIGNS.get(letter, letter)[:1]


def may_be_nothing(char: str) -> bool:
    """Whether a sign may be there only to part letters."""
    return char in _EMPTY


_RUSSIAN = "абвгдеёжзийклмнопрстуфхцчшщъыьэюя"
_SPELT = "a b v g d e e zh z i i k l m n o p r s t u f h c ch sh sh - i - e iu ia"
_TO_LATIN = {char: spelt.strip("-") for char, spelt in zip(_RUSSIAN, _SPELT.split(), strict=True)}
_SPELLINGS = [
    (re.compile(pattern), into)
    for pattern, into in (
        ("shch|sch|sh", "sh"), ("tch|ch", "ch"), ("kh|x", "h"), ("ts|tz", "c"), ("zh", "zh"), ("w", "v"), ("q", "k"),
        ("j", "i"), ("y", "i"), ("ie|io", "e"), ("ii+", "i"), ("['`’]", ""),
    )
]  # fmt: skip


def in_latin(word: str) -> str:
    """A Russian word in Latin letters, in the one spelling that ``latin_spelling`` brings all others to."""
    return latin_spelling("".join(_TO_LATIN.get(char, char) for char in word.lower()))


def latin_spelling(word: str) -> str:
    """Russian as people write it in Latin letters (ya, ja, ia; kh, h, x; y, j, i …), spelt in one way."""
    for pattern, into in _SPELLINGS:
        word = pattern.sub(into, word)
    return word
