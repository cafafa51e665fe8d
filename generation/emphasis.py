"""Weights in prompts, as A1111 writes them: ``(word:1.3)``, ``(word)`` for 1.1, ``[word]`` for 1/1.1.

They nest and multiply; a backslash before a bracket makes it an ordinary one. What does not close, or is no number, is
text. Plain Python, in linear time.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

STEP = 1.1
LEAST, MOST = 0.0, 2.0
DEEPEST = 20  # brackets in brackets; more are text

_NUMBER = r":\s{0,3}(?P<weight>[0-9]{1,3}(?:\.[0-9]{0,6})?|\.[0-9]{1,6})\s{0,3}\)"
_PIECES = re.compile(rf"\\[()\[\]\\]|[()\[\]]|{_NUMBER}|[^\\()\[\]:]+|.", re.DOTALL)


@dataclass(frozen=True)
class Fragment:
    """A part of a prompt and how much it counts: 1 is as always, within ``LEAST`` … ``MOST``."""

    text: str
    weight: float = 1.0


@dataclass
class _Open:
    """A bracket that has not closed yet, and what stands in it so far."""

    bracket: str
    inside: list[Fragment] = field(default_factory=list)


def fragments(prompt: str) -> list[Fragment]:
    """The prompt's parts in order, neighbours of one weight joined; empty for an empty prompt."""
    levels = [_Open("")]
    for found in _PIECES.finditer(prompt):
        piece, weight = found[0], found["weight"]
        if piece in ("(", "[") and len(levels) <= DEEPEST:
            levels.append(_Open(piece))
        elif weight is not None and levels[-1].bracket == "(":
            _close(levels, float(weight))
        elif piece == ")" and levels[-1].bracket == "(":
            _close(levels, STEP)
        elif piece == "]" and levels[-1].bracket == "[":
            _close(levels, 1 / STEP)
        elif len(piece) == 2 and piece[0] == "\\":
            levels[-1].inside.append(Fragment(piece[1]))
        else:
            levels[-1].inside.append(Fragment(piece))
    while len(levels) > 1:  # what never closed was an ordinary bracket
        left = levels.pop()
        levels[-1].inside += [Fragment(left.bracket), *left.inside]
    return _joined(levels[0].inside)


def plain(prompt: str) -> str:
    """The prompt without weights: what is to be searched, counted and shown where weights mean nothing."""
    return "".join(fragment.text for fragment in fragments(prompt))


def is_weighted(prompt: str) -> bool:
    """Whether any part counts more or less than the others."""
    return any(fragment.weight != 1.0 for fragment in fragments(prompt))


def inside_weights(prompt: str) -> bytearray:
    """One byte for each character: 1 where the prompt may not be parted before it, as a bracket would lose its end."""
    inside = bytearray(len(prompt) + 1)
    opened: list[tuple[str, int]] = []
    for found in _PIECES.finditer(prompt):
        piece, bracket = found[0], opened[-1][0] if opened else ""
        if piece in ("(", "["):
            opened.append((piece, found.start()))
        elif (bracket == "(" and (piece == ")" or found["weight"])) or (bracket == "[" and piece == "]"):
            first = opened.pop()[1] + 1
            inside[first : found.end()] = b"\1" * (found.end() - first)
    return inside


def _close(levels: list[_Open], weight: float) -> None:
    inside = [Fragment(each.text, each.weight * weight) for each in levels.pop().inside]
    levels[-1].inside += inside


def _joined(parts: list[Fragment]) -> list[Fragment]:
    joined: list[Fragment] = []
    for part in parts:
        weight = min(MOST, max(LEAST, round(part.weight, 4)))
        if joined and joined[-1].weight == weight:
            joined[-1] = Fragment(joined[-1].text + part.text, weight)
        elif part.text:
            joined.append(Fragment(part.text, weight))
    return joined
