"""Drawn scenes: the same every time, at every size, and what they say they show."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from PIL import Image, ImageChops, ImageStat

from generation.facts import COLOURS
from generation.preview import scenes
from generation.preview.drawing.looks import LOOKS
from generation.preview.drawing.outdoors import OUTDOORS
from generation.preview.drawing.people import EXPRESSIONS, POSES
from generation.preview.drawing.shades import HUES, tone
from generation.preview.drawing.sky import TIMES
from generation.preview.hues import FAMILIES, dominant_hue
from generation.preview.scenes import Figures, Portrait, Scene


def a_scene(kind: str = "ocean", **values: object) -> Scene:
    """A scene with a time of day where the kind has one."""
    return Scene(**{"kind": kind, "seed": 5, "time": "day" if kind in OUTDOORS else None} | values)  # type: ignore[arg-type]


def difference(first: Image.Image, second: Image.Image) -> float:
    """Mean difference of pixels, 0 … 255."""
    return float(np.mean(ImageStat.Stat(ImageChops.difference(first, second)).mean))


def test_there_are_kinds_times_colours_and_looks_enough() -> None:
    assert len(scenes.KINDS) >= 16
    assert (len(TIMES), len(HUES), len(LOOKS)) == (4, 12, 6)


@pytest.mark.parametrize("size", [scenes.WIDE, scenes.SQUARE])
@pytest.mark.parametrize("kind", scenes.KINDS)
def test_every_kind_is_drawn_the_same_twice_and_differently_from_another_seed(kind: str, size: tuple[int, int]) -> None:
    scene = a_scene(kind, size=size, colours=("teal", "orange"))
    picture = scenes.draw(scene)
    assert (picture.size, picture.mode) == (size, "RGB")
    assert picture.tobytes() == scenes.draw(scene).tobytes()
    assert difference(picture, scenes.draw(replace(scene, seed=6))) > 1


@pytest.mark.parametrize("kind", scenes.KINDS)
def test_a_scene_drawn_four_times_as_large_is_the_same_scene(kind: str) -> None:
    scene = a_scene(kind, who=Figures("waving", "red") if kind in scenes.WITH_FIGURES else None)
    small, large = scenes.draw(scene), scenes.draw(scene, scale=4)
    assert large.size == (1024, 576)
    assert difference(small, large.reduce(4)) < 4


@pytest.mark.parametrize("look", LOOKS)
def test_every_look_changes_the_picture_and_does_so_alike_at_every_scale(look: str) -> None:
    scene = a_scene("mountains", look=look)
    assert difference(scenes.draw(scene), scenes.draw(replace(scene, look=None))) > 5
    assert difference(scenes.draw(scene), scenes.draw(scene, scale=2).reduce(2)) < 9


def test_black_and_white_has_no_colour() -> None:
    red, green, blue = scenes.draw(a_scene(black_and_white=True, colours=("red",))).split()
    assert red.tobytes() == green.tobytes() == blue.tobytes()


@pytest.mark.parametrize("kind", OUTDOORS)
def test_the_night_is_darker_than_the_day(kind: str) -> None:
    pictures = (scenes.draw(a_scene(kind, time=time)).convert("L") for time in ("day", "night"))
    day, night = (ImageStat.Stat(picture).mean[0] for picture in pictures)
    assert night < 0.65 * day


@pytest.mark.parametrize("colour", HUES)
def test_the_colour_asked_for_is_the_one_that_is_seen(colour: str) -> None:
    rng = np.random.default_rng(3)
    right = []
    for _ in range(20):
        scene = replace(scenes.imagine(rng, looks=(None,), people=0, grey=0), colours=(colour,))
        right.append(dominant_hue(scenes.draw(scene)) == FAMILIES[colour])
    assert sum(right) >= 17


def test_shades_go_from_black_through_the_colours_own_to_white() -> None:
    for colour in COLOURS:
        sums = [sum(tone(colour, lightness)) for lightness in np.linspace(-1, 2, 13)]
        assert (sums[0], sums[-1]) == (0, 3)
        assert sums[4] < sums[8]


def test_what_is_held_out_is_never_imagined_and_otherwise_always() -> None:
    rng = np.random.default_rng(0)
    assert not any(scenes.is_held_out(scenes.imagine(rng)) for _ in range(500))
    held = [scenes.imagine(rng, held_out=True) for _ in range(100)]
    assert all(map(scenes.is_held_out, held))
    assert {scene.kind for scene in held} > {"ocean", "space", "bokeh"}


@pytest.mark.parametrize("pose", POSES)
def test_a_figures_joints_are_told_where_they_are_drawn(pose: str) -> None:
    scene = a_scene("waves", colours=("white",), who=Figures(pose, "red"))
    picture, (joints,) = scenes.draw_with_places(scene)
    empty = scenes.draw(replace(scene, who=None))
    drawn = np.asarray(ImageChops.difference(picture, empty).convert("L")) > 12
    rows, columns = np.nonzero(drawn)
    for name, (x, y) in joints.items():
        at = round(x * picture.height), round(y * picture.height)
        nearest = np.hypot(columns - at[0], rows - at[1]).min()
        assert nearest < 4, f"{name} is {nearest:.0f} pixels from the figure"
    assert len(joints) == 15


def test_a_figure_lifts_its_arms_where_the_pose_says_so() -> None:
    for pose, raised in (("arms raised", True), ("standing", False), ("jumping", True), ("hands on hips", False)):
        _, (joints,) = scenes.draw_with_places(a_scene("hills", who=Figures(pose, "red")))
        assert (joints["r_wrist"][1] < joints["nose"][1]) == raised


@pytest.mark.parametrize("count", [1, 2, 3, 4])
def test_as_many_people_as_asked_stand_side_by_side(count: int) -> None:
    _, people = scenes.draw_with_places(a_scene("hills", who=Figures("standing", "blue", count)))
    places = [joints["neck"][0] for joints in people]
    assert len(places) == count
    assert places == sorted(places) and all(0 < place < 256 / 144 for place in places)


@pytest.mark.parametrize("expression", EXPRESSIONS)
def test_faces_differ_by_their_expression_and_only_there(expression: str) -> None:
    scene = a_scene("bokeh", who=Portrait("calm", "navy"))
    calm, (places,) = scenes.draw_with_places(scene)
    other, _ = scenes.draw_with_places(replace(scene, who=Portrait(expression, "navy")))
    box = ImageChops.difference(calm, other).getbbox()
    if expression == "calm":
        assert box is None
        return
    assert box is not None
    assert box[3] <= round((places["chin"][1]) * 144)
    assert box[1] >= round((places["l_eye"][1] - 0.15) * 144)


def test_scenes_of_few_layouts_still_differ_in_what_words_say() -> None:
    """What words leave open is one of those few; kinds and colours are as free as ever."""
    rng = np.random.default_rng(1)
    imagined = [scenes.imagine(rng, layouts=3) for _ in range(200)]
    assert {scene.seed for scene in imagined} == {0, 1, 2}
    assert {scene.kind for scene in imagined} == set(scenes.KINDS)
    assert len({scene.colours for scene in imagined}) > 60


@pytest.mark.parametrize("kind", scenes.KINDS)
def test_a_layout_is_the_same_in_every_colour_and_at_every_time(kind: str) -> None:
    """Its edges lie where they lay: a small model need not learn it again for each."""
    scene = a_scene(kind, seed=3, colours=("red",))
    assert alike(scene, replace(scene, colours=("blue",))) > 0.9
    for colours in ((), ("red", "blue"), ("red", "blue", "green")):
        assert alike(scene, replace(scene, colours=colours)) > 0.75
    assert all(alike(scene, replace(scene, time=time), below=0.7) > 0.6 for time in TIMES if scene.time)
    assert alike(scene, replace(scene, seed=4)) < 0.4


def alike(first: Scene, second: Scene, below: float = 0.0) -> float:
    """The correlation of two scenes' edges, below so much of the height."""
    found = []
    for scene in (first, second):
        light = np.asarray(scenes.draw(scene).convert("L"), dtype=float)[round(below * scene.size[1]) :]
        edges = np.abs(np.diff(light, axis=0))[:, :-1] + np.abs(np.diff(light, axis=1))[:-1]
        found.append(np.minimum(edges / edges.mean(), 4).ravel())
    return float(np.corrcoef(*found)[0, 1])
