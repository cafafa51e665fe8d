"""`manage.py models`: what is there, whether it is whole, and a tiny checkpoint."""

from __future__ import annotations

import shutil
from dataclasses import replace
from io import StringIO
from typing import TYPE_CHECKING

import pytest
import torch
from controlnet_aux.open_pose.model import bodypose_model
from django.core.management import CommandError, call_command

from generation.engine import load_profile
from generation.engine.restyle.files import open_network
from generation.engine.tiny import build_tiny
from generation.management.commands import models
from tests.generation.engine.language.other_server import OtherServer
from tests.generation.engine.nine import a_nine, with_nine
from tests.generation.engine.restyle.networks import PREVIEW, SHIPPED, VGG16, as_torchvision, random_network
from tests.generation.engine.upscale.building import build_upscaler

if TYPE_CHECKING:
    from pathlib import Path

    from pytest_django import Settings


@pytest.fixture(autouse=True)
def models_dir(settings: Settings, tmp_path: Path) -> Path:
    """An empty folder for models."""
    settings.MODELS_DIR = tmp_path / "models"
    settings.PROFILE = "tiny"
    return tmp_path / "models"


def said(*words: str) -> str:
    """What the command prints."""
    out = StringIO()
    call_command("models", *words, stdout=out)
    return out.getvalue()


@pytest.mark.parametrize("words", [(), ("list",)])
def test_the_list_names_profiles_folders_licences_and_what_is_missing(words: tuple[str, ...], models_dir: Path) -> None:
    listed = said(*words)
    assert "*  tiny" in listed and "preview" in listed and "shipped" in listed and str(models_dir / "tiny") in listed
    assert "sd15" in listed and "missing" in listed and "CreativeML OpenRAIL-M" in listed
    build_tiny(models_dir / "tiny")
    assert "present" in said(*words)


def test_checking_a_whole_model_is_quietly_content(models_dir: Path) -> None:
    assert said("check", "preview").endswith("is whole.\n")
    with pytest.raises(CommandError, match=r"“manage.py models build-tiny DIR” makes it"):
        said("check")
    build_tiny(models_dir / "tiny")
    parts = [models_dir / "tiny" / part for part in ("", "guides/pose", "guides/face", "captioner", "language")]
    assert said("check", "tiny") == said("check") == "".join(f"tiny: {part} is whole.\n" for part in parts)


def test_checking_says_what_guides_are_missing_or_do_not_fit(models_dir: Path) -> None:
    build_tiny(models_dir / "tiny")
    guides = models_dir / "tiny" / "guides"
    shutil.rmtree(guides / "face")
    assert f"tiny: no face guide, for there is no {guides / 'face'}; " in said("check")
    config = guides / "pose" / "config.json"
    config.write_text(config.read_text().replace('"cross_attention_dim": 32', '"cross_attention_dim": 768'))
    with pytest.raises(CommandError, match="pose cannot be used: cross_attention_dim is 768, not 32"):
        said("check")


def test_checking_says_whether_frames_can_be_put_into_words(models_dir: Path) -> None:
    build_tiny(models_dir / "stable-diffusion-v1-5")
    lacking = "sd15: drafts are written without a look at what frames show, for there is no "
    folder = models_dir / "blip-image-captioning-base"
    assert f"{lacking}{folder}; get Salesforce/blip-image-captioning-base" in said("check", "sd15")
    assert "(licence: BSD-3-Clause)" in said("check", "sd15")
    shutil.copytree(models_dir / "stable-diffusion-v1-5" / "captioner", folder)
    assert f"sd15: {folder} is whole.\n" in said("check", "sd15")
    (folder / "model.safetensors").write_bytes(b"no")
    with pytest.raises(CommandError, match=r"blip-image-captioning-base cannot be used: .* is not a whole safetensors"):
        said("check", "sd15")


def test_checking_says_who_paints_inside_masks(models_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    build_tiny(models_dir / "tiny")
    folder = models_dir / "nine"
    profile = with_nine(load_profile("tiny", models_dir=models_dir), folder)
    monkeypatch.setattr(models, "load_profile", lambda name, models_dir: profile)
    assert f"tiny: masks are painted with the model itself, for there is no {folder}; nowhere" in said("check")
    a_nine(folder, models_dir / "tiny")
    assert said("check").endswith(f"tiny: {folder} is whole.\n")
    config = folder / "config.json"
    config.write_text(config.read_text().replace('"in_channels": 9', '"in_channels": 4'))
    with pytest.raises(CommandError, match="nine cannot be used: in_channels is 4, not 9"):
        said("check")


def test_openposes_weights_are_converted_and_their_licence_said(models_dir: Path, tmp_path: Path) -> None:
    torch.manual_seed(3)
    published = {name.split(".", 1)[1]: value for name, value in bodypose_model().state_dict().items()}
    torch.save(published, tmp_path / "body_pose_model.pth")
    made = models_dir / "openpose" / "body_pose_model.safetensors"
    lines = said("convert-openpose", str(tmp_path / "body_pose_model.pth")).splitlines()
    assert lines[0] == str(made)
    assert "non-commercial" in lines[1]
    assert made.is_file()
    with pytest.raises(CommandError, match="not the weights of OpenPose"):
        said("convert-openpose", str(made))
    with pytest.raises(CommandError, match="No such file"):
        said("convert-openpose", str(tmp_path / "none.pth"))


def test_checking_says_everything_that_is_missing(models_dir: Path) -> None:
    with pytest.raises(CommandError, match="get stable-diffusion-v1-5/stable-diffusion-v1-5 from the Hugging Face hub"):
        said("check", "sd15")
    build_tiny(models_dir / "tiny")
    shutil.rmtree(models_dir / "tiny" / "vae")
    (models_dir / "tiny" / "unet" / "config.json").unlink()
    with pytest.raises(CommandError, match=r"unet/config.json is missing; vae/config.json is missing\.$"):
        said("check")


def test_an_upscaler_is_checked_beside_its_model(models_dir: Path) -> None:
    """`sd15` names one; to the looks of files, a tiny model and a tiny upscaler are as good as large ones."""
    build_tiny(models_dir / "stable-diffusion-v1-5")
    assert "sd15: no upscaler, for there is no" in said("check", "sd15")
    assert "get stabilityai/stable-diffusion-x4-upscaler" in said("check", "sd15")
    folder = models_dir / "stable-diffusion-x4-upscaler"
    build_upscaler(folder)
    assert f"sd15: {folder} is whole.\n" in said("check", "sd15")
    shutil.rmtree(folder / "unet")
    with pytest.raises(CommandError, match=r"stable-diffusion-x4-upscaler cannot be used: unet/config.json is missing"):
        said("check", "sd15")


def test_an_unknown_profile_is_one_sentence_that_names_the_known() -> None:
    with pytest.raises(CommandError, match=r"^There is no profile nobody; there are: preview, sd15, sdxl, tiny\.$"):
        said("check", "nobody")


@pytest.mark.parametrize("words", [("paint",), ("check", "a", "b"), ("build-tiny",), ("list", "--loud")])
def test_bad_arguments_are_refused(words: tuple[str, ...]) -> None:
    with pytest.raises(CommandError):
        said(*words)


def test_a_tiny_model_is_built_where_asked_and_only_there(tmp_path: Path) -> None:
    assert said("build-tiny", str(tmp_path / "tiny")) == f"{tmp_path / 'tiny'}\n"
    assert (tmp_path / "tiny" / "model_index.json").is_file()
    with pytest.raises(CommandError, match="exists and is not an empty folder"):
        said("build-tiny", str(tmp_path / "tiny"), "--flags")
    (tmp_path / "file").touch()
    with pytest.raises(CommandError, match="cannot be written"):
        said("build-tiny", str(tmp_path / "file" / "tiny"))


def test_a_vgg16_becomes_the_network_for_styles(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of torchvision's widths; what is none is one sentence, and so is a damaged folder when a profile is checked."""
    monkeypatch.setattr("generation.preview.training.style_network.BALANCED_ON", 1)
    file = as_torchvision(random_network(widths=VGG16), tmp_path / "vgg16.pth")
    assert said("convert-vgg", str(file), str(tmp_path / "vgg16")) == f"{tmp_path / 'vgg16'}\n"
    assert open_network(tmp_path / "vgg16").widths == VGG16
    as_torchvision(random_network(), file)
    with pytest.raises(CommandError, match=r"damaged or of the wrong kind\. features\.0\.weight has the shape"):
        said("convert-vgg", str(file), str(tmp_path / "other"))
    with pytest.raises(CommandError, match=r"^There is no file "):
        said("convert-vgg", str(tmp_path / "none.pth"), str(tmp_path / "other"))
    assert not (tmp_path / "other").exists()


def test_a_profiles_network_for_styles_is_checked(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert f"preview: {SHIPPED} is whole." in said("check", "preview")
    shutil.copytree(SHIPPED, tmp_path / "copy")
    (tmp_path / "copy" / "model.safetensors").write_bytes(b"no")
    damaged = replace(PREVIEW.roles["style_network"], folder=tmp_path / "copy")
    monkeypatch.setattr(
        "generation.management.commands.models.load_profile",
        lambda *args, **kwargs: replace(PREVIEW, roles={"style_network": damaged}),
    )
    with pytest.raises(CommandError, match=r"cannot be used: model\.safetensors is no whole safetensors file\.$"):
        said("check", "preview")


def test_a_language_model_is_checked(models_dir: Path) -> None:
    build_tiny(models_dir / "tiny")
    folder = models_dir / "tiny" / "language"
    (folder / "chat_template.jinja").unlink()
    with pytest.raises(CommandError, match="language cannot be used: it has no chat template"):
        said("check")
    shutil.rmtree(folder)
    assert f"tiny: no language model in the worker, for there is no {folder}; " in said("check")


def test_a_server_for_the_language_model_is_asked(models_dir: Path, settings: Settings) -> None:
    build_tiny(models_dir / "tiny")
    assert said("list").endswith("language model: none, the form writes (LANGUAGE_MODEL)\n")
    settings.LANGUAGE_MODEL = "worker"
    assert said("list").endswith("language model: the profile's own, in the worker (LANGUAGE_MODEL)\n")
    listed = '{"data": [{"id": "llama3.2"}, {"id": "qwen"}]}'
    with OtherServer(lambda talk: talk.answer(200, listed)) as server:
        settings.LANGUAGE_MODEL, settings.LANGUAGE_MODEL_NAME = server.address, "llama3.2"
        assert said("check").endswith(f"language model: {server.address} answers and has llama3.2\n")
        settings.LANGUAGE_MODEL_NAME = "gemma"
        assert said("check").endswith(" answers, but does not list gemma; it lists: llama3.2, qwen\n")
        assert said("list").endswith(" answers, but does not list gemma; it lists: llama3.2, qwen\n")
    with pytest.raises(CommandError, match=r"cannot be reached, or broke off\. \(no connection comes about\)$"):
        said("check")
    assert said("list").endswith("cannot be reached, or broke off. (no connection comes about)\n")
    assert "language model:" not in said("check", "preview"), "it is not in use"
