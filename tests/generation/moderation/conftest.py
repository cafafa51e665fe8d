"""What the operator says of uploads, and safety checkers that flag all or nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from generation.engine.tiny import build_tiny
from tests.rows import a_user

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from django.contrib.auth.models import User
    from pytest_django import SettingsWrapper as Settings


@pytest.fixture
def held_unless_checked(settings: Settings) -> None:
    """No safety checker, and an operator who did not allow uploads: the default."""
    settings.UNCHECKED_UPLOADS = "hold"


@pytest.fixture(scope="module")
def kind_models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tiny model with a checker that never flags; read only."""
    folder = tmp_path_factory.mktemp("kind")
    build_tiny(folder / "tiny")
    return folder


@pytest.fixture
def kind(kind_models: Path, models_in: Callable[..., Path]) -> None:
    models_in(kind_models)


@pytest.fixture
def strict(flagging_models: Path, models_in: Callable[..., Path]) -> None:
    models_in(flagging_models)


@pytest.fixture
def mara(db: None) -> User:
    """Another moderator."""
    return a_user("mara", "moderator", is_staff=True)
