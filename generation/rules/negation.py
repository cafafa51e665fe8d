"""Words that say that something is *not* to be seen: "no nudity", "without blood or gore", "без крови и насилия"."""

from __future__ import annotations

from typing import TYPE_CHECKING

from generation.rules import letters

if TYPE_CHECKING:
    from collections.abc import Sequence

    from generation.rules.pieces import Piece

_DENY = (
    "no non not without never anti against ban stop "
    "без не нет против никаких никакого никакой ни запрет запрещен стоп анти"
)
_JOIN = "and or nor any of и или ни либо а также"
# Denied in one breath with what rules look for. Only these may stand between: "no clothes, nude" denies no nudity.
_ALSO = (
    "violence blood gore nudity nsfw sex drugs weapons profanity swearing spoilers hate politics alcohol porn cruelty "
    "насилия насилие крови кровь жестокости мата мат спойлеров наготы эротики секса наркотиков порнографии оружия "
    "политики алкоголя обнаженки"
)
MOST_BETWEEN = 6  # words from the denial to what it denies


class Negations:
    """Looks back from a hit for a denial that reaches it."""

    def __init__(self) -> None:
        self._deny = {letters.fold(word) for word in _DENY.split()}
        self._pass = {letters.fold(word) for word in f"{_JOIN} {_ALSO}".split()}

    def deny(self, pieces: Sequence[Piece], first: int) -> bool:
        """Whether what begins with the piece ``first`` is said not to be there."""
        for place in range(first - 1, max(-1, first - 1 - MOST_BETWEEN), -1):
            word = "".join(unit.char for unit in pieces[place].units)
            if word in self._deny:
                return not pieces[place + 1].parted
            if word not in self._pass:
                return False
        return False
