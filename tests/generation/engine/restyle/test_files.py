"""A style network's folder: what ships is whole, torchvision's file converts, and what is wrong is said."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING

import pytest
import torch
from safetensors.torch import load_file, save_file

from generation.engine import Engine, EngineError, Restyle
from generation.engine.restyle.convert import convert_vgg
from generation.engine.restyle.files import open_network
from generation.engine.restyle.network import STYLE
from imagecreator.errors import ERRORS
from tests.generation.engine.begun import scene
from tests.generation.engine.restyle.networks import (
    NARROW,
    PREVIEW,
    SHIPPED,
    as_torchvision,
    random_network,
    some_pictures,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def refused(act: Callable[[], object]) -> str:
    with pytest.raises(EngineError) as caught:
        act()
    assert caught.value.code == "style_network_wrong"
    assert caught.value.code in ERRORS
    return str(caught.value.values["reason"])


def test_what_ships_is_small_whole_and_in_half_precision() -> None:
    file = SHIPPED / "model.safetensors"
    assert file.stat().st_size <= 3_000_000
    assert {tensor.dtype for tensor in load_file(file).values()} == {torch.float16}
    assert {path.suffix for path in SHIPPED.iterdir()} == {".json", ".md", ".safetensors"}
    network = open_network(SHIPPED)
    seen = network(torch.rand(1, 3, 72, 128), STYLE)
    assert all((answer.amax(dim=(0, 2, 3)) > 0).sum() > answer.shape[1] / 2 for answer in seen.values())


@pytest.mark.parametrize("suffix", [".pth", ".safetensors"])
def test_torchvisions_file_becomes_a_folder_that_opens(tmp_path: Path, suffix: str) -> None:
    """Under its exact names; balanced, without what classifies, and the same network as before but for the scale."""
    network = random_network()
    file = as_torchvision(network, tmp_path / "vgg.pth")
    if suffix == ".safetensors":
        save_file(torch.load(file, weights_only=True), file := tmp_path / "vgg.safetensors")
    convert_vgg(file, tmp_path / "made", some_pictures(), NARROW)
    made = open_network(tmp_path / "made")
    assert set(load_file(tmp_path / "made" / "model.safetensors")) == set(network.state_dict())
    picture = some_pictures(1)[0]
    ours, theirs = (each(picture, ["conv2_2"])["conv2_2"].flatten(2)[0] for each in (made, network))
    for one, other in zip(ours, theirs, strict=True):
        if other.std() > 0:
            assert float(torch.corrcoef(torch.stack([one, other]))[0, 1]) > 0.999


@pytest.mark.parametrize(
    ("damage", "reason"),
    [
        (lambda path: path.write_bytes(path.read_bytes()[:500]), "vgg.pth is no file of weights, or is not whole"),
        (lambda path: path.write_text("Dear diary, " * 50), "vgg.pth is no file of weights, or is not whole"),
        (lambda path: torch.save([torch.zeros(3)], path), "vgg.pth holds something else than tensors by their names"),
        (lambda path: torch.save({"a": torch.zeros(3)}, path), "there is no features.0.weight"),
        (
            lambda path: as_torchvision(random_network(widths=(4, 4, 4, 4, 4)), path),
            "features.0.weight has the shape (4, 3, 3, 3), not (3, 3, 3, 3)",
        ),
        (
            lambda path: as_torchvision(random_network(), path, **{"classifier.0.bias": torch.tensor([torch.nan])}),
            "classifier.0.bias holds what are no numbers; take the weights that classify ImageNet",
        ),
    ],
    ids=["cut off", "text", "a list", "other names", "other widths", "no numbers"],
)
def test_a_wrong_file_is_refused_and_leaves_nothing(
    tmp_path: Path, damage: Callable[[Path], object], reason: str
) -> None:
    file = as_torchvision(random_network(), tmp_path / "vgg.pth")
    damage(file)
    assert refused(lambda: convert_vgg(file, tmp_path / "made", some_pictures(), NARROW)) == reason
    assert not (tmp_path / "made").exists()


class Bad:
    """A pickle that would run a program."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[object, ...]:
        return shutil.rmtree, (str(self.path),)


def test_no_program_in_a_file_is_run(tmp_path: Path) -> None:
    victim = tmp_path / "victim"
    victim.mkdir()
    torch.save({"features.0.weight": Bad(victim)}, tmp_path / "bad.pth")
    assert "is no file of weights" in refused(lambda: convert_vgg(tmp_path / "bad.pth", tmp_path / "made", [], NARROW))
    assert victim.is_dir()


def spoilt(folder: Path, **tensors: torch.Tensor) -> None:
    file = folder / "model.safetensors"
    save_file(load_file(file) | tensors, file)


@pytest.mark.parametrize(
    ("damage", "reason"),
    [
        (lambda f: (f / "config.json").unlink(), "config.json is missing or cannot be read"),
        (lambda f: (f / "config.json").write_text("{}"), "config.json names no layout vgg16 with its five widths"),
        (
            lambda f: (f / "config.json").write_text(json.dumps({"layout": "vgg16", "widths": [16, 32, 64, 128, 1e9]})),
            "config.json names widths other than 1 to 64, 128, 256, 512, 512",
        ),
        (
            lambda f: (f / "config.json").write_text(
                json.dumps({"layout": "vgg16", "widths": [16, 32, 64, 128, 128], "content": ["conv4_2"]})
            ),
            "config.json names no layer for content, such as conv4_2",
        ),
        (lambda f: (f / "model.safetensors").write_bytes(b"no"), "model.safetensors is no whole safetensors file"),
        (lambda f: spoilt(f, **{"features.2.bias": torch.zeros(3)}), "features.2.bias has the shape (3,), not (16,)"),
        (
            lambda f: spoilt(f, **{"features.2.bias": torch.full((16,), torch.nan)}),
            "features.2.bias holds what are no numbers",
        ),
    ],
    ids=["no config", "another config", "huge", "two layers", "no weights", "other shape", "no numbers"],
)
def test_a_damaged_folder_is_refused(tmp_path: Path, damage: Callable[[Path], object], reason: str) -> None:
    shutil.copytree(SHIPPED, tmp_path / "copy")
    damage(tmp_path / "copy")
    assert refused(lambda: open_network(tmp_path / "copy")) == reason


def test_a_profile_without_a_network_says_so(profile: object) -> None:
    with pytest.raises(EngineError) as caught:
        Engine(profile).restyle(scene(), scene(), Restyle(), lambda step, steps: None)  # type: ignore[arg-type]
    assert caught.value.code == "no_style_network"
    assert PREVIEW.roles["style_network"].shipped
