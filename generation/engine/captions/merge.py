"""Many captions of one video made one summary: who is seen, what they do, and what recurs. Rules and tables, no model.

A caption is taken apart at prepositions and verbs, and its things are counted by their last word: "a black car" and
"the car" are one. Of many frames, what was said of one alone is left out: it may well be wrong.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from generation.engine.captions.grammar import EMPTY, IDLE
from generation.engine.captions.parts import singular, taken_apart

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from generation.engine.captions.parts import Part

MOST_WORDS = 16
MOST_THINGS, MOST_ACTIONS = 4, 2
FEW = 2  # frames, of which nothing need recur


@dataclass(frozen=True)
class Summary:
    """What the captions of a video have in common.

    `phrases`: what to say, most telling first, 16 words in all. `recurring`: things, places, times and looks, the most
    frequent first; `people`: "a man", "two women", "a group of people", or ""; `actions`: "walking down a street".
    """

    phrases: tuple[str, ...] = ()
    recurring: tuple[str, ...] = ()
    people: str = ""
    actions: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return {name: list(value) if isinstance(value, tuple) else value for name, value in asdict(self).items()}


def merge(captions: Iterable[str], frames: int = 0) -> Summary:
    """The summary of captions, best frame first; empty ones are passed over. The same for the same captions.

    ``frames`` is how many were looked at, where those that nothing sure could be said of have no caption.
    """
    told = [parts for parts in map(taken_apart, captions) if parts]
    least = 2 if max(len(told), frames) > FEW else 1
    people, actions, things = (
        _most_told([[part for part in parts if part.role == role] for parts in told], least)
        for role in ("people", "action", "thing")
    )
    who = people[0] if people else ""
    doing = sorted(actions, key=lambda action: action.split()[0] in IDLE)[:MOST_ACTIONS]
    phrases = _said([who, *doing[:1], *things, *doing[1:]])
    return Summary(phrases, tuple(things[:MOST_THINGS]), who, tuple(doing))


def _most_told(found: Sequence[Sequence[Part]], least: int) -> list[str]:
    """The phrases said so often, the most frequent first, then the earliest; each in the words that are most usual.

    It counts once for a caption.
    """
    times: Counter[str] = Counter()
    words: dict[str, Counter[str]] = {}
    for parts in found:
        times.update(dict.fromkeys((part.key for part in parts), 1))
        for part in parts:
            words.setdefault(part.key, Counter())[part.text] += 1
    return [_usual(words[key]) for key, count in times.most_common() if count >= least]


def _usual(words: Counter[str]) -> str:
    """The wording that is used most; of equals, the shortest, then the first."""
    most = max(words.values())
    return min((text for text, count in words.items() if count == most), key=lambda text: len(text.split()))


def _said(phrases: Iterable[str]) -> tuple[str, ...]:
    """As many as fit, without those that say nothing new."""
    chosen: list[str] = []
    known: set[str] = set()
    left = MOST_WORDS
    for phrase in phrases:
        telling = {singular(word) for word in re.findall(r"[\w'-]+", phrase)} - EMPTY
        count = len(phrase.split())
        if telling - known and count <= left:
            chosen.append(phrase)
            known |= telling
            left -= count
    return tuple(chosen)
