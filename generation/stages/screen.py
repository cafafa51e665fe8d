"""Screen: banned content is refused by its words, before any GPU time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from generation.rules import find_banned
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
