"""The one table of sizes: what is painted, its pixels, how large its file may be. Labels for people are elsewhere."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Target:
    """A place for a picture: exact pixels, the part every screen shows, and the largest file in bytes."""

    key: str
    width: int
    height: int
    safe: tuple[int, int] | None  # width and height of the centred area that no screen crops away
    max_bytes: int
    for_what: Literal["video", "channel"]


TARGETS: dict[str, Target] = {
    target.key: target
    for target in (
        Target("thumbnail", 1280, 720, safe=None, max_bytes=2_000_000, for_what="video"),
        Target("avatar", 800, 800, safe=None, max_bytes=4_000_000, for_what="channel"),  # shown as a circle
        Target("cover", 2560, 1440, safe=(1546, 423), max_bytes=6_000_000, for_what="channel"),
    )
}
