"""Faces found in photos and drawn for a ControlNet: several, not too small, and none where there is none."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from generation.engine import EngineError
from generation.engine.guides.face_guide import find_faces
from tests.generation.engine.guides.photos import beside, crowd, on, photo

HER_FACE = (224, 120)  # in the astronaut's photo


def test_a_face_is_drawn_where_it_is_and_nothing_else() -> None:
    picture = photo("astronaut")
    faces = find_faces(picture)
    [box] = faces.boxes
    assert faces.picture.size == picture.size
    assert box.left < HER_FACE[0] / 512 < box.right
    assert box.top < HER_FACE[1] / 512 < box.bottom
    drawn = np.asarray(faces.picture)
    inside = np.zeros((512, 512), bool)
    inside[int(box.top * 512) : int(box.bottom * 512) + 1, int(box.left * 512) : int(box.right * 512) + 1] = True
    assert drawn[inside].any()
    assert not drawn[~inside].any()
    assert {tuple(colour) for colour in drawn[inside][drawn[inside].any(axis=1)].tolist()} > {(10, 200, 10)}


def test_several_faces_are_drawn_in_a_wide_picture() -> None:
    picture = beside(photo("astronaut"), photo("coffee").resize((700, 512)), photo("astronaut"))
    faces = find_faces(picture)
    assert faces.picture.size == picture.size
    assert sorted(round((box.left + box.right) / 2 * picture.width / 10) for box in faces.boxes) == pytest.approx(
        [22, 143], abs=3
    )
    halves = np.asarray(faces.picture)[:, :512], np.asarray(faces.picture)[:, -512:]
    assert all(half.any() for half in halves)


@pytest.mark.parametrize(
    ("picture", "least"),
    [
        (photo("coffee"), 50),
        (on((2048, 2048), (photo("astronaut"), (700, 700))), 256),
        (crowd(40), 125),
        (Image.new("RGB", (1, 1), "red"), 32),
        (Image.new("RGB", (20_000, 1000), "red"), 313),
    ],
    ids=["a cup", "a small face", "forty", "one pixel", "a panorama"],
)
def test_no_face_is_said_with_how_large_one_must_be(
    picture: Image.Image, least: int, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(EngineError) as caught:
        find_faces(picture)
    assert (caught.value.code, caught.value.values) == ("no_face_found", {"least": least})
    assert capsys.readouterr().out == ""
