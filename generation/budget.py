"""How long a prompt may be, and how long a text is where no tokenizer is at hand; ``engine.tokens`` counts."""

from __future__ import annotations

import math
import re
from collections.abc import Callable

from generation import form_words as form

TOKENS = 75  # CLIP reads 77, two of them mark start and end

Count = Callable[[str], int]
"""The tokens of a text, those that mark its start and end not counted."""

_PIECES = re.compile(r"[a-z]+|[0-9]|[^\sa-z0-9]", re.IGNORECASE)


def estimate_tokens(text: str) -> int:
    """How many tokens CLIP's tokenizer makes of ``text``, start and end not counted; rather too many than too few.

    The form's own words are one token each. Of other words, CLIP's byte pairs (vocabulary of 49,408) hold at least
    three letters on average, fewer where vowels are rare; among 355,000 names of software this is too low for one in
    400, and for none of 20,000 titles of six such words. Digits and signs are one token each, other scripts one a byte.
    """
    return sum(_tokens(piece) for piece in _PIECES.findall(text))


def _tokens(piece: str) -> int:
    if not piece.isascii():
        return len(piece.encode(errors="replace"))
    if len(piece) == 1 or piece.lower() in _OWN_WORDS:
        return 1
    vowels = sum(char in "aeiouy" for char in piece.lower())
    return max(1 + math.ceil(len(piece) / 3), len(piece) - 2 * vowels)


_OWN_WORDS = frozenset(
    " ".join(
        [*form.COMPOSITION.values(), *form.QUALITY.values(), form.USUAL_QUALITY, form.BLACK_AND_WHITE]
        + [*form.DRAMATIC.values(), *form.MINIMAL.values()]
        + [
            words
            for table in (form.PEOPLE, form.MOTION, form.BRIGHTNESS, form.WARMTH, form.CONTRAST)
            for words in table.values()
        ]
        + ["vivid muted colors red orange yellow green teal blue navy purple pink brown beige grey"]
        + ["the of in on at to for with from"]
    )
    .replace(",", "")
    .split()
)
