"""Skeletons: people as OpenPose's 18 points, drawn in its colours, and as JSON for whoever drags their joints.

The order is COCO's as OpenPose writes it: nose, neck, right shoulder, elbow and wrist, the left ones, right hip, knee
and ankle, the left ones, right eye, left eye, right ear, left ear. Right is the person's own right.
"""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from generation.engine.quiet import quiet

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PIL import Image

Point = tuple[float, float]  # x to the right and y down, as shares of the picture's width and height
Window = tuple[float, float, float, float]  # left, top, right, bottom, as such shares

POINTS = 18
MOST_PEOPLE = 20
LEAST, MOST = -0.5, 1.5  # where a point may lie: a limb may lead out of the picture
LONGEST_JSON = 40_000  # characters: 20 people of 18 points with 17 digits each take less
WHOLE: Window = (0.0, 0.0, 1.0, 1.0)
DIGITS = 5  # of a point in JSON: finer than a pixel of the largest picture


@dataclass(frozen=True)
class Pose:
    """One person. A point is None where it is not seen. ValueError for anything but 18 points, one of them seen."""

    points: tuple[Point | None, ...]

    def __post_init__(self) -> None:
        """Refuse what cannot be drawn; NaN is part of it."""
        if len(self.points) != POINTS:
            raise ValueError(f"A person has {POINTS} points, not {len(self.points)}.")
        seen = [point for point in self.points if point is not None]
        if not seen:
            raise ValueError("A person has at least one point.")
        if not all(LEAST <= share <= MOST for point in seen for share in point):
            raise ValueError(f"Points lie at {LEAST:g} to {MOST:g} of the picture's width and height.")


def draw_poses(poses: Sequence[Pose], size: tuple[int, int], window: Window = WHOLE) -> Image.Image:
    """The control image: RGB, `size` (width, height) pixels, black, each person in OpenPose's colours.

    Lines have the same width in pixels whatever the size, as those that ControlNets are trained on: draw at the size
    that is painted. `window` is the part of the picture to show, which may be larger than the picture.
    """
    from PIL import Image

    with quiet():
        from controlnet_aux.open_pose import PoseResult
        from controlnet_aux.open_pose import draw_poses as draw
        from controlnet_aux.open_pose.body import BodyResult, Keypoint
    people = []
    for pose in poses:
        keypoints = [None if point is None else Keypoint(*_within(window, point)) for point in pose.points]
        body = BodyResult(keypoints=keypoints, total_score=0.0, total_parts=POINTS - keypoints.count(None))
        people.append(PoseResult(body=body, left_hand=None, right_hand=None, face=None))
    width, height = size
    return Image.fromarray(draw(people, height, width, draw_hand=False, draw_face=False))


def _within(window: Window, point: Point) -> Point:
    left, top, right, bottom = window
    return (point[0] - left) / (right - left), (point[1] - top) / (bottom - top)


def to_json(poses: Sequence[Pose]) -> str:
    """A list of people, each a list of 18 points: `[x, y]` or `null`."""
    rounded = [
        [None if point is None else [round(share, DIGITS) for share in point] for point in pose.points]
        for pose in poses
    ]
    return json.dumps(rounded, separators=(",", ":"))


def from_json(text: str) -> tuple[Pose, ...]:
    """What `to_json` wrote and somebody may have changed. ValueError for all that is not 1 to 20 people of its kind."""
    if len(text) > LONGEST_JSON:
        raise ValueError("That is too long for poses.")
    try:
        people = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ValueError("That is not JSON.") from error
    if not isinstance(people, list) or not 1 <= len(people) <= MOST_PEOPLE:
        raise ValueError(f"Poses are a list of 1 to {MOST_PEOPLE} people.")
    return tuple(Pose(tuple(map(_point, _list(person)))) for person in people)


def _list(value: object) -> list[object]:
    if not isinstance(value, list):
        raise ValueError("A person is a list of points.")
    return value


def _point(value: object) -> Point | None:
    if value is None:
        return None
    if not isinstance(value, list) or len(value) != 2 or not all(type(share) in (int, float) for share in value):
        raise ValueError("A point is two numbers, or null.")
    x, y = value
    if not (LEAST <= x <= MOST and LEAST <= y <= MOST and math.isfinite(x) and math.isfinite(y)):
        raise ValueError(f"Points lie at {LEAST:g} to {MOST:g} of the picture's width and height.")
    return float(x), float(y)
