"""Describe: what is measured in the best frames: palette, light, motion, faces, people."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from generation.facts import Facts, measure
from generation.work import BEST
from imagecreator.people import has_person

if TYPE_CHECKING:
    from PIL.Image import Image

    from generation.work import Tell


@dataclass
class Seen:
    """What there is to look at: frames (RGB, best first), faces found in each, and the video's own measures."""

    frames: list[Image] = field(default_factory=list)
    faces: list[int] = field(default_factory=list)
    motion: float = 0.0  # 0 still … 1 wild
    cuts_per_minute: float = 0.0


def describe(seen: Seen, tell: Tell) -> Facts | None:
    """Measure facts, or return None where there is no frame."""
    if not seen.frames:
        return None
    frames, people = seen.frames[:BEST], []
    for number, frame in enumerate(frames):
        tell("describe", number, len(frames))
        people.append(has_person(frame))
    return measure(
        frames,
        faces=seen.faces[: len(frames)],
        people=people,
        motion=seen.motion,
        cuts_per_minute=seen.cuts_per_minute,
    )
