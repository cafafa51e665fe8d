"""Exact pixels, never squeezed, cropped around what matters."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from PIL import Image

from generation.engine.enlarge import enlarge, focus
from tests.generation.engine.pictures import levels

sides = st.integers(1, 300)


def a_ramp(width: int, height: int) -> Image.Image:
    """Red grows by one per pixel to the right, green by one per pixel downwards."""
    across, down = np.meshgrid(np.arange(width), np.arange(height))
    return Image.fromarray(np.stack([across, down, 0 * across], axis=2).astype(np.uint8))


@given(sides, sides, sides, sides)
@settings(max_examples=60, deadline=None)
def test_any_picture_gets_any_size_exactly(width: int, height: int, to_width: int, to_height: int) -> None:
    assert enlarge(Image.new("RGB", (width, height)), (to_width, to_height)).size == (to_width, to_height)


@given(st.integers(60, 250), st.integers(60, 250), st.integers(120, 600), st.integers(120, 600))
@example(157, 121, 157, 121)  # 157 / (157 / 121) is a little more than 121
@settings(max_examples=60, deadline=None)
def test_nothing_is_squeezed(width: int, height: int, to_width: int, to_height: int) -> None:
    grown = levels(enlarge(a_ramp(width, height), (to_width, to_height)))
    inner = grown[to_height // 4 : -to_height // 4, to_width // 4 : -to_width // 4]
    right = (inner[0, -1, 0] - inner[0, 0, 0]) / (inner.shape[1] - 1)
    down = (inner[-1, 0, 1] - inner[0, 0, 1]) / (inner.shape[0] - 1)
    rounding = 1.01 / (min(inner.shape[:2]) - 1)
    assert right == pytest.approx(down, abs=2 * rounding)


@given(sides, sides, st.floats(0.1, 10))
@settings(max_examples=100, deadline=None)
def test_the_window_lies_inside_has_the_aspect_and_cuts_one_way_only(width: int, height: int, aspect: float) -> None:
    left, top, right, bottom = focus(Image.new("RGB", (width, height)), aspect)
    assert 0 <= left < right <= width + 1e-9
    assert 0 <= top < bottom <= height + 1e-9
    assert (right - left) / (bottom - top) == pytest.approx(aspect)
    assert right - left == pytest.approx(width) or bottom - top == pytest.approx(height)


@pytest.mark.parametrize("where", [20, 250, 420])
def test_the_window_goes_where_the_detail_is(where: int) -> None:
    picture = Image.new("RGB", (512, 128), "navy")
    noise = np.random.default_rng(1).integers(0, 255, (60, 60, 3), dtype=np.uint8)
    picture.paste(Image.fromarray(noise), (where, 30))
    left, _top, right, _bottom = focus(picture, 1.0)
    assert left <= where and where + 60 <= right


def test_detail_decides_up_and_down_too() -> None:
    picture = Image.new("RGB", (100, 400), "white")
    picture.paste("black", (20, 330, 80, 390))
    _left, top, _right, bottom = focus(picture, 1.0)
    assert top <= 330 and bottom >= 390


def test_a_plain_picture_is_cut_around_its_centre() -> None:
    assert focus(Image.new("RGB", (300, 100)), 1.0) == pytest.approx((100, 0, 200, 100))


def test_a_picture_of_the_right_shape_is_kept_whole() -> None:
    assert focus(a_ramp(256, 144), 1280 / 720) == pytest.approx((0, 0, 256, 144))


@pytest.mark.parametrize("mode", ["L", "P", "RGBA", "CMYK"])
def test_any_kind_of_picture_comes_out_rgb(mode: str) -> None:
    assert enlarge(Image.new(mode, (30, 20)), (64, 64)).mode == "RGB"


def test_an_empty_size_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one pixel"):
        enlarge(Image.new("RGB", (8, 8)), (0, 8))
