"""A text taken apart: letters with all they may stand for, in pieces, with what stands between them."""

from __future__ import annotations

import itertools
import re
from dataclasses import dataclass, field, replace
from enum import Enum

from generation.rules import letters

VOWELS = frozenset("aeiouyаеиоуыэюя")
MOST_HIDDEN = 2  # letters of a word that may be written as asterisks
MOST_CHARS = 20_000  # of one text: more is not looked at, and callers take less


class Between(Enum):
    """What parts a piece from the one before it."""

    NOTHING = 0  # another kind of character: "porn4k", "NakedWoman"
    SIGNS = 1
    BLANK = 2
    WIDE = 3  # two blanks or more, or a new line


@dataclass(frozen=True)
class Unit:
    """One character of a skeleton: what it may be read as, and whether it may be nothing (repeated, or a mere sign)."""

    char: str
    readings: str
    optional: bool
    place: int  # in the text


@dataclass
class Piece:
    """Letters of one kind in a row, or digits, or signs that may stand for letters."""

    start: int
    end: int
    kind: str  # "letters", "digits" or "sign"
    between: Between
    chunk: int  # pieces with no blank between them have the same
    parted: bool = False  # by a comma or another sign, whatever blanks are beside it
    units: list[Unit] = field(default_factory=list)
    is_cyrillic: bool = False  # Russian letters only
    is_latin: bool = False

    text: str = ""  # as it stands there, in lower case

    @property
    def length(self) -> int:
        """How many letters it has."""
        return len(self.units)


_BLANKS = re.compile(r"\s")


def take_apart(text: str) -> list[Piece]:
    """The pieces of ``text`` in order."""
    pieces = _cut(text[:MOST_CHARS])
    for _chunk, group in itertools.groupby(pieces, key=lambda piece: piece.chunk):
        of_chunk = list(group)
        scripts = {script for piece in of_chunk for script in _scripts(text[piece.start : piece.end])}
        hidden = [piece for piece in of_chunk if text[piece.start] == letters.ANY]
        for piece in of_chunk:
            _read(piece, text, scripts)
        if len(hidden) > MOST_HIDDEN:
            for piece in hidden:  # they only part letters
                piece.units = [replace(unit, readings="") for unit in piece.units]
    _read_spelt_out(pieces, text)
    return pieces


def _cut(text: str) -> list[Piece]:
    pieces: list[Piece] = []
    blanks, signs, chunk, wide = 0, False, 0, False
    for place, char in enumerate(text):
        if letters.is_invisible(char):
            continue
        kind = _kind(char)
        if not kind:
            if _BLANKS.match(char):
                wide |= char == "\n" or (place > 0 and bool(_BLANKS.match(text[place - 1])))
                blanks += 1
            else:
                signs = True
            continue
        last = pieces[-1] if pieces else None
        if last and not blanks and not signs and _goes_on(text[last.end - 1], char, last.kind, kind):
            last.end = place + 1
            continue
        chunk += bool(blanks)
        between = Between.WIDE if wide else Between.BLANK if blanks else Between(int(signs))
        pieces.append(Piece(place, place + 1, kind, between, chunk, signs))
        blanks, signs, wide = 0, False, False
    return pieces


def _kind(char: str) -> str:
    folded = letters.skeleton(char)
    if folded and folded[0].isalpha():
        return "letters"
    if folded and folded[0].isdigit():
        return "digits"
    return "sign" if letters.is_sign(char) else ""


def _goes_on(before: str, char: str, kind_before: str, kind: str) -> bool:
    """Whether ``char`` belongs to the piece that ends with ``before``: not a capital after a small letter."""
    return kind_before == kind and not (before.islower() and char.isupper()) and kind != "sign"


def _scripts(text: str) -> set[str]:
    found = set()
    for char in text:
        if letters.is_cyrillic(char.lower()):
            found.add("cyrillic")
        elif letters.skeleton(char).isalpha():
            found.add("latin")
    return found


def _read(piece: Piece, text: str, of_chunk: set[str]) -> None:
    own = _scripts(text[piece.start : piece.end])
    piece.text = text[piece.start : piece.end].lower()
    piece.is_cyrillic, piece.is_latin = own == {"cyrillic"}, own == {"latin"}
    scripts = of_chunk if piece.end - piece.start <= 3 else own
    _fill(piece, text, mixed=len(scripts) > 1)


def _fill(piece: Piece, text: str, *, mixed: bool) -> None:
    chars = [(char, place) for place in range(piece.start, piece.end) for char in letters.skeleton(text[place])]
    units: list[Unit] = []
    for char, group in itertools.groupby(chars, key=lambda pair: pair[0]):
        run = list(group)
        may_repeat = (len(run) > 2 and char.isalpha()) or char in VOWELS
        for number, (_char, place) in enumerate(run):
            optional = letters.may_be_nothing(char) or (may_repeat and number > 0)
            units.append(Unit(char, letters.readings(char, mixed=mixed), optional, place))
    piece.units = units


def _read_spelt_out(pieces: list[Piece], text: str) -> None:
    """Letters that stand alone in a row ("с e k с") are read as one word: in two alphabets, they are mixed."""
    for alone, group in itertools.groupby(pieces, key=lambda piece: piece.end - piece.start == 1):
        row = list(group)
        scripts = {script for piece in row for script in _scripts(text[piece.start : piece.end])}
        if alone and len(row) > 1 and len(scripts) > 1:
            for piece in row:
                _fill(piece, text, mixed=True)
