"""Faces and bodies are found where they are, on pictures that come with scikit-image, and nowhere else."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
import skimage.data
from PIL import Image

from imagecreator import people
from imagecreator.people import Box, find_faces, has_person

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(autouse=True)
def models_are_given_back() -> Iterator[None]:
    yield
    people.close()


def _photo(name: str) -> Image.Image:
    return Image.fromarray(getattr(skimage.data, name)())


def _astronaut() -> Image.Image:
    return _photo("astronaut")


def _side_by_side(*pictures: Image.Image) -> Image.Image:
    wide = Image.new("RGB", (sum(picture.width for picture in pictures), pictures[0].height))
    left = 0
    for picture in pictures:
        wide.paste(picture, (left, 0))
        left += picture.width
    return wide


def test_a_face_is_found_where_it_is() -> None:
    [face] = find_faces(_astronaut())
    assert face.overlap(Box(0.34, 0.12, 0.54, 0.36)) > 0.5


def test_two_people_have_two_faces_and_the_model_says_so_each_time() -> None:
    picture = _side_by_side(_astronaut(), _photo("coffee").resize((700, 512)), _astronaut())
    faces = find_faces(picture)
    assert len(faces) == 2
    assert faces == find_faces(picture)
    left, right = sorted(faces, key=lambda face: face.left)
    assert left.right < 0.35
    assert right.left > 0.65


def test_a_small_face_in_a_wide_picture_is_found() -> None:
    wide = Image.new("RGB", (1280, 360), (90, 120, 150))
    wide.paste(_astronaut().resize((360, 360)), (900, 0))
    assert len(find_faces(wide)) == 1


def test_a_person_is_seen_from_near_and_from_far() -> None:
    assert has_person(_astronaut())
    assert has_person(_photo("camera"))


@pytest.mark.parametrize("name", ["coffee", "cat", "rocket", "coins", "hubble_deep_field", "brick", "moon"])
def test_nobody_is_seen_where_nobody_is(name: str) -> None:
    picture = _photo(name)
    assert not has_person(picture)
    assert find_faces(picture) == []


def test_a_tiny_black_or_grey_picture_is_no_accident() -> None:
    for picture in (Image.new("RGB", (1, 1)), Image.new("L", (3, 400)), Image.new("RGBA", (64, 64))):
        assert find_faces(picture) == []
        assert not has_person(picture)


def test_boxes_know_their_overlap() -> None:
    box = Box(0, 0, 0.5, 0.5)
    assert box.overlap(box) == 1
    assert box.overlap(Box(0.5, 0.5, 1, 1)) == 0
    assert np.isclose(box.overlap(Box(0.25, 0, 0.75, 0.5)), 1 / 3)
