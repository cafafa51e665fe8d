"""Describe: what is seen in the best frames, in words, and what is measured: palette, light, motion, faces, people."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from channels_app.footage.likeness import TWINS, sign
from generation.facts import Facts, measure
from generation.stages.engine_door import expected
from generation.work import BEST
from imagecreator.errors import ExpectedError
from imagecreator.people import has_person

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PIL.Image import Image

    from generation.engine import Engine
    from generation.work import Tell

logger = logging.getLogger(__name__)


@dataclass
class Seen:
    """What there is to look at: frames (RGB, best first), faces found in each, and the video's own measures."""

    frames: list[Image] = field(default_factory=list)
    faces: list[int] = field(default_factory=list)
    motion: float = 0.0  # 0 still … 1 wild
    cuts_per_minute: float = 0.0


@dataclass(frozen=True)
class Described:
    """Facts, None where there is no frame; captions, one for each frame of which anything sure could be said.

    ``captioner`` names the model that looked, at so many frames; ``fault`` is the code of what kept it from looking.
    """

    facts: Facts | None = None
    captions: tuple[str, ...] = ()
    captioner: str = ""
    frames: int = 0
    fault: str = ""


def describe(seen: Seen, painter: Engine | None, tell: Tell) -> Described:
    """Look at the frames. Without a captioner, or where it cannot work, the facts are all there is.

    ``ExpectedError("card_failed")`` alone ends it: nothing runs on the card any more.
    """
    if not seen.frames:
        return Described()
    frames, people = seen.frames[:BEST], []
    for number, frame in enumerate(frames):
        tell("describe", number, len(frames))
        people.append(has_person(frame))
    facts = measure(
        frames,
        faces=seen.faces[: len(frames)],
        people=people,
        motion=seen.motion,
        cuts_per_minute=seen.cuts_per_minute,
    )
    if painter is None or not painter.has_captioner:
        return Described(facts)
    tell("describe", len(frames), len(frames))
    try:
        with expected():
            captions = _captions(frames, painter)
    except ExpectedError as error:
        if error.code == "card_failed":
            raise
        logger.warning("the captioner could not look: %s", error.__cause__)
        return Described(facts, fault=error.code)
    captioner = painter.profile.roles["captioner"].folder.name
    return Described(facts, tuple(filter(None, captions)), captioner, len(frames))


def _captions(frames: Sequence[Image], painter: Engine) -> list[str]:
    """A line for each frame. Of twins, as the latest videos of a channel may hold them, the first alone is looked at.

    They keep its line: what they all show counts as often as it is shown.
    """
    signatures = [sign(np.asarray(frame)) for frame in frames]
    first = [
        next(other for other in range(at + 1) if other == at or signatures[at].novelty(signatures[other]) < TWINS)
        for at in range(len(frames))
    ]
    chosen = sorted(set(first))
    lines = dict(zip(chosen, painter.caption([frames[at] for at in chosen]), strict=True))
    return [lines[at] for at in first]
