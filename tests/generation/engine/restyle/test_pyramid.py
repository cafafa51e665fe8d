"""Coarse to fine: whatever the size, the sizes to work at are sane, and the work at most a quarter."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from generation.engine.restyle.pyramid import LEAST_SIDE, MOST_SIDE, alike, levels

MOST = 1280 * 720
SIDES = st.integers(1, 40_000)


def test_a_thumbnail_is_restyled_at_three_sizes() -> None:
    plan = levels((1280, 720), MOST, 200)
    assert [level.size for level in plan] == [(320, 180), (640, 360), (1280, 720)]
    assert [level.iterations for level in plan] == [120, 60, 20]


@pytest.mark.parametrize("iterations", [20, 40, 200, 1000])
def test_the_work_is_less_than_a_quarter_of_that_at_full_size(iterations: int) -> None:
    work = sum(level.width * level.height * level.iterations for level in levels((1280, 720), MOST, iterations))
    assert work <= 1280 * 720 * iterations / 4


def test_copies_too_small_to_show_anything_are_left_out() -> None:
    assert [level.size for level in levels((256, 144), MOST, 100)] == [(128, 72), (256, 144)]
    assert [(level.size, level.iterations) for level in levels((60, 50), MOST, 100)] == [((60, 50), 100)]


@given(SIDES, SIDES, st.integers(1, 1000))
def test_any_size_gives_sane_sizes_and_as_many_iterations_as_asked_for(wide: int, high: int, iterations: int) -> None:
    plan = levels((wide, high), MOST, iterations)
    assert iterations <= sum(level.iterations for level in plan) <= iterations + 1
    assert all(level.iterations > 0 and level.width * level.height <= MOST for level in plan)
    assert all(LEAST_SIDE <= side <= MOST_SIDE for level in plan for side in level.size)
    if wide * high <= MOST and min(wide, high) >= LEAST_SIDE and max(wide, high) <= MOST_SIDE:
        assert plan[-1].size == (wide, high)


@given(SIDES, SIDES, st.integers(32 * 32, MOST))
def test_a_style_of_any_size_gets_a_sane_one(wide: int, high: int, pixels: int) -> None:
    size = alike((wide, high), pixels)
    assert all(LEAST_SIDE <= side <= MOST_SIDE for side in size)
    if max(wide, high) < 3 * min(wide, high) and pixels > 256 * 256:
        assert size[0] * size[1] == pytest.approx(pixels, rel=0.02)
