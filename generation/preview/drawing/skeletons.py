"""The skeletons of drawn figures, as OpenPose would find them: what a pose guide for their picture looks like."""

from __future__ import annotations

from typing import TYPE_CHECKING

from generation.engine.guides.skeleton import Pose
from generation.preview.drawing.people import HEAD, NECK

if TYPE_CHECKING:
    from generation.preview.drawing.paper import Point

LIMBS = ("shoulder", "elbow", "wrist"), ("hip", "knee", "ankle")


def skeleton(joints: dict[str, Point], aspect: float) -> Pose:
    """The 18 points of one whom `people.figure` drew, as shares of a picture of this aspect; what lies outside is None.

    Figures look at the viewer, so their own right is on the left, whichever arm is nearer. Only one ear is seen.
    """
    middle, nose = joints["head"], joints["nose"]
    way = 1 if nose[0] > middle[0] else -1
    size = HEAD / (HEAD + NECK) * (middle[1] - joints["neck"][1]) * -1  # the head's radius
    right, left = ("l", "r") if way > 0 else ("r", "l")
    shoulders = joints["l_shoulder"], joints["r_shoulder"]
    points: list[Point | None] = [nose, ((shoulders[0][0] + shoulders[1][0]) / 2, shoulders[0][1])]
    for limb in LIMBS:
        for side in (right, left):
            points += [joints[f"{side}_{joint}"] for joint in limb]
    points += [(nose[0] + side * size * 0.32, nose[1] - size * 0.25) for side in (-1, 1)]
    ear = (middle[0] - way * size * 0.6, middle[1] - size * 0.05)
    points += [ear, None] if way > 0 else [None, ear]
    return Pose(tuple(_share(point, aspect) for point in points))


def _share(point: Point | None, aspect: float) -> Point | None:
    if point is None:
        return None
    x, y = point[0] / aspect, point[1]
    return (x, y) if 0 <= x <= 1 and 0 <= y <= 1 else None
