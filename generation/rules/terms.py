"""How rules are written: a term is one or more words in order, one term a line.

``word`` means all its forms, ``"word"`` that form alone, ``word~`` whatever begins so (``Rule`` in the admin says it to
moderators). Between two words ``..`` lets up to two others stand, ``...`` up to five.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

GAPS = {"..": 2, "...": 5}
SHORTEST_STEM = 3  # letters: "a~" would hit nearly everything
LONGEST = 8  # words of a term

_LETTERS = re.compile(r"[^\W_]+(?:['’-][^\W_]+)*")


class TermError(ValueError):
    """A term that cannot be read. ``code``: empty, quotes, sign, stem, gap or long; ``part`` is what is wrong in it."""

    def __init__(self, code: str, part: str) -> None:
        super().__init__(f"{code}: {part}")
        self.code, self.part = code, part


@dataclass(frozen=True)
class Word:
    """One word of a term, in lower case."""

    text: str
    exact: bool = False
    stem: bool = False
    gap: int = 0  # how many other words may stand before it


@dataclass(frozen=True)
class Term:
    """Words that must stand one after another; ``text`` is how it was written."""

    text: str
    words: tuple[Word, ...]


def parse(line: str) -> Term:
    """Read one term, or raise ``TermError``."""
    words: list[Word] = []
    gap = 0
    for part in line.split():
        if part in GAPS:
            if gap or not words:
                raise TermError("gap", part)
            gap = GAPS[part]
            continue
        for text, exact, stem in _parted(part):
            words.append(Word(text, exact, stem, gap))
            gap = 0
    if gap:
        raise TermError("gap", line.rsplit(maxsplit=1)[-1])
    if not words:
        raise TermError("empty", line)
    if len(words) > LONGEST:
        raise TermError("long", line)
    return Term(" ".join(line.split()), tuple(words))


def _parted(part: str) -> list[tuple[str, bool, bool]]:
    """The words of what stands between two blanks: "al-qaeda" is two."""
    exact = len(part) > 1 and part[0] == part[-1] == '"'
    bare = part[1:-1] if exact else part
    stem = not exact and bare.endswith("~")
    bare = bare.removesuffix("~") if stem else bare
    if '"' in bare:
        raise TermError("quotes", part)
    if not _LETTERS.fullmatch(bare):
        raise TermError("sign", part)
    pieces = [piece.lower() for piece in re.split("['’-]", bare)]
    if stem and len(pieces[-1]) < SHORTEST_STEM:
        raise TermError("stem", part)
    return [(piece, exact, stem and piece is pieces[-1]) for piece in pieces]


def parse_lines(text: str) -> tuple[Term, ...]:
    """The terms of several lines; blank ones, and those that begin with ``#``, are left out. ``TermError``."""
    lines = (line.strip() for line in text.splitlines())
    return tuple(parse(line) for line in lines if line and not line.startswith("#"))
