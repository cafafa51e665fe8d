"""Check: every picture goes through the profile's safety checker; what is doubtful, or cannot be checked, is held."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from django.conf import settings

from generation.engine import EngineError
from imagecreator.errors import ExpectedError

if TYPE_CHECKING:
    from generation.engine import Engine
    from generation.work import Tell, Work

FLAT = [(shade, shade) for shade in range(256)]

logger = logging.getLogger(__name__)


def check(work: Work, engine: Engine, tell: Tell) -> None:
    """Set ``held`` and ``scores`` of each picture. Fails closed: a checker that cannot run holds all of them."""
    tell("check", 0, 1)
    if any(picture.image.convert("L").getextrema() in FLAT for picture in work.pictures):
        raise ExpectedError("bad_picture")  # NaN latents decode to one flat colour
    if engine.profile.safety != "checker":
        held = engine.profile.safety != "harmless" and settings.UNCHECKED_PICTURES == "hold"
        for picture in work.pictures:
            picture.held = held
        return
    try:
        verdicts = engine.check([picture.image for picture in work.pictures])
    except EngineError as problem:
        logger.error("the safety checker could not run, the pictures are held: %s", problem)
        for picture in work.pictures:
            picture.held = True
        return
    for picture, verdict in zip(work.pictures, verdicts, strict=True):
        picture.held = verdict.flagged
        picture.scores = dict(verdict.scores)
