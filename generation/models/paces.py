"""The names under which times of requests are kept, and by which requests are told apart that can share a batch."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from generation.engine import Profile
    from generation.targets import Target

MOST_LETTERS = 128  # of a pace: with what is done afterwards, it has room in its column


def pace_key(profile: Profile, size: Target, mode: str, steps: int | None, way: str = "text") -> str:
    """What makes painting take as long as it does. LoRAs cost little, so the measured times go without them.

    ``way`` is what ``painted_from`` says. At most MOST_LETTERS; of a longer one, the end is told apart by its digest.
    """
    width, height = profile.size_for(size.width, size.height)
    name, values = profile.mode(mode)
    key = f"{way} {profile.name} {width}x{height} {name} {steps or values.steps}"
    return key if len(key) <= MOST_LETTERS else f"{key[: MOST_LETTERS - 17]} {_digest(key)}"


def painted_from(start: bool, mask: bool, strength: float, guides: Iterable[str] = ()) -> str:
    """What a picture is painted from, as times and batches tell it apart: see ``PaintJob.kind``.

    ``guides`` are the kinds of those that it follows: how strongly takes no time.
    """
    way = f"image {exact(strength)}" if start and strength < 1 else "text"
    if mask:
        way = f"inpaint {exact(strength)}"
    return " ".join([way, *sorted(guides)])


def exact(number: float) -> str:
    """A number in a key. Two that differ anywhere differ here, as they do for ``PaintJob.company``."""
    return repr(float(number)).removesuffix(".0")


def led(ways: Iterable[str]) -> str:
    """How guides are followed, each by its ``GuideUse.way``, in a few letters; empty where there is none."""
    found = sorted(ways)
    return f" {_digest(repr(found))}" if found else ""


def wardrobe(loras: Sequence[dict[str, Any]]) -> str:
    """A set of LoRAs with their weights, in a few letters; empty where none changes the picture."""
    worn = sorted((one["sha256"], float(one["weight"])) for one in loras if one["weight"])
    return f" {_digest(repr(worn))}" if worn else ""


def afterwards(enlarge_by: str, restyle: Mapping[str, Any] | None) -> str:
    """What is done with a picture when it is there, as far as it takes time."""
    iterations = f" restyle {restyle.get('iterations', '')}" if restyle is not None else ""
    return f" enlarge by {enlarge_by}{iterations}" if enlarge_by == "model" else iterations


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]
