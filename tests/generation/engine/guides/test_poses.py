"""People found in photos: where they are, several at once, small ones, and nobody where there is nobody."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from controlnet_aux.open_pose.model import bodypose_model
from PIL import Image, ImageOps
from safetensors import safe_open

from generation.engine import EngineError
from generation.engine.guides.mediapipe_people import MOST_LOOKS, _Search
from generation.engine.guides.openpose import FILE, convert_openpose
from generation.engine.guides.poses import find_poses
from generation.engine.guides.skeleton import MOST_PEOPLE, Pose
from tests.generation.engine.guides.photos import beside, crowd, on, photo

NOSE, NECK, RIGHT_SHOULDER, LEFT_SHOULDER = 0, 1, 2, 5


def place(pose: Pose, point: int, size: tuple[int, int]) -> tuple[float, float]:
    """In pixels."""
    found = pose.points[point]
    assert found is not None
    return found[0] * size[0], found[1] * size[1]


def test_an_astronauts_points_are_where_they_are_in_the_photo() -> None:
    picture = photo("astronaut")
    [pose] = find_poses(picture)
    for point, there in ((NOSE, (224, 123)), (RIGHT_SHOULDER, (140, 208)), (LEFT_SHOULDER, (285, 225))):
        assert np.hypot(*np.subtract(place(pose, point, picture.size), there)) < 0.08 * picture.height
    shoulders = [place(pose, point, picture.size) for point in (RIGHT_SHOULDER, LEFT_SHOULDER)]
    assert place(pose, NECK, picture.size) == pytest.approx(np.mean(shoulders, axis=0))
    assert pose.points[10] is None  # the ankles are not in the picture
    assert pose.points[13] is None


def test_right_is_the_persons_own_right_in_a_mirror_too() -> None:
    for picture, sign in ((photo("astronaut"), 1), (ImageOps.mirror(photo("astronaut")), 1)):
        [pose] = find_poses(picture)
        assert sign * (place(pose, LEFT_SHOULDER, picture.size)[0] - place(pose, RIGHT_SHOULDER, picture.size)[0]) > 50


def test_everybody_of_a_group_is_found() -> None:
    """And hardly anybody besides: a tripod may be taken for one."""
    man = photo("camera")
    group = beside(man, photo("astronaut"), ImageOps.mirror(man))
    poses = find_poses(group)
    thirds = sorted(int(place(pose, NECK, group.size)[0] // 512) for pose in poses)
    assert set(thirds) == {0, 1, 2}
    assert len(thirds) <= 4


def test_a_small_person_in_a_large_picture_is_found() -> None:
    picture = on((1400, 1000), (photo("camera").resize((240, 240)), (1100, 700)))
    [pose] = find_poses(picture)
    x, y = place(pose, NECK, picture.size)
    assert 1100 < x < 1340
    assert 700 < y < 940


def test_the_largest_comes_first() -> None:
    man = photo("camera")
    poses = find_poses(on((1200, 600), (man.resize((250, 250)), (50, 300)), (man, (600, 50))))
    assert place(poses[0], NECK, (1200, 600))[0] > 600
    tall = [np.ptp([point[1] for point in pose.points if point]) for pose in poses]
    assert len(tall) > 1
    assert tall == sorted(tall, reverse=True)


@pytest.mark.parametrize(
    "picture",
    [
        photo("coffee"),
        Image.new("RGB", (400, 300), "white"),
        Image.new("RGB", (1, 1), "red"),
        Image.new("RGB", (20_000, 1), "red"),
        Image.fromarray(np.random.default_rng(1).integers(0, 256, (256, 256, 3), np.uint8)),
    ],
    ids=["a cup", "white", "one pixel", "a line", "noise"],
)
def test_nobody_is_found_where_there_is_nobody(picture: Image.Image) -> None:
    with pytest.raises(EngineError) as caught:
        find_poses(picture)
    assert caught.value.code == "nobody_found"


def test_of_forty_people_the_most_that_there_may_be_are_found(monkeypatch: pytest.MonkeyPatch) -> None:
    looks: list[int] = []
    look = _Search._look

    def counted(self: _Search, window: tuple[int, int, int, int]) -> object:
        looks.append(1)
        return look(self, window)

    monkeypatch.setattr(_Search, "_look", counted)
    poses = find_poses(crowd(40))
    assert 10 <= len(poses) <= MOST_PEOPLE
    assert len(looks) <= MOST_LOOKS + 1


def test_people_of_a_panorama_are_found() -> None:
    man = photo("camera").resize((900, 900))
    picture = on((20_000, 1000), (man, (300, 50)), (man, (15_000, 50)))
    poses = find_poses(picture)
    assert sorted(int(place(pose, NECK, picture.size)[0] // 1000) for pose in poses) == [0, 15]


def test_a_grey_picture_and_one_with_alpha_are_looked_at_too() -> None:
    for mode in ("L", "RGBA"):
        assert len(find_poses(photo("astronaut").convert(mode))) == 1


def test_openpose_needs_its_weights(tmp_path: Path) -> None:
    with pytest.raises(EngineError) as caught:
        find_poses(photo("astronaut"), "openpose", tmp_path)
    assert (caught.value.code, caught.value.values["folder"]) == ("detector_missing", str(tmp_path))


def test_openposes_weights_are_converted_once_and_run(tmp_path: Path) -> None:
    """Random ones here: what the network says of a picture means nothing, but it is the real one."""
    torch.manual_seed(3)
    model = bodypose_model()
    published = {".".join(name.split(".")[1:]): value.half().float() for name, value in model.state_dict().items()}
    torch.save(published, tmp_path / "body_pose_model.pth")
    made = convert_openpose(tmp_path / "body_pose_model.pth", tmp_path / "openpose")
    assert made == tmp_path / "openpose" / FILE
    with safe_open(made, framework="pt") as opened:
        assert set(opened.keys()) == set(model.state_dict())
        for name in model.state_dict():
            assert torch.equal(opened.get_tensor(name), published[name.split(".", 1)[1]])
    with pytest.raises(EngineError) as caught:
        find_poses(photo("astronaut").resize((64, 64)), "openpose", tmp_path / "openpose")
    assert caught.value.code == "nobody_found"


class Harm:
    """What a pickle of it does when it is opened."""

    def __reduce__(self) -> tuple[object, ...]:
        return Path.touch, (Path("harm.txt"),)


@pytest.mark.parametrize("content", ["harm", "other", "text"])
def test_what_are_no_weights_is_refused_and_nothing_in_it_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: str
) -> None:
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "weights.pth"
    if content == "text":
        path.write_text("weights")
    else:
        torch.save({"harm": Harm()} if content == "harm" else {"conv1_1.weight": torch.zeros(3)}, path)
    with pytest.raises(ValueError, match="OpenPose"):
        convert_openpose(path, tmp_path / "openpose")
    assert [each.name for each in tmp_path.iterdir()] == ["weights.pth"]
