"""Skeletons: drawn as OpenPose draws them, and taken back from a page as JSON, with nothing strange in it."""

from __future__ import annotations

import json

import numpy as np
import pytest

from generation.engine.guides.skeleton import MOST_PEOPLE, POINTS, Pose, draw_poses, from_json, to_json
from tests.generation.engine.guides.people import STANDING, moved

NOBODY: list[None] = [None] * POINTS


def _json(people: object) -> str:
    return json.dumps(people)


def test_every_point_is_drawn_in_its_colour() -> None:
    drawn = np.asarray(draw_poses([STANDING], (320, 240)))
    assert drawn.shape == (240, 320, 3)
    nose, left_ankle = STANDING.points[0], STANDING.points[13]
    assert nose is not None
    assert left_ankle is not None
    assert tuple(drawn[int(nose[1] * 240), int(nose[0] * 320)]) == (255, 0, 0)
    assert tuple(drawn[int(left_ankle[1] * 240), int(left_ankle[0] * 320)]) == (85, 0, 255)
    assert (drawn.max(axis=2) == 0).mean() > 0.8


def test_nobody_is_black() -> None:
    assert not np.asarray(draw_poses([], (64, 64))).any()


def test_a_limb_without_one_of_its_ends_is_not_drawn() -> None:
    only_nose = Pose((STANDING.points[0], *[None] * 17))
    with_neck = Pose((STANDING.points[0], STANDING.points[1], *[None] * 16))
    lit = [np.asarray(draw_poses([pose], (256, 256))).any(axis=2).sum() for pose in (only_nose, with_neck)]
    assert lit[0] < 80  # a dot of radius 4
    assert lit[1] > 2 * lit[0]


def test_points_outside_the_picture_are_drawn_as_far_as_they_are_in_it() -> None:
    assert np.asarray(draw_poses([moved(STANDING, 0.45)], (128, 128))).any()


def test_people_come_back_from_json_as_they_went() -> None:
    people = (STANDING, moved(Pose((None, *STANDING.points[1:])), 0.25))
    back = from_json(to_json(people))
    assert [[point is None for point in pose.points] for pose in back] == [
        [point is None for point in pose.points] for pose in people
    ]
    for one, other in zip(back, people, strict=True):
        for here, there in zip(one.points, other.points, strict=True):
            assert here == (None if there is None else pytest.approx(there, abs=1e-5))


def test_the_most_people_there_may_be_fit_into_the_text() -> None:
    many = [moved(STANDING, number / 123.456789) for number in range(MOST_PEOPLE)]
    assert len(from_json(json.dumps([[list(point or ()) for point in pose.points] for pose in many]))) == MOST_PEOPLE


@pytest.mark.parametrize(
    "text",
    [
        "",
        "nonsense",
        "[" * 39_000,
        "{}",
        "[]",
        "null",
        _json([NOBODY]),
        _json([[[0.5, 0.5]] * 17]),
        _json([[[0.5, 0.5]] * 19]),
        _json([[[0.5, 0.5]] * 18] * (MOST_PEOPLE + 1)),
        _json([[[0.5, 0.5], *["x"] * 17]]),
        _json([[[0.5, "0.5"], *[None] * 17]]),
        _json([[[True, 0.5], *[None] * 17]]),
        _json([[[0.5, 0.5, 0.5], *[None] * 17]]),
        _json([[[0.5, 1.51], *[None] * 17]]),
        _json([[[-0.51, 0.5], *[None] * 17]]),
        _json([[[float("nan"), 0.5], *[None] * 17]]),
        _json([[[float("inf"), 0.5], *[None] * 17]]),
        _json([[[10**400, 0.5], *[None] * 17]]),
        _json([[[0.5, 0.5], *[None] * 17]]) + " " * 40_000,
        "[[" + "1" * 5000 + "]]",
    ],
)
def test_what_is_no_list_of_people_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        from_json(text)
