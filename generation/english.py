"""What people type, in the words that models read: Russian becomes English; what nobody can translate is left out.

Signs that weigh words or name LoRAs stay as they are.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from generation.russian import translate

_SIGNS = re.compile(r"(<[^<>]*>|\\?[()\[\]]|:\s{0,3}[0-9.]{1,8}\s{0,3}(?=\)))")
_WORD = re.compile(r"[^\W_]+(?:['’-][^\W_]+)*")


@dataclass(frozen=True)
class English:
    """``text`` in Latin letters alone, and the words that were left out of it, as they were written."""

    text: str
    unknown: tuple[str, ...] = ()


def is_foreign(text: str) -> bool:
    """Whether any letter of it is of another script than Latin, which is the only one that models read."""
    return not text.isascii() and any(map(_is_other_script, text))


def to_english(text: str) -> English:
    """Translate what is Russian in ``text``; what is in Latin letters stays as it is, to the last blank."""
    if not is_foreign(text):
        return English(text)
    unknown: dict[str, None] = {}
    pieces = [_translated(piece, unknown) if is_foreign(piece) else piece for piece in _SIGNS.split(text)]
    return English(_tidy("".join(pieces)), tuple(unknown))


def _translated(piece: str, unknown: dict[str, None]) -> str:
    before, after = piece[: len(piece) - len(piece.lstrip())], piece[len(piece.rstrip()) :]
    translation = translate(piece)
    unknown.update(dict.fromkeys(translation.unknown))
    piece = f"{before}{translation.english}{after}"
    return _WORD.sub(lambda word: _or_nothing(word[0], unknown), piece)


def _or_nothing(word: str, unknown: dict[str, None]) -> str:
    if not is_foreign(word):
        return word
    unknown.setdefault(word)
    return ""


def _is_other_script(char: str) -> bool:
    """Decorated and full-width letters count as what they look like."""
    if char.isascii() or not char.isalpha():
        return False
    return "LATIN" not in unicodedata.name(unicodedata.normalize("NFKD", char)[0], "")


def _tidy(text: str) -> str:
    """Without the blanks and commas around what was left out, and brackets with nothing in them."""
    text = "".join(char for char in text if not _is_other_script(char))
    text = re.sub(r"\(\s*(?::\s*[0-9.]+\s*)?\)|\[\s*\]", "", text)
    text = re.sub(r"[ \t]+(?=[,.;:!?)\]])", "", re.sub(r"[ \t]{2,}", " ", text))
    text = re.sub(r"([,;])(?:\s*[,;])+", r"\1", text)
    return text.strip(" \t,;").replace("( ", "(")
