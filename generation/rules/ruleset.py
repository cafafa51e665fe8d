"""Rules made ready: what they find in a text, and what is to be done about it."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from enum import IntEnum
from typing import TYPE_CHECKING

from generation.emphasis import plain
from generation.rules import letters
from generation.rules.automaton import Automaton
from generation.rules.inflect import forms
from generation.rules.negation import Negations
from generation.rules.pieces import take_apart
from generation.rules.terms import Word

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from generation.rules.automaton import Found
    from generation.rules.pieces import Piece
    from generation.rules.terms import Term


SHORTEST_GLUED = 8  # letters of a term that is also looked for as one word


class Action(IntEnum):
    """What is done about a text, the mildest first."""

    ALLOW = 0
    NOTE = 1
    HOLD = 2
    REFUSE = 3


@dataclass(frozen=True)
class Rule:
    """One rule, as a moderator wrote it.

    One of ``terms`` is a hit. Where there are ``together``, only with one of those in the same text, at most ``within``
    words away (0: anywhere in it); where one of ``unless`` is as near, it is none. Nor is what lies within one of
    ``exceptions``, nor what is said not to be there ("no nudity"), unless ``even_denied``.
    """

    key: str
    category: str
    action: Action
    terms: tuple[Term, ...]
    together: tuple[Term, ...] = ()
    within: int = 0
    exceptions: tuple[Term, ...] = ()
    unless: tuple[Term, ...] = ()
    even_denied: bool = False


BETWEEN = " … "


@dataclass(frozen=True)
class Hit:
    """What was found: by which rule, as it stands in the text, and from where to where.

    ``shown`` is what people are told: where a rule wants two things together, both, with ``BETWEEN`` between them.
    """

    rule: Rule
    term: str
    span: tuple[int, int]
    shown: str


@dataclass(frozen=True)
class Verdict:
    """What is to be done about a text, and every hit, the gravest first."""

    action: Action
    hits: tuple[Hit, ...] = ()

    @property
    def hit(self) -> Hit | None:
        """The hit that decided."""
        return self.hits[0] if self.hits else None


@dataclass(frozen=True)
class _Run:
    """Where a term lies: the pieces from ``first`` to before ``after``."""

    first: int
    after: int
    together: bool = False  # with other words in one: it makes no exception

    def lies_in(self, other: _Run) -> bool:
        return not other.together and other.first <= self.first and self.after <= other.after


class Ruleset:
    """All rules in one automaton. It costs what the text costs, not what the rules do."""

    def __init__(self, rules: Iterable[Rule]) -> None:
        self.rules = tuple(rules)
        self._automaton = Automaton()
        self._words: dict[Word, int] = {}
        self._starts: dict[int, list[tuple[Term, tuple[int, ...]]]] = defaultdict(list)
        for term in dict.fromkeys(term for rule in self.rules for term in _terms_of(rule)):
            numbers = tuple(self._number(word) for word in term.words)
            self._starts[numbers[0]].append((term, numbers))
            if (glued := _glued(term)) is not None:
                number = self._number(glued)
                self._starts[number].append((term, (number,)))
        self._asks: dict[Term, list[Rule]] = defaultdict(list)
        for rule in self.rules:
            for term in dict.fromkeys(rule.terms):
                self._asks[term].append(rule)
        self._negations = Negations()

    def judge(self, text: str) -> Verdict:
        """What is to be done about ``text``. Words hidden by weights are found in the text without them as well."""
        hits = self._hits(text)
        bare = plain(text)
        if not hits and bare != text:
            hits = self._hits(bare)
        hits.sort(key=lambda hit: (-hit.rule.action, hit.span))
        return Verdict(hits[0].rule.action if hits else Action.ALLOW, tuple(hits))

    def _number(self, word: Word) -> int:
        key = word if not word.gap else type(word)(word.text, word.exact, word.stem)
        if (known := self._words.get(key)) is not None:
            return known
        number = self._words[key] = len(self._words)
        if word.stem:
            self._automaton.add(number, word.text, stem=True)
        else:
            for form in {word.text} if word.exact else forms(word.text):
                self._automaton.add(number, form)
        return number

    def _hits(self, text: str) -> list[Hit]:
        pieces = take_apart(text)
        runs = self._runs(pieces)
        if not runs:
            return []
        found: dict[tuple[str, tuple[int, int]], Hit] = {}
        for term in list(runs):
            for rule in self._asks.get(term, ()):
                for run, company in self._of_rule(rule, term, runs, pieces):
                    span = _span(run, pieces)
                    spans = [span] if company is None else sorted({span, _span(company, pieces)})
                    shown = BETWEEN.join(_as_read(text, each) for each in spans)
                    found.setdefault((rule.key, span), Hit(rule, _as_read(text, span), span, shown))
        return list(found.values())

    def _of_rule(
        self, rule: Rule, term: Term, runs: dict[Term, list[_Run]], pieces: Sequence[Piece]
    ) -> Iterator[tuple[_Run, _Run | None]]:
        """Where ``term`` is a hit of the rule, and where that stands which it must be together with."""
        exceptions = [run for other in rule.exceptions for run in runs.get(other, ())]

        def near(run: _Run, terms: tuple[Term, ...]) -> _Run | None:
            found = [(other, place) for other in terms for place in runs.get(other, ()) if not excepted(place)]
            close = [at for other, at in found if _near(run, at, rule.within, pieces, joined=other != term)]
            return min(close, key=lambda at: abs(at.first - run.first), default=None)

        def excepted(run: _Run) -> bool:
            return any(run.lies_in(other) for other in exceptions)

        for run in runs[term]:
            company = near(run, rule.together)
            if excepted(run) or (rule.together and company is None) or near(run, rule.unless) is not None:
                continue
            if rule.even_denied or not self._negations.deny(pieces, run.first):
                yield run, company

    def _runs(self, pieces: Sequence[Piece]) -> dict[Term, list[_Run]]:
        """Where each term lies."""
        at: dict[int, list[Found]] = defaultdict(list)
        for found in self._automaton.find(pieces):
            at[found.first].append(found)
        runs: dict[Term, list[_Run]] = defaultdict(list)
        for first, here in at.items():
            for found in here:
                for term, numbers in self._starts.get(found.word, ()):
                    for after in set(_ends(found.after, term.words[1 : len(numbers)], numbers[1:], at, pieces)):
                        runs[term].append(_Run(first, after, found.together))
        return {term: list(dict.fromkeys(places)) for term, places in runs.items()}


def _glued(term: Term) -> Word | None:
    """A term of several words as one word, as in a tag or where each letter stands alone."""
    text = "".join(word.text for word in term.words)
    is_whole = len(term.words) > 1 and not any(word.gap or word.stem for word in term.words)
    return Word(text, exact=True) if is_whole and len(text) >= SHORTEST_GLUED else None


def _terms_of(rule: Rule) -> tuple[Term, ...]:
    return (*rule.terms, *rule.together, *rule.exceptions, *rule.unless)


def _ends(
    place: int, words: Sequence[Word], numbers: Sequence[int], at: dict[int, list[Found]], pieces: Sequence[Piece]
) -> Iterator[int]:
    """Where a term ends whose first words end before ``place``. Digits and signs between words do not count."""
    if not words:
        yield place
        return
    gap = words[0].gap
    for first in range(place, len(pieces)):
        for found in at.get(first, ()):
            if found.word == numbers[0] and not found.together:
                yield from _ends(found.after, words[1:], numbers[1:], at, pieces)
        if pieces[first].kind == "letters":
            gap -= 1
            if gap < 0:
                return


def _span(run: _Run, pieces: Sequence[Piece]) -> tuple[int, int]:
    return pieces[run.first].start, pieces[run.after - 1].end


def _as_read(text: str, span: tuple[int, int]) -> str:
    return "".join(char for char in text[slice(*span)] if not letters.is_invisible(char))


def _near(run: _Run, other: _Run, within: int, pieces: Sequence[Piece], *, joined: bool) -> bool:
    """Whether at most ``within`` words stand between. A word is no company for itself, unless it is several in one."""
    if run.first < other.after and other.first < run.after:
        return joined and run.together and other.together
    between = pieces[run.after : other.first] if run.after <= other.first else pieces[other.after : run.first]
    return not within or sum(piece.kind == "letters" for piece in between) <= within
