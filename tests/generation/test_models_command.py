"""`manage.py models`: what is there, whether it is whole, and a tiny checkpoint."""

from __future__ import annotations

import shutil
from io import StringIO
from typing import TYPE_CHECKING

import pytest
from django.core.management import CommandError, call_command

from generation.engine.tiny import build_tiny
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
    assert said("check", "tiny") == said("check") == f"tiny: {models_dir / 'tiny'} is whole.\n"


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
    assert said("check", "sd15").endswith(f"sd15: {folder} is whole.\n")
    shutil.rmtree(folder / "unet")
    with pytest.raises(CommandError, match=r"stable-diffusion-x4-upscaler cannot be used: unet/config.json is missing"):
        said("check", "sd15")


def test_an_unknown_profile_is_one_sentence_that_names_the_known() -> None:
    with pytest.raises(CommandError, match=r"^There is no profile nobody; there are: preview, sd15, tiny\.$"):
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
