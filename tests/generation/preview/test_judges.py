"""The judge: right about drawings that it never saw, and fair to pictures of any shape."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import torch
from PIL import Image
from safetensors.torch import load_file

from generation.preview import scenes
from generation.preview.judges import QUESTIONS, as_numbers, drawn_scenes, load_judge, train_judge, truth
from generation.preview.scenes import Figures, Portrait, Scene

if TYPE_CHECKING:
    from pathlib import Path


def test_it_names_scene_and_time_of_drawings_that_no_training_saw() -> None:
    """Wide ones, as it learnt on those alone. 300 may miss by chance what thousands reach."""
    rng = np.random.default_rng(77)
    asked = [scenes.imagine(rng, size=scenes.WIDE, people=0, grey=0, held_out=True) for _ in range(300)]
    looks = load_judge().look([scenes.draw(scene) for scene in asked])
    kinds = [scene.kind == look["kind"] for scene, look in zip(asked, looks, strict=True)]
    times = [scene.time == look["time"] for scene, look in zip(asked, looks, strict=True) if scene.time]
    assert np.mean(kinds) >= 0.93
    assert np.mean(times) >= 0.97


def test_square_and_large_pictures_are_looked_at_with_the_same_area() -> None:
    assert as_numbers([Image.new("RGB", scenes.SQUARE)]).shape == (1, 3, 96, 96)
    assert as_numbers([Image.new("RGB", (1280, 720))] * 2).shape == (2, 3, 72, 128)


def test_the_right_answers_leave_out_what_does_not_apply() -> None:
    assert truth(Scene("space", 1)) == {"kind": "space", "time": None, "look": "none", "who": "nobody"}
    somebody = Scene("city", 1, time="night", look="neon", who=Figures("waving", "red", 2))
    assert truth(somebody) == {"kind": "city", "time": "night", "look": "neon", "who": "figures"}
    assert truth(Scene("room", 1, who=Portrait("smile", "red")))["who"] == "portrait"


def test_what_it_learns_from_is_small_and_says_what_does_not_apply() -> None:
    pictures, truths = drawn_scenes(30, seed=4)
    assert pictures.shape == (30, 3, 72, 128) and pictures.dtype == torch.uint8
    assert set(truths) == set(QUESTIONS) and all(len(answers) == 30 for answers in truths.values())
    assert (truths["kind"] >= 0).all() and (truths["time"] == -1).any()


def test_two_trainings_of_one_seed_give_the_same_judge(tmp_path: Path) -> None:
    """Weights in half precision, which load again."""
    lines: list[str] = []
    paths = [tmp_path / name / "judge.safetensors" for name in ("one", "two")]
    trained = [train_judge(130, 2, seed=3, say=lines.append, path=path) for path in paths]
    one, two = (load_file(path) for path in paths)
    assert all(torch.equal(one[name], two[name]) for name in one)
    assert {tensor.dtype for tensor in one.values() if tensor.is_floating_point()} == {torch.float16}
    assert load_judge(paths[0]).state_dict().keys() == trained[0].state_dict().keys()
    assert any("step 0 of 4" in line for line in lines)
