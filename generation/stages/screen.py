"""Screen: what may not be painted is refused by its words, and what cannot be begun with or followed, before GPU time.

Whatever a request brings is looked at here, for it alone: what painting refuses ends a whole batch.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from generation.rules import find_banned
from generation.stages.engine_door import expected
from imagecreator.errors import ExpectedError

if TYPE_CHECKING:
    from generation.work import Tell, Work


def screen_text(text: str) -> None:
    """Raise ``ExpectedError("banned")`` with the term where ``text`` contains one."""
    if hit := find_banned(text):
        raise ExpectedError("banned", term=hit.term)


def screen(work: Work, tell: Tell) -> None:
    """Look at what is to be painted. The negative prompt may name what is not wanted."""
    tell("screen", 0, 1)
    screen_text(work.prompt)
    if work.start is not None:
        from generation.engine.start import inspect

        with expected():
            inspect(work.start, work.mask)
    if work.guides:
        from generation.engine.controls import inspect_guides

        with expected():
            inspect_guides(work.guides)
