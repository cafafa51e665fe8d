"""Describe: what is seen in the best frames, in words, and what is measured: palette, light, motion, faces, people."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from generation.facts import Facts, measure
from generation.stages.engine_door import expected
from generation.work import BEST
from imagecreator.errors import ExpectedError
from imagecreator.people import has_person

if TYPE_CHECKING:
    from PIL.Image import Image

    from generation.engine import Engine
    from generation.work import Tell


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

    ``captioner`` names the model that looked; ``fault`` is the code of what kept it from looking.
    """

    facts: Facts | None = None
    captions: tuple[str, ...] = ()
    captioner: str = ""
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
            captions = painter.caption(frames)
    except ExpectedError as error:
        if error.code == "card_failed":
            raise
        return Described(facts, fault=error.code)
    return Described(facts, tuple(filter(None, captions)), painter.profile.roles["captioner"].folder.name)
