"""``manage.py paint`` with poses and faces to follow: found, said, painted, named in the recipe, or refused."""

from __future__ import annotations

import json
from hashlib import sha256
from io import StringIO
from typing import TYPE_CHECKING

import pytest
from django.core.management import call_command
from PIL import Image

from generation.engine.guides.drawn import is_skeleton
from generation.engine.guides.face_guide import find_faces
from generation.engine.guides.skeleton import draw_poses
from generation.engine.tiny import build_tiny
from generation.recipe import read
from tests.generation.engine.guides.people import STANDING
from tests.generation.engine.guides.photos import beside, photo
from tests.generation.test_paint_command import paint, pixels, refusal

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

pytestmark = pytest.mark.django_db  # where the rules are

SKELETON = draw_poses([STANDING], (320, 180))


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Models below `models`, and pictures."""
    folder = tmp_path_factory.mktemp("guided")
    build_tiny(folder / "models" / "tiny")
    photo("astronaut").save(folder / "her.png")
    photo("coffee").save(folder / "cup.png")
    beside(photo("astronaut"), photo("astronaut")).save(folder / "two.png")
    SKELETON.save(folder / "skeleton.png")
    return folder


@pytest.fixture(autouse=True)
def tiny(files: Path, models_in: Callable[..., Path]) -> None:
    models_in(files / "models")


def test_who_is_followed_is_said_and_named_in_the_recipe(tmp_path: Path, files: Path) -> None:
    said = StringIO()
    call_command(
        "paint", out=tmp_path, verbosity=0, stdout=said, prompt="a boat", count=1, seed=7,
        pose=files / "two.png", pose_strength=0.8, pose_range="0:0.6", face=files / "her.png",
    )  # fmt: skip
    assert said.getvalue().splitlines()[:2] == ["2 people found in two.png.", "1 face found in her.png."]
    report = json.loads((tmp_path / "request.json").read_text())
    face = sha256(find_faces(photo("astronaut")).picture.tobytes()).hexdigest()
    led = {guide.pop("kind"): guide for guide in report["guides"]}
    assert led["face"] == {"sha256": face, "strength": 1.0, "begin": 0.0, "end": 1.0}
    assert led["pose"] | {"sha256": ""} == {"sha256": "", "strength": 0.8, "begin": 0.0, "end": 0.6}
    with Image.open(tmp_path / "1.png") as image:
        words = image.text["parameters"]  # type: ignore[attr-defined]  # only PNG files have it
    assert '"Module: openpose, Model: pose, Weight: 0.8, Guidance Start: 0, Guidance End: 0.6"' in words
    with (tmp_path / "1.png").open("rb") as file:
        recipe = read(file)
    assert recipe is not None
    assert [(guide.kind, guide.strength, guide.end) for guide in recipe.guides] == [("face", 1, 1), ("pose", 0.8, 0.6)]


def test_a_guide_changes_the_picture_and_one_of_no_strength_does_not(tmp_path: Path, files: Path) -> None:
    order = {"prompt": "a boat", "count": 1, "seed": 7}
    bare = paint(tmp_path / "bare", **order)
    paint(tmp_path / "led", **order, pose=files / "skeleton.png")
    idle = paint(tmp_path / "idle", **order, pose=files / "skeleton.png", pose_strength=0.0)
    assert pixels(tmp_path / "bare", 1) != pixels(tmp_path / "led", 1)
    assert pixels(tmp_path / "bare", 1) == pixels(tmp_path / "idle", 1)
    assert "guides" not in bare
    assert "guides" not in idle


def test_a_skeleton_is_taken_as_it_is(tmp_path: Path, files: Path) -> None:
    report = paint(tmp_path, prompt="a boat", count=1, seed=7, pose=files / "skeleton.png")
    assert report["guides"][0]["sha256"] == sha256(SKELETON.tobytes()).hexdigest()


def test_skeletons_are_told_from_other_pictures() -> None:
    small = SKELETON.resize((200, 113), Image.Resampling.LANCZOS)
    assert is_skeleton(SKELETON)
    assert is_skeleton(small)
    night = Image.new("RGB", (320, 180))
    night.paste(photo("astronaut").resize((60, 60)), (20, 20))
    for other in (
        photo("astronaut"),
        photo("coffee"),
        night,
        Image.new("RGB", (64, 64)),
        find_faces(photo("astronaut")).picture,
    ):
        assert not is_skeleton(other)


def test_what_cannot_be_followed_is_one_sentence(tmp_path: Path, files: Path) -> None:
    cup, her = files / "cup.png", files / "her.png"
    order = {"prompt": "a boat", "count": 1}
    assert refusal(tmp_path, **order, pose=cup).startswith("Nobody was found in the picture.")
    assert "none of at least 50 pixels" in refusal(tmp_path, **order, face=cup)
    assert refusal(tmp_path, **order, pose=files / "none.png").startswith("There is no picture file")
    assert refusal(tmp_path, **order, pose=her, detector="openpose").startswith("OpenPose's weights are not installed")
    assert refusal(tmp_path, **order, pose_strength=0.5) == "--pose-strength goes with --pose."
    assert refusal(tmp_path, **order, face_range="0:1") == "--face-range goes with --face."
    assert refusal(tmp_path, **order, detector="openpose") == "--detector goes with --pose."
    assert refusal(tmp_path, **order, pose=her, pose_strength=3.0) == "--pose-strength takes 0 to 2."
    for wrong in ("0.5", "a:b", "0:1:2"):
        assert refusal(tmp_path, **order, pose=her, pose_range=wrong).startswith("--pose-range takes BEGIN:END")
    for wrong in ("0.7:0.5", "-1:1", "0:2", "nan:1"):
        assert "the smaller first" in refusal(tmp_path, **order, pose=her, pose_range=wrong)
    assert not list(tmp_path.glob("*.png"))
