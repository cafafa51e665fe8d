"""Screen: what may not be painted is refused by its words, and what cannot be begun with or followed, before GPU time.

Whatever a request brings is looked at here, for it alone: what painting refuses ends a whole batch.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from generation.models.rule import judge
from generation.rules import Action
from generation.stages.engine_door import expected
from imagecreator.errors import ExpectedError

if TYPE_CHECKING:
    from generation.work import Tell, Work


def screen_text(text: str, *, negative: bool = False) -> None:
    """Raise ``ExpectedError("banned")`` with the term where the rules refuse ``text``."""
    verdict = judge([text], negative=negative)
    if verdict.hit and verdict.action == Action.REFUSE:
        raise ExpectedError("banned", term=verdict.hit.shown)


def screen(work: Work, tell: Tell) -> None:
    """Look at what is to be painted. In the shell nobody holds anything: what is not refused is painted."""
    tell("screen", 0, 1)
    if not work.words_judged:
        screen_text(work.prompt)
        screen_text(work.negative, negative=True)
    if work.start is not None:
        from generation.engine.start import inspect

        with expected():
            inspect(work.start, work.mask)
    if work.guides:
        from generation.engine.controls import inspect_guides

        with expected():
            inspect_guides(work.guides)
