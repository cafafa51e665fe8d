"""Skeletons as pages show them: lines and joints in OpenPose's colours over the picture they were found in.

What a ControlNet is given is drawn by ``generation.engine.guides``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django_stubs_ext import StrOrPromise

    from generation.models import Guide

Points = list[list[float] | None]  # of one person: 18, as shares of the picture

JOINTS: tuple[StrOrPromise, ...] = (
    _("nose"), _("neck"),
    _("right shoulder"), _("right elbow"), _("right wrist"), _("left shoulder"), _("left elbow"), _("left wrist"),
    _("right hip"), _("right knee"), _("right ankle"), _("left hip"), _("left knee"), _("left ankle"),
    _("right eye"), _("left eye"), _("right ear"), _("left ear"),
)  # fmt: skip
LIMBS = (
    (1, 2), (1, 5), (2, 3), (3, 4), (5, 6), (6, 7), (1, 8), (8, 9), (9, 10), (1, 11), (11, 12), (12, 13),
    (1, 0), (0, 14), (14, 16), (0, 15), (15, 17),
)  # fmt: skip
COLOURS = (
    "#ff0000", "#ff5500", "#ffaa00", "#ffff00", "#aaff00", "#55ff00", "#00ff00", "#00ff55", "#00ffaa", "#00ffff",
    "#00aaff", "#0055ff", "#0000ff", "#5500ff", "#aa00ff", "#ff00ff", "#ff00aa", "#ff0055",
)  # fmt: skip


@dataclass(frozen=True)
class Limb:
    """A line between two joints; ``path`` is empty where one of them is not seen."""

    ends: tuple[int, int]
    colour: str
    path: str


@dataclass(frozen=True)
class Joint:
    """A point; ``path`` is empty where it is not seen."""

    number: int
    name: StrOrPromise
    colour: str
    path: str


@dataclass(frozen=True)
class Figure:
    """One person; ``number`` begins with 1."""

    number: int
    limbs: list[Limb]
    joints: list[Joint]


@dataclass(frozen=True)
class Shown:
    """A guide with the people in it, as they are followed."""

    guide: Guide
    figures: list[Figure]
    faces: list[str]

    @property
    def is_drawing(self) -> bool:
        """Whether its picture itself is followed, a skeleton that somebody brought."""
        return self.guide.drawing_id is not None and self.guide.drawing_id == self.guide.picture_id


def shown(guide: Guide, poses: Sequence[Points] | None = None) -> Shown:
    """``poses`` are those of a request, where they are not the guide's own."""
    size = guide.picture.size
    people = guide.poses if poses is None else poses
    return Shown(guide, [_figure(number, points, size) for number, points in enumerate(people, 1)], _faces(guide))


def _figure(number: int, points: Points, size: tuple[int, int]) -> Figure:
    limbs = []
    for ends, colour in zip(LIMBS, COLOURS, strict=False):
        one, other = (points[end] for end in ends)
        path = f"M{_place(one, size)}L{_place(other, size)}" if one and other else ""
        limbs.append(Limb(ends, colour, path))
    joints = [
        Joint(place, name, colour, f"M{_place(point, size)}h0" if point else "")
        for place, (point, name, colour) in enumerate(zip(points, JOINTS, COLOURS, strict=True))
    ]
    return Figure(number, limbs, joints)


def _place(point: Sequence[float], size: tuple[int, int]) -> str:
    return f"{point[0] * size[0]:.2f} {point[1] * size[1]:.2f}"


def _faces(guide: Guide) -> list[str]:
    width, height = guide.picture.size
    return [
        f"M{left * width:.1f} {top * height:.1f}H{right * width:.1f}V{bottom * height:.1f}H{left * width:.1f}Z"
        for left, top, right, bottom in guide.boxes
    ]
