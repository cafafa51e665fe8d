"""Masks as numbers: what grows, what fades, and what is shown to the model."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from generation.engine import EngineError, Mask
from generation.engine.inpaint import LEAST_WINDOW, area, cut_out
from generation.engine.mask import alpha
from tests.generation.engine.begun import a_mask, from_scene, scene

SIZE = (320, 180)
BOX = (120, 50, 200, 130)


def box_of(shares: np.ndarray) -> tuple[int, int, int, int]:
    """Left, top, right, bottom of all that is not 0."""
    found = Image.fromarray(shares).getbbox()
    assert found is not None
    return found


def test_without_feather_a_mask_is_its_box_and_nothing_between() -> None:
    shares = alpha(Mask(a_mask(), feather=0))
    assert box_of(shares) == BOX
    assert set(np.unique(shares)) == {0, 255}
    assert (shares == 255).sum() == 80 * 80


@pytest.mark.parametrize("feather", [1, 2, 16, 40])
def test_an_edge_fades_inwards_smoothly(feather: int) -> None:
    shares = alpha(Mask(a_mask(), feather=feather))
    left, top, right, bottom = box_of(shares)
    assert left >= BOX[0]
    assert top >= BOX[1]
    assert right <= BOX[2]
    assert bottom <= BOX[3]
    row = shares[90, BOX[0] - 1 : BOX[0] + 40].astype(int)
    assert row[0] == 0
    assert row[feather] == 255
    steps = np.diff(row)
    assert (steps >= 0).all()
    assert steps.max() <= 255 * 1.6 / feather + 1 if feather > 1 else True


@pytest.mark.parametrize(("grow", "box"), [(10, (110, 40, 210, 140)), (-10, (130, 60, 190, 120))])
def test_a_mask_grows_and_shrinks_on_all_sides(grow: int, box: tuple[int, int, int, int]) -> None:
    assert box_of(alpha(Mask(a_mask(), feather=0, grow=grow))) == box


def test_growing_is_round_and_ends_at_the_picture() -> None:
    shares = alpha(Mask(a_mask(box=(0, 0, 10, 10)), feather=0, grow=20))
    assert box_of(shares) == (0, 0, 30, 30)
    assert shares[29, 29] == 0


def test_the_edge_of_the_picture_is_no_edge_of_the_mask() -> None:
    shares = alpha(Mask(a_mask(box=(0, 0, 320, 90)), feather=16))
    assert (shares[0] == 255).all()
    assert shares[89, 100] < 10


def test_a_thin_stroke_is_painted_at_its_full_strength_in_the_middle() -> None:
    assert alpha(Mask(a_mask(box=(50, 50, 250, 59)), feather=64)).max() == 255


def test_inverting_swaps_what_is_painted() -> None:
    plain, inverted = (alpha(Mask(a_mask(), feather=0, invert=invert)) for invert in (False, True))
    assert (plain ^ inverted == 255).all()


def test_a_full_mask_paints_everything() -> None:
    assert (alpha(Mask(Image.new("L", SIZE, 255))) == 255).all()


@pytest.mark.parametrize("value", [0, 127])
def test_a_mask_that_marks_nothing_is_refused(value: int) -> None:
    for grow in (0, 9, -9):
        with pytest.raises(EngineError) as caught:
            alpha(Mask(Image.new("L", SIZE, value), grow=grow))
        assert caught.value.code == "mask_empty"


@pytest.mark.parametrize("wrong", [{"feather": -1}, {"feather": 513}, {"grow": -513}, {"grow": 513}, {"padding": -1}])
def test_lengths_out_of_range_are_refused(wrong: dict[str, int]) -> None:
    with pytest.raises(ValueError, match="at most 512"):
        Mask(a_mask(), **wrong)


def test_the_whole_picture_is_shown_unless_only_the_mask_is_asked_for() -> None:
    assert area(scene(), Mask(a_mask())) == SIZE
    assert area(scene(), Mask(a_mask(), feather=0, only_masked=True)) == (80 + 64, 80 + 64)
    assert area(scene(), Mask(a_mask(box=(0, 0, 1, 1)), padding=0, only_masked=True)) == (LEAST_WINDOW, LEAST_WINDOW)
    assert area(scene((20, 9)), Mask(a_mask((20, 9), (0, 0, 2, 2)), padding=0, only_masked=True)) == (20, 9)


SIDES = st.integers(8, 400)


@given(st.data(), SIDES, SIDES, st.integers(0, 80), st.sampled_from([(64, 64), (128, 64), (64, 192)]))
def test_the_window_lies_in_the_picture_and_holds_all_that_is_painted(
    data: st.DataObject, width: int, height: int, padding: int, size: tuple[int, int]
) -> None:
    left, top = data.draw(st.integers(0, width - 1)), data.draw(st.integers(0, height - 1))
    right, bottom = data.draw(st.integers(left + 1, width)), data.draw(st.integers(top + 1, height))
    mask = Mask(a_mask((width, height), (left, top, right, bottom)), feather=0, padding=padding, only_masked=True)
    job = from_scene(start=Image.new("RGB", (width, height)), mask=mask)
    cut = cut_out(job.__class__(**{**vars(job), "width": size[0], "height": size[1]}), block=8)
    assert 0 <= cut.window[0] <= max(0, left - padding)
    assert 0 <= cut.window[1] <= max(0, top - padding)
    assert min(width, right + padding) <= cut.window[2] <= width
    assert min(height, bottom + padding) <= cut.window[3] <= height
    assert cut.picture.size == cut.mask.size == size
    assert cut.alpha.shape == (cut.window[3] - cut.window[1], cut.window[2] - cut.window[0])
    shown = np.asarray(cut.mask)
    assert set(np.unique(shown)) <= {0, 255}
    assert (shown.reshape(size[1] // 8, 8, size[0] // 8, 8).min(axis=(1, 3)) == shown[::8, ::8]).all()
    across, down = size[0] // 8, size[1] // 8
    left, top, right, bottom = box_of(cut.alpha)
    (high, wide), touched = cut.alpha.shape, np.zeros((down, across))
    touched[top * down // high : -(-bottom * down // high), left * across // wide : -(-right * across // wide)] = 255
    assert (shown[::8, ::8] == touched).all()
