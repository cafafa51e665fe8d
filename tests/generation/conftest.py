"""Models for walks: tiny checkpoints, and an engine that is opened anew where a test changes them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from generation.engine.tiny import build_tiny
from generation.stages.engine_door import close_engine

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path


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
