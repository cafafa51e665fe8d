"""Measured facts, on pictures whose facts are known because the tests drew them."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFilter

from generation.facts import COLOURS, Facts, colourfulness, measure, name_colours, oklab

Pixel = tuple[int, int, int]


def facts_of(
    *frames: Image.Image,
    faces: list[int] | None = None,
    people: list[bool] | None = None,
    motion: float = 0.05,
    cuts_per_minute: float = 10,
) -> Facts:
    return measure(frames, faces=faces or [], people=people or [], motion=motion, cuts_per_minute=cuts_per_minute)


def bands(*colours: Pixel | str, size: tuple[int, int] = (320, 180)) -> Image.Image:
    """Horizontal bands of equal height, from the top down."""
    image = Image.new("RGB", size)
    draw = ImageDraw.Draw(image)
    step = size[1] / len(colours)
    for number, colour in enumerate(colours):
        draw.rectangle((0, round(number * step), size[0], round((number + 1) * step)), fill=colour)
    return image


def grain(image: Image.Image, strength: int, *, coloured: bool, seed: int = 1) -> Image.Image:
    """The same with film grain, or with the coloured noise of a camera."""
    pixels = np.asarray(image, dtype=np.float64)
    shape = (*pixels.shape[:2], 3 if coloured else 1)
    noisy = pixels + np.random.default_rng(seed).normal(0, strength, shape)
    return Image.fromarray(noisy.clip(0, 255).astype(np.uint8))


@pytest.mark.parametrize(
    ("shade", "name"),
    [
        ("#ff0000", "red"), ("#8b0000", "red"), ("#ff7f00", "orange"), ("#ffd700", "yellow"), ("#008000", "green"),
        ("#7cfc00", "green"), ("#228b22", "green"), ("#008080", "teal"), ("#00ffff", "cyan"), ("#0000ff", "blue"),
        ("#4169e1", "blue"), ("#87ceeb", "blue"), ("#000080", "navy"), ("#191970", "navy"), ("#800080", "purple"),
        ("#9370db", "purple"), ("#ffc0cb", "pink"), ("#ff1493", "pink"), ("#8b4513", "brown"), ("#5c4033", "brown"),
        ("#e8d8b8", "beige"), ("#d2b48c", "beige"), ("#000000", "black"), ("#111111", "black"), ("#ffffff", "white"),
        ("#fafafa", "white"), ("#808080", "grey"), ("#a0a0a0", "grey"),
    ],
)  # fmt: skip
def test_colours_have_the_names_people_give_them(shade: str, name: str) -> None:
    rgb = np.array([[int(shade[at : at + 2], 16) / 255 for at in (1, 3, 5)]])
    assert name_colours(oklab(rgb)).tolist() == [name]


def test_every_shade_in_the_table_has_the_name_it_stands_under() -> None:
    for name, shades in COLOURS.items():
        for shade in shades:
            rgb = np.array([[int(shade[at : at + 2], 16) / 255 for at in (1, 3, 5)]])
            assert name_colours(oklab(rgb)).tolist() == [name], shade


def test_oklab_agrees_with_the_values_its_author_gives() -> None:
    rgb = np.array([[1.0, 1.0, 1.0], [1.0, 0.0, 0.0], [0.0, 0.0, 1.0]])
    wanted = [[1.0, 0.0, 0.0], [0.628, 0.225, 0.126], [0.452, -0.032, -0.312]]
    assert oklab(rgb) == pytest.approx(np.array(wanted), abs=0.001)


def test_the_palette_names_the_colours_by_their_share() -> None:
    facts = facts_of(bands("#1f6fe0", "#1f6fe0", "#1f6fe0", "#e01b24", "#e01b24", "#ffe119"))
    assert facts.palette == ("blue", "red", "yellow")
    assert facts.palette_hex[0] == "#1f6fe0"


def test_snow_under_a_blue_sky_is_white_and_blue_though_the_camera_made_it_grey() -> None:
    scene = bands((40, 80, 150), (70, 110, 170), (90, 130, 190), (165, 177, 197), (160, 172, 192))
    assert facts_of(grain(scene, 6, coloured=True)).palette == ("blue", "white")


def test_a_grey_scene_in_the_dark_is_not_called_white() -> None:
    assert "white" not in facts_of(bands((60, 62, 66), (80, 82, 84), (200, 30, 40))).palette


def test_small_spots_of_colour_are_not_in_the_palette() -> None:
    image = bands("#2ca02c", "#14591a")
    ImageDraw.Draw(image).ellipse((10, 10, 60, 60), fill="#ff0000")
    assert facts_of(image).palette == ("green",)


def test_black_and_white_film_is_said_to_be_so_and_has_no_colours() -> None:
    scene = grain(bands((20, 20, 20), (90, 90, 90), (220, 220, 220)), 12, coloured=False)
    facts = facts_of(scene, scene.filter(ImageFilter.GaussianBlur(2)))
    assert facts.black_and_white
    assert (facts.palette, facts.palette_hex, facts.warmth) == ((), (), "neutral")
    assert facts.colourfulness == 0


@pytest.mark.parametrize(
    "frames",
    [
        [bands("black", "white"), bands("black", "white", "#7a0c14")],  # one frame with colour is enough
        [bands((120, 120, 120), (124, 116, 108), (180, 160, 140))],  # a dull, brownish scene
        [bands((112, 66, 20), (200, 170, 120), (60, 40, 20))],  # sepia has a colour
        [bands("black")],  # nothing to see
        [bands(*["white"] * 40, "red")],  # a thin red line
    ],
)
def test_what_has_a_little_colour_is_not_called_black_and_white(frames: list[Image.Image]) -> None:
    assert not facts_of(*frames).black_and_white


@pytest.mark.parametrize(
    ("grey", "word"), [(10, "dark"), (40, "dark"), (75, "dim"), (120, "medium"), (200, "bright"), (250, "bright")]
)
def test_brightness_has_four_steps(grey: int, word: str) -> None:
    assert facts_of(bands((grey, grey, grey))).brightness == word


def test_contrast_is_judged_within_frames_not_between_them() -> None:
    assert facts_of(bands("black"), bands("white")).contrast == "low"
    assert facts_of(bands((100, 100, 100), (170, 170, 170))).contrast == "medium"
    assert facts_of(bands("black", "white")).contrast == "high"


def test_colourfulness_follows_the_paper() -> None:
    grey, red = np.full((100, 3), 0.5), np.tile([1.0, 0.0, 0.0], (100, 1))
    assert colourfulness(grey) == 0
    assert colourfulness(red) == pytest.approx(0.3 * np.hypot(255, 127.5))
    assert facts_of(bands("red", "blue", "yellow")).colourfulness > 100


@pytest.mark.parametrize(
    ("colours", "word"),
    [
        ((("#d9701e"), ("#7b4a1e")), "warm"),
        ((("#35609c"), ("#d4dcea")), "cool"),
        ((("#808080"), ("#ffffff")), "neutral"),
        ((("#2ca02c"), ("#808080")), "neutral"),
        ((("#d9701e"), ("#1f6fe0")), "neutral"),
    ],
)
def test_warmth_is_said_only_where_the_picture_leans(colours: tuple[str, ...], word: str) -> None:
    assert facts_of(bands(*colours)).warmth == word


@pytest.mark.parametrize(("motion", "word"), [(0, "still"), (0.05, "calm"), (0.2, "lively"), (0.5, "fast")])
def test_motion_has_four_steps(motion: float, word: str) -> None:
    assert facts_of(bands("red"), motion=motion).motion == word


@pytest.mark.parametrize(("cuts", "word"), [(0, "few"), (10, "some"), (40, "many")])
def test_cuts_have_three_steps(cuts: float, word: str) -> None:
    assert facts_of(bands("red"), cuts_per_minute=cuts).cuts == word


@pytest.mark.parametrize(
    ("faces", "people", "count", "word"),
    [
        ([0, 0, 0], [False, False, False], 0, "none"),
        ([], [], 0, "none"),
        ([1, 1, 0], [True, True, False], 1, "one person"),
        ([1, 1, 1], [], 1, "one person"),
        ([2, 3, 2], [True, True, True], 2, "people"),
        ([2, 0, 2, 0], [True, True, True, True], 2, "people"),
        ([0, 0, 0], [True, True, True], 0, "unclear"),  # a body is found, but there may be two
        ([1, 2, 1], [True, True, True], 1, "unclear"),
        ([1, 0, 0, 0], [True, False, False, False], 0, "unclear"),  # somebody passes by
    ],
)
def test_people_are_said_only_where_faces_prove_them(
    faces: list[int], people: list[bool], count: int, word: str
) -> None:
    facts = facts_of(bands("red"), faces=faces, people=people)
    assert (facts.faces, facts.people) == (count, word)


def test_the_same_frames_give_the_same_facts() -> None:
    frames = [grain(bands("red", "teal", "#e6d6b4"), 20, coloured=True, seed=seed) for seed in range(3)]
    assert facts_of(*frames) == facts_of(*frames)


def test_size_and_mode_of_the_frames_do_not_matter() -> None:
    image = bands("#1f6fe0", "#2ca02c", "#2ca02c")
    wanted = facts_of(image)
    for other in (image.resize((1280, 720), Image.Resampling.NEAREST), image.convert("RGBA"), image.convert("P")):
        assert facts_of(other).palette == wanted.palette == ("green", "blue")
    assert facts_of(Image.new("RGB", (1, 1), "red")).palette == ("red",)


def test_facts_survive_json_and_names_of_later_versions() -> None:
    facts = facts_of(bands("red", "blue"), faces=[1], people=[True])
    stored = json.loads(json.dumps(facts.to_dict()))
    assert Facts.from_dict(stored) == facts
    assert Facts.from_dict({**stored, "mood": "merry"}) == facts
    assert Facts.from_dict({**stored, "faces": 3}) == replace(facts, faces=3)


def test_without_frames_there_is_nothing_to_measure() -> None:
    with pytest.raises(ValueError, match="no frames"):
        facts_of()
