"""Skeletons on pages: the same limbs and colours as those that a ControlNet is given."""

from __future__ import annotations

import pytest
from PIL import ImageColor

from generation.engine.guides.skeleton import POINTS, Pose, draw_poses
from generation.figures import COLOURS, JOINTS, LIMBS

SIZE = (200, 200)


def drawn(places: dict[int, tuple[float, float]]) -> set[tuple[int, ...]]:
    """The colours of the control image of these points alone."""
    image = draw_poses([Pose(tuple(places.get(number) for number in range(POINTS)))], SIZE)
    return {colour for _count, colour in image.getcolors(SIZE[0] * SIZE[1]) or [] if any(colour)}  # type: ignore[misc, arg-type]


def test_there_is_a_name_and_a_colour_for_every_point() -> None:
    assert len(JOINTS) == len(COLOURS) == POINTS
    assert len({str(name) for name in JOINTS}) == POINTS


@pytest.mark.parametrize("number", range(POINTS))
def test_joints_have_openposes_colours(number: int) -> None:
    assert drawn({number: (0.5, 0.5)}) == {ImageColor.getrgb(COLOURS[number])}


@pytest.mark.parametrize(("ends", "colour"), list(zip(LIMBS, COLOURS, strict=False)))
def test_limbs_are_openposes_in_its_colours(ends: tuple[int, int], colour: str) -> None:
    lines = drawn(dict(zip(ends, ((0.2, 0.5), (0.8, 0.5)), strict=True))) - {
        ImageColor.getrgb(COLOURS[end]) for end in ends
    }
    assert lines == {tuple(int(level * 0.6) for level in ImageColor.getrgb(colour))}


def test_other_points_have_no_limb_between_them() -> None:
    pairs = {(one, other) for one in range(POINTS) for other in range(one)}
    for one, other in pairs - {(max(ends), min(ends)) for ends in LIMBS}:
        points = {one: (0.2, 0.5), other: (0.8, 0.5)}
        assert drawn(points) == {ImageColor.getrgb(COLOURS[end]) for end in points}
