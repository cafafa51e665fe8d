"""Guides for drawn people: skeletons and face lines lie where the people are, in the colours that detectors use."""

from __future__ import annotations

from dataclasses import replace

import mediapipe as mp
import numpy as np
import pytest
from controlnet_aux.mediapipe_face import mediapipe_face_common as theirs

from generation.preview import scenes
from generation.preview.casts import draw_casts, imagine_cast
from generation.preview.drawing import features as ours
from generation.preview.drawing.features import draw_features, features
from generation.preview.drawing.people import EXPRESSIONS, POSES
from generation.preview.drawing.skeletons import skeleton
from generation.preview.scenes import Figures, Portrait, Scene

RIGHT, LEFT = (2, 3, 4, 8, 9, 10), (5, 6, 7, 11, 12, 13)
ASPECT = 256 / 144


def a_face(expression: str, cast: int = 3) -> dict[str, tuple[float, float]]:
    """Where the features of a portrait are."""
    scene = Scene("bokeh", 1, ("navy",), who=Portrait(expression, "red"), cast=cast)
    return scenes.draw_with_places(scene)[1][0]


@pytest.mark.parametrize("pose", POSES)
def test_a_skeleton_has_the_figures_joints_with_its_own_right_on_the_left(pose: str) -> None:
    scene = Scene("waves", 5, ("white",), who=Figures(pose, "red"), cast=8)
    joints = scenes.draw_with_places(scene)[1][0]
    points = skeleton(joints, ASPECT).points
    drawn = {(round(x / ASPECT, 6), round(y, 6)) for x, y in joints.values()}
    limbs = [points[number] for number in (*RIGHT, *LEFT)]
    assert all(point is None or (round(point[0], 6), round(point[1], 6)) in drawn for point in limbs)
    for right, left in ((2, 5), (8, 11)):
        here, there = points[right], points[left]
        assert here is not None and there is not None and here[0] < there[0]
    assert (points[16] is None) != (points[17] is None), "of its ears one is seen"


def test_what_is_outside_the_picture_is_not_seen() -> None:
    scene = Scene("waves", 5, ("white",), who=Figures("standing", "red"), cast=8)
    joints = scenes.draw_with_places(scene)[1][0]
    lowered = {name: (x, y + 0.3) for name, (x, y) in joints.items()}
    points = skeleton(lowered, ASPECT).points
    assert points[10] is None and points[13] is None and points[0] is not None


def test_faces_are_drawn_in_the_colours_and_widths_of_the_detector() -> None:
    """Which writes blue first and turns the picture round at the end."""
    for spec, colour in (
        (theirs.head_draw, ours.HEAD),
        (theirs.mouth_draw, ours.LIPS),
        (theirs.right_eye_draw, ours.EYES["r"]),
        (theirs.left_eye_draw, ours.EYES["l"]),
        (theirs.right_eyebrow_draw, ours.BROWS["r"]),
        (theirs.left_eyebrow_draw, ours.BROWS["l"]),
        (theirs.right_iris_draw, ours.PUPILS["r"]),
        (theirs.left_iris_draw, ours.PUPILS["l"]),
    ):
        assert spec.color == colour[::-1] and spec.thickness == ours.THICKNESS
    assert len(mp.solutions.face_mesh.FACEMESH_FACE_OVAL) == len(features(a_face("calm")).lines[0][0]) - 1


@pytest.mark.parametrize("expression", EXPRESSIONS)
def test_lines_lie_where_the_features_are(expression: str) -> None:
    places = a_face(expression)
    picture = np.asarray(draw_features([features(places)], (512, 288))).max(axis=2) > 100
    rows, columns = np.nonzero(picture)
    for name in ("chin", "mouth_r", "mouth_l", "lip_top", "lip_bottom", "r_brow", "l_brow"):
        x, y = places[name]
        assert np.hypot(columns - x * 288, rows - y * 288).min() < 4, name


def test_open_lips_and_closed_eyes_are_seen_in_the_lines() -> None:
    """The gap between the lips is nowhere in a calm face; a closed eye's two lids are one line."""
    calm, gaping, sleeping = (a_face(name) for name in ("calm", "open mouth", "closed eyes"))
    assert gaping["gap_bottom"][1] - gaping["gap_top"][1] > 0.08 > calm["gap_bottom"][1] - calm["gap_top"][1]
    lids = [
        [points for points, colour in features(face).lines if colour == ours.EYES["r"]] for face in (calm, sleeping)
    ]
    assert lids[0][0] != lids[0][1] and lids[1][0] == lids[1][1]


def test_a_cast_stands_anywhere_while_the_ground_stays() -> None:
    scene = Scene("hills", 1, ("green",), "day", who=Figures("waving", "red", free=True), cast=1)
    first, (here,) = scenes.draw_with_places(scene)
    second, (there,) = scenes.draw_with_places(replace(scene, cast=2))
    assert abs(here["neck"][0] - there["neck"][0]) > 0.05
    empty = [scenes.draw(replace(scene, who=None, cast=cast)) for cast in (1, 2)]
    assert empty[0].tobytes() == empty[1].tobytes() != first.tobytes() != second.tobytes()


def test_casts_are_the_same_every_time_and_some_are_nobody() -> None:
    once, again = (draw_casts(40, 3, "figures", nobody=0.5) for _ in range(2))
    assert [item.scene for item in once] == [item.scene for item in again]
    assert 8 <= sum(item.scene.who is None for item in once) <= 32
    assert all(
        len(item.places) == (item.scene.who.count if isinstance(item.scene.who, Figures) else 0) for item in once
    )
    assert not any(scenes.is_held_out(item.scene) for item in once)
    rng = np.random.default_rng(1)
    assert all(scenes.is_held_out(imagine_cast(rng, "portrait", held_out=True)) for _ in range(20))
