"""An upscaler's folder is looked at before it is loaded; a small one may use the base's reader."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import torch
from safetensors.torch import load_file, save_file

from generation.engine import Engine, EngineError, Profile
from generation.engine.upscale.files import open_upscaler
from generation.engine.upscale.folder import faults
from generation.engine.upscale.options import Settings, parse_settings
from tests.generation.engine.upscale.building import build_upscaler, with_upscaler
from tests.generation.engine.upscale.test_upscale import a_picture

if TYPE_CHECKING:
    from collections.abc import Callable

CPU = torch.device("cpu")


def edit(folder: Path, file: str, **values: object) -> None:
    """Change a table of settings."""
    path = folder / file
    path.write_text(json.dumps(json.loads(path.read_text()) | values))


@pytest.fixture
def own(upscaler: Path, tmp_path: Path) -> Path:
    """A copy to be damaged."""
    return Path(shutil.copytree(upscaler, tmp_path / "own"))


@pytest.mark.parametrize(
    ("damage", "reason"),
    [
        (lambda folder: shutil.rmtree(folder / "unet"), "unet/config.json is missing"),
        (lambda folder: (folder / "model_index.json").write_text("{"), "model_index.json cannot be read"),
        (lambda folder: edit(folder, "model_index.json", _class_name="StableDiffusionPipeline"), "it is a Stable"),
        (lambda folder: edit(folder, "model_index.json", vae=["os", "system"]), "its vae is ['os', 'system']"),
        (lambda folder: edit(folder, "unet/config.json", in_channels=4), "its unet takes 4 channels, not 7"),
        (lambda folder: edit(folder, "unet/config.json", cross_attention_dim=768), "reads text of width 768"),
        (lambda folder: edit(folder, "vae/config.json", block_out_channels=[8, 8]), "enlarges 2 times, not 4"),
        (lambda folder: edit(folder, "vae/config.json", _class_name="AutoencoderTiny"), "not an AutoencoderKL"),
        (lambda folder: shutil.rmtree(folder / "low_res_scheduler"), "low_res_scheduler/scheduler_config.json"),
        (lambda folder: (folder / "vae/diffusion_pytorch_model.safetensors").write_bytes(b"x" * 9), "not a whole"),
    ],
)
def test_what_is_wrong_is_said_before_it_is_loaded(
    profile: Profile, own: Path, damage: Callable[[Path], None], reason: str
) -> None:
    assert faults(own, profile.folder) == []
    damage(own)
    assert reason in "; ".join(faults(own, profile.folder))
    with pytest.raises(EngineError) as caught:
        Engine(with_upscaler(profile, own)).upscale(a_picture(), (160, 96))
    assert caught.value.code == "upscaler_wrong"
    assert reason in caught.value.values["reason"]


def test_weights_that_are_missing_are_not_made_up(profile: Profile, own: Path) -> None:
    file = own / "unet/diffusion_pytorch_model.safetensors"
    tensors = load_file(file)
    tensors.pop("conv_in.weight")
    save_file(tensors, file, metadata={"format": "pt"})
    with pytest.raises(EngineError, match="upscaler_wrong"):
        open_upscaler(with_upscaler(profile, own), CPU)


def test_without_a_reader_of_its_own_it_uses_the_bases(profile: Profile, own: Path, tmp_path: Path) -> None:
    build_upscaler(tmp_path / "fits", width=32)  # as wide as the tiny model's
    for part in ("tokenizer", "text_encoder"):
        shutil.rmtree(tmp_path / "fits" / part)
        shutil.rmtree(own / part)
    assert faults(own, profile.folder) == ["its unet reads text of width 24, the text encoder writes 32"]
    assert faults(tmp_path / "fits", profile.folder) == []
    pipe = open_upscaler(with_upscaler(profile, tmp_path / "fits"), CPU)
    theirs = load_file(profile.folder / "text_encoder/model.safetensors")
    ours = pipe.text_encoder.state_dict()
    assert all(torch.equal(ours[name], tensor) for name, tensor in theirs.items() if name in ours) and ours
    made = Engine(with_upscaler(profile, tmp_path / "fits")).upscale(a_picture(), (160, 96), "a red house")
    assert made.size == (160, 96)


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ({"step": 3}, "no such key: step"),
        ({"steps": 0}, "steps must be 1 or more"),
        ({"steps": 2.5}, "steps must be a whole number"),
        ({"guidance": -1}, "guidance must be 0 or more"),
        ({"guidance": float("nan")}, "guidance must be 0 or more"),
        ({"noise_level": True}, "noise_level must be a whole number"),
    ],
)
def test_settings_that_make_no_sense_are_refused(values: dict[str, object], reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        parse_settings(values)


def test_settings_left_out_are_the_usual_ones() -> None:
    assert parse_settings({}) == Settings()
    assert parse_settings({"guidance": 4}) == Settings(guidance=4)
