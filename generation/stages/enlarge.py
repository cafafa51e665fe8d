"""Enlarge: every picture to the exact pixels of its target, cropped around what matters, never squeezed."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from generation.engine import Engine
    from generation.work import Tell, Work


def enlarge(work: Work, engine: Engine, tell: Tell) -> None:
    """Replace each image by one of ``(target.width, target.height)`` pixels.

    Not where a part of a picture was painted: all the rest of it stays bit for bit, in the picture's own size.
    """
    if work.mask is not None:
        return
    size = (work.target.width, work.target.height)
    for number, picture in enumerate(work.pictures):
        tell("enlarge", number, len(work.pictures))
        picture.image = engine.enlarge(picture.image, size)
