"""Models for walks: tiny checkpoints, and an engine that is opened anew where a test changes them."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest
from django.conf import settings as project
from django.contrib.auth.models import Permission

from generation.engine.tiny import build_tiny
from generation.fetching import network
from generation.models import Lora, LoraImport
from generation.stages.engine_door import close_engine
from tests.generation.importing import stored
from tests.model_hub import ModelHub
from tests.rows import a_draft, a_user

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from django.contrib.auth.models import User
    from django.test import Client

    from channels_app.models import Video


@pytest.fixture(autouse=True)
def no_loop_of_a_browser() -> Iterator[None]:
    """Where a browser was driven before in this process, Playwright's loop counts as running; a worker has none."""
    loop = asyncio._get_running_loop()
    asyncio._set_running_loop(None)
    yield
    asyncio._set_running_loop(loop)


@pytest.fixture
def models_in(settings: object) -> Iterator[Callable[..., Path]]:
    """Let the worker find the models of a profile in a folder, and forget them afterwards."""

    def use(folder: Path, profile: str = "tiny") -> Path:
        settings.MODELS_DIR = folder  # type: ignore[attr-defined]
        settings.PROFILE = profile  # type: ignore[attr-defined]
        close_engine()
        return folder

    yield use
    close_engine()


@pytest.fixture(scope="session")
def flagging_models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tiny model with a checker that flags every picture; read only."""
    folder = tmp_path_factory.mktemp("flagging")
    build_tiny(folder / "tiny", flags=True)
    return folder


@pytest.fixture
def only_own_loras(db: None) -> None:
    """None of the LoRAs that came with the project."""
    Lora.objects.all().delete()


@pytest.fixture
def written(video: Video) -> None:
    """The prompt of the video's thumbnail has been written, so the form is there."""
    a_draft(video)


@pytest.fixture
def ada(db: None) -> User:
    """Somebody who may add LoRAs."""
    user = a_user("ada")
    user.user_permissions.add(Permission.objects.get(codename="add_lora"))
    return user


@pytest.fixture
def adas(ada: User, as_user: Callable[[User], Client]) -> Client:
    """Ada's browser."""
    return as_user(ada)


@pytest.fixture
def hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ModelHub]:
    """What imports take for the internet."""
    with ModelHub(tmp_path) as running:
        monkeypatch.setattr(network, "INTERNET", running.network)
        yield running


@pytest.fixture
def nothing_stays(db: None) -> Iterator[None]:
    """After the test, the storage holds the files of LoRAs alone, and no download is left."""
    before, others = set(project.FILE_UPLOAD_TEMP_DIR.iterdir()), stored()
    yield
    kept = {lora.file.name for lora in Lora.objects.all()}
    waiting = {row.file.name for row in LoraImport.objects.exclude(file="")}
    assert stored() - others == (kept | waiting) - {""}
    assert set(project.FILE_UPLOAD_TEMP_DIR.iterdir()) == before
    Lora.objects.all().delete()
