"""One automaton for the words of all rules: a tree of letters that is walked once from each piece of a text.

What it costs depends on the text, and hardly on how many words there are.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from generation.rules import letters
from generation.rules.known import is_word
from generation.rules.pieces import Between, Unit

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from generation.rules.pieces import Piece

MOST_STATES = 100  # that one walk may be in at once: a text may be made to have countless readings
MOST_PIECES = 24  # that one word may lie in
LONGEST_TOGETHER = 64  # letters of a piece that is looked at for words written together
SHORTEST_SPLIT = 5  # letters of a word that lies in two pieces with a blank between, or that goes on
SHORTEST_TOGETHER = 7  # letters of a piece that may be several words
SHORTEST_PART = 3  # letters of a word that was written together with others
LONGEST_FRAGMENT = 3  # letters of at least one part of a word in pieces
MOST_FRAGMENTS = 3  # in which a word with blanks within it lies, unless each is a single letter

# Words in their own right: "pen is" is two of them, not one in two pieces.
_SMALL = (
    "a i an am are as at be by do for go he her him his if in is it its me my no not of off on or our out so the to up "
    "us was we you and but can all one she they who how why let his "
    "а в во и к ко о об с со у я на не ни но да за из до по от он мы ты вы их ее её его им бы же ли то та те тот эта "
    "это эти как так что кто где или для под над при про без"
)
SMALL_WORDS = frozenset(_SMALL.split())


@dataclass
class Node:
    """A place in the tree: where letters lead, and which words end there or begin so."""

    next: dict[str, Node] = field(default_factory=dict)
    ends: set[int] = field(default_factory=set)  # words whose form ends here
    stems: set[int] = field(default_factory=set)  # words that go on in any way


@dataclass(frozen=True)
class Found:
    """A word of the rules in a text: it lies in the pieces from ``first`` to before ``after``."""

    first: int
    after: int
    word: int
    together: bool = False  # written together with other words


class Automaton:
    """The forms of words, each of which has a number."""

    def __init__(self) -> None:
        self._root = Node()
        self._spelt = Node()  # Russian forms in Latin letters
        self._russian: set[int] = set()
        self._digits: set[int] = set()

    def add(self, number: int, form: str, *, stem: bool = False) -> None:
        """Add a form of the word ``number``, or a beginning of its forms."""
        _put(self._root, letters.fold(form), number, stem=stem)
        if form.isdigit():
            self._digits.add(number)
        if any(letters.is_cyrillic(char) for char in form.lower()):
            self._russian.add(number)
            spelt = letters.in_latin(form)
            if len(spelt) >= SHORTEST_SPLIT:
                _put(self._spelt, spelt, number, stem=stem)

    def find(self, pieces: Sequence[Piece]) -> Iterator[Found]:
        """Every word in the text, however it is written."""
        for first, piece in enumerate(pieces):
            if piece.kind == "sign" and letters.may_be_nothing(piece.units[0].char):
                continue
            yield from self._walk(pieces, first)
            yield from self._together(pieces, first)
            yield from self._in_latin(pieces, first)
            yield from self._drawn(piece, first)

    def _walk(self, pieces: Sequence[Piece], first: int) -> Iterator[Found]:
        """Words that begin with the piece ``first``."""
        states = [self._root]
        for last in range(first, min(len(pieces), first + MOST_PIECES)):
            if last > first and pieces[last].between == Between.WIDE:
                return
            ended: set[int] = set()
            for unit in pieces[last].units:
                states = _step(states, unit)
                ended.update(number for state in states for number in state.stems)
            ended.update(number for state in states for number in state.ends)
            yield from self._accepted(pieces, first, last, ended)
            if not states:
                return

    def _accepted(self, pieces: Sequence[Piece], first: int, last: int, ended: set[int]) -> Iterator[Found]:
        if not ended:
            return
        row = pieces[first : last + 1]
        if len(row) == 1:
            ended = {number for number in ended if self._is_meant(row[0], number)}
        elif not self._is_split(pieces, first, last):
            return
        yield from (Found(first, last + 1, number) for number in ended)

    def _is_meant(self, piece: Piece, number: int) -> bool:
        """Digits alone mean themselves, and Russian letters in a row are Russian."""
        if piece.kind == "digits":
            return number in self._digits
        return not piece.is_cyrillic or number in self._russian

    def _is_split(self, pieces: Sequence[Piece], first: int, last: int) -> bool:
        """Whether these pieces are parts of one word, and not words in their own right."""
        row = pieces[first : last + 1]
        parts = [piece for piece in row if piece.kind != "sign"]
        if len(parts) < 2:
            return len(row) > 1 and row[0].kind != "sign"
        if row[0].kind == row[-1].kind == "sign" or all(piece.kind == "digits" for piece in parts):
            return False
        blanks = any(piece.between == Between.BLANK for piece in row[1:])
        if all(piece.between == Between.NOTHING for piece in row[1:]):
            return True  # "sWaStIkA", "n4k3d"
        if all(piece.length == 1 for piece in parts):
            return self._is_spelt_out(pieces, first, last)
        size = sum(piece.length for piece in parts)
        if not blanks:
            return any(piece.kind != "letters" for piece in row) or (
                size >= SHORTEST_SPLIT and min(piece.length for piece in parts) <= LONGEST_FRAGMENT
            )
        if size < SHORTEST_SPLIT or len(parts) > MOST_FRAGMENTS:
            return False
        return not all(piece.text in SMALL_WORDS or is_word(piece.text) for piece in parts)

    def _is_spelt_out(self, pieces: Sequence[Piece], first: int, last: int) -> bool:
        """A row of single letters is read from its beginning: "t h e r a p i s t" is one word, and another one."""
        between = pieces[first + 1].between
        before = pieces[first - 1] if first and pieces[first].between == between else None
        after = pieces[last + 1] if last + 1 < len(pieces) and pieces[last + 1].between == between else None
        begins = before is None or before.length > 1 or _is_small_letter(before)
        ends = after is None or after.length > 1
        size = last + 1 - first
        return size >= SHORTEST_PART and begins and (ends or size >= SHORTEST_SPLIT)

    def _together(self, pieces: Sequence[Piece], first: int) -> Iterator[Found]:
        """Words of the rules written together, with others or not: "nakedgirlsonbeach", but not "therapist"."""
        piece = pieces[first]
        size = piece.length
        if piece.kind != "letters" or not SHORTEST_TOGETHER <= size <= LONGEST_TOGETHER or is_word(piece.text):
            return
        reached: dict[int, set[int]] = {0: set()}  # the place after words: which words of the rules these were
        for start in range(size):
            if start not in reached:
                continue
            for end, ended in self._parts(piece, start):
                small = piece.text[start:end] in SMALL_WORDS or end - start < SHORTEST_PART
                if (start or end < size) and not (small and (start == 0 or end == size)):
                    reached.setdefault(end, set()).update(reached[start] | ended)
        numbers = reached.get(size, set())
        yield from (
            Found(first, first + 1, number, together=True) for number in numbers if self._is_meant(piece, number)
        )

    def _parts(self, piece: Piece, start: int) -> Iterator[tuple[int, set[int]]]:
        """Where words end that begin at ``start``: those of the rules, with their numbers, and any other."""
        states = [self._root]
        for place in range(start, piece.length):
            states = _step(states, piece.units[place]) if states else []
            end = place + 1
            ended = {number for state in states for number in state.ends} if end - start >= SHORTEST_PART else set()
            if ended or (len(piece.text) == piece.length and end - start > 1 and is_word(piece.text[start:end])):
                yield end, ended

    def _drawn(self, piece: Piece, first: int) -> Iterator[Found]:
        """A Russian word drawn with Latin letters alone: "nopho"."""
        if not piece.is_latin or not SHORTEST_SPLIT <= piece.length <= LONGEST_TOGETHER:
            return
        states = [self._root]
        for unit in piece.units:
            readings = letters.readings(unit.char, mixed=True)
            states = _step(states, Unit(unit.char, readings, unit.optional, unit.place))
        ended = {number for state in states for number in state.ends}
        yield from (Found(first, first + 1, number) for number in ended & self._russian)

    def _in_latin(self, pieces: Sequence[Piece], first: int) -> Iterator[Found]:
        """A Russian word in Latin letters, where some may be digits."""
        last = first
        while last + 1 < min(len(pieces), first + MOST_PIECES) and pieces[last + 1].between == Between.NOTHING:
            last += 1
        row = pieces[first : last + 1]
        if any(piece.is_cyrillic for piece in row) or all(piece.kind != "letters" for piece in row):
            return
        for after, part in {first + 1: row[:1], last + 1: row}.items():
            yield from (Found(first, after, number) for number in self._spelt_by(part))

    def _spelt_by(self, row: Sequence[Piece]) -> set[int]:
        word = "".join(letters.in_words(unit.char) for piece in row for unit in piece.units)
        node: Node | None = self._spelt
        stems: set[int] = set()
        for char in letters.latin_spelling(word):
            node = node.next.get(char) if node else None
            if node is None:
                return stems
            stems |= node.stems
        return stems | (node.ends if node else set())


def _is_small_letter(piece: Piece) -> bool:
    return piece.length == 1 and piece.text in SMALL_WORDS


def _put(root: Node, form: str, number: int, *, stem: bool) -> None:
    node = root
    for char in form:
        node = node.next.setdefault(char, Node())
    (node.stems if stem else node.ends).add(number)


def _step(states: list[Node], unit: Unit) -> list[Node]:
    """Where ``unit`` leads from each of the states."""
    after: list[Node] = list(states) if unit.optional else []
    for state in states:
        for char in unit.readings:
            if char == letters.ANY:
                after += state.next.values()
            elif (node := state.next.get(char)) is not None:
                after.append(node)
    return after[:MOST_STATES] if len(after) < 2 else list({id(node): node for node in after}.values())[:MOST_STATES]
