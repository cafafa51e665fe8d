"""The settings of the language model: nonsense is found by Django's checks, and each way in opens its door."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from generation.checks import check_language_model
from generation.engine.language import Asked, LanguageError
from generation.stages.engine_door import close_engine
from generation.stages.language_door import language_model
from imagecreator.errors import ERRORS, explain
from tests.generation.engine.language.other_server import OtherServer, Talk
from tests.generation.engine.language.speaking import CAKE
from tests.generation.engine.language.test_server import TEXT, completion

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pytest_django import Settings

FAR, NEAR = "http://llm.example", "http://127.0.0.1:8000"


@pytest.fixture(autouse=True)
def fresh() -> Iterator[None]:
    """No engine stays open."""
    yield
    close_engine()


@pytest.mark.parametrize(
    ("values", "found"),
    [
        ({}, []),
        ({"LANGUAGE_MODEL_KEY": "a"}, ["generation.W001"]),
        ({"LANGUAGE_MODEL": "worker", "PROFILE": "sd15"}, []),
        ({"LANGUAGE_MODEL": "worker", "PROFILE": "preview"}, ["generation.E002"]),
        ({"LANGUAGE_MODEL": "worker", "PROFILE": "nobody"}, []),
        ({"LANGUAGE_MODEL": "worker", "PROFILE": "sd15", "LANGUAGE_MODEL_NAME": "a"}, ["generation.W001"]),
        ({"LANGUAGE_MODEL": NEAR, "LANGUAGE_MODEL_NAME": "a", "LANGUAGE_MODEL_KEY": "b"}, []),
        ({"LANGUAGE_MODEL": "http://ollama:11434", "LANGUAGE_MODEL_NAME": "a", "LANGUAGE_MODEL_KEY": "b"}, []),
        ({"LANGUAGE_MODEL": FAR, "LANGUAGE_MODEL_NAME": "a"}, []),
        ({"LANGUAGE_MODEL": FAR, "LANGUAGE_MODEL_NAME": "a", "LANGUAGE_MODEL_KEY": "b"}, ["generation.W002"]),
        ({"LANGUAGE_MODEL": NEAR, "LANGUAGE_MODEL_KEY": "b c"}, ["generation.E001", "generation.E003"]),
    ],
)
def test_nonsense_is_found(settings: Settings, values: dict[str, str], found: list[str]) -> None:
    for name, value in values.items():
        setattr(settings, name, value)
    assert [message.id for message in check_language_model()] == found


def test_without_a_language_model_that_is_said(settings: Settings) -> None:
    with pytest.raises(LanguageError) as caught:
        language_model().write(CAKE)
    assert caught.value.code == "no_language_model"


def test_the_worker_asks_its_own(settings: Settings, tmp_path: Path) -> None:
    settings.LANGUAGE_MODEL, settings.PROFILE, settings.MODELS_DIR = "worker", "tiny", tmp_path
    with pytest.raises(LanguageError) as caught:
        language_model().write(Asked("A"))
    assert caught.value.code == "role_missing" and caught.value.values["folder"] == str(tmp_path / "tiny/language")


def test_a_server_is_asked_and_what_it_takes_remembered(settings: Settings) -> None:
    def picky(talk: Talk) -> None:
        status = 400 if "response_format" in talk.body else 200
        talk.answer(status, completion(TEXT) if status == 200 else "no response_format here")

    with OtherServer(picky) as server:
        settings.LANGUAGE_MODEL, settings.LANGUAGE_MODEL_NAME = server.address, "llama"
        assert language_model().write(CAKE) == language_model().write(CAKE)
        assert len(server.talks) == 4, "three to find out, and one"


@pytest.mark.parametrize("code", [code for code in ERRORS if code.startswith("language_")] + ["no_language_model"])
def test_every_error_has_its_sentences(code: str) -> None:
    error = LanguageError(code, "why")
    assert explain(error.code, error.values).code == code and len(explain(error.code, error.values).what) > 20
