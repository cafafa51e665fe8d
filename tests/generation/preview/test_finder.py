"""The finder: right about where people are in drawings that it never saw, and at a loss where there is nobody."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import torch
from PIL import Image, ImageFilter
from safetensors.torch import load_file

from generation.preview.finder import WEIGHTS, load_finder, train_finder
from generation.preview.guide_measures import asked_faces, asked_figures, feature_errors, gape, joint_errors

if TYPE_CHECKING:
    from pathlib import Path

    from generation.preview.guide_measures import Asked


def error(asked: list[Asked], pictures: list[Image.Image]) -> float:
    """The mean distance of joints, in heights of the picture."""
    found = load_finder().find(pictures)
    return float(np.mean([np.mean(joint_errors(one.places, at)) for one, at in zip(asked, found, strict=True)]))


def test_it_finds_the_joints_of_drawings_that_no_training_saw() -> None:
    """In blurred ones too; and of another drawing's figure it finds none."""
    asked = asked_figures(60, seed=5)
    drawings = [one.drawing for one in asked]
    assert error(asked, drawings) <= JOINTS
    assert error(asked, [drawing.filter(ImageFilter.GaussianBlur(2)) for drawing in drawings]) <= 2 * JOINTS
    assert error(asked, drawings[1:] + drawings[:1]) >= 0.2


def test_it_finds_faces_and_knows_an_open_mouth() -> None:
    asked = asked_faces(30, seed=5)
    finder = load_finder()
    closed, apart = (finder.find([pair[number].drawing for pair in asked]) for number in (0, 1))
    assert np.mean([one.expression == "open mouth" for one in apart]) >= 0.95
    assert np.mean([one.expression == "open mouth" for one in closed]) <= 0.05
    assert np.mean([gape(a) > gape(c) for a, c in zip(apart, closed, strict=True)]) >= 0.95
    names = ("r_eye", "l_eye", "nose", "chin")
    assert np.mean([feature_errors(pair[0].places, at, names) for pair, at in zip(asked, closed, strict=True)]) <= 0.03


def test_it_looks_at_pictures_of_any_size() -> None:
    asked = asked_figures(4, seed=6)
    large = [one.drawing.resize((1280, 720), Image.Resampling.BICUBIC) for one in asked]
    assert error(asked, large) <= 2 * JOINTS


def test_a_few_steps_learn_and_are_the_same_every_time(tmp_path: Path) -> None:
    lines: list[str] = []
    for name in ("one", "two"):
        train_finder(40, 3, say=lines.append, path=tmp_path / f"{name}.safetensors")
    one, two = (load_file(tmp_path / f"{name}.safetensors") for name in ("one", "two"))
    assert one.keys() == load_file(WEIGHTS).keys()
    assert all(torch.equal(tensor, two[name]) for name, tensor in one.items())
    assert lines[0] == "finder  drew 40 scenes"


def test_it_is_small() -> None:
    assert WEIGHTS.stat().st_size <= 1_000_000


JOINTS = 0.04  # of the picture's height
