"""A tiny checkpoint for the whole session, an engine on it, and ways to ask for small pictures."""

from __future__ import annotations

import shutil
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from generation.engine import Engine, Profile, load_profile
from generation.engine.tiny import build_tiny

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path


@pytest.fixture(scope="session")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a tiny checkpoint; read only."""
    folder = tmp_path_factory.mktemp("models") / "tiny"
    build_tiny(folder)
    return folder


@pytest.fixture(scope="session")
def profile(tiny: Path) -> Profile:
    """The tiny profile, its checkpoint in place."""
    return load_profile("tiny", models_dir=tiny.parent)


@pytest.fixture(scope="session")
def engine(profile: Profile) -> Iterator[Engine]:
    """One engine for all, as in a worker: what one test does to it, the next would notice."""
    engine = Engine(profile)
    yield engine
    engine.close()


@pytest.fixture
def copied(profile: Profile, tmp_path: Path) -> Profile:
    """The tiny profile on a checkpoint of its own, to be damaged."""
    folder = tmp_path / "damaged"
    shutil.copytree(profile.folder, folder)
    return replace(profile, folder=folder)


@pytest.fixture(scope="session")
def no_step() -> Callable[[int, int], None]:
    """Nobody listens."""

    def listen(step: int, steps: int) -> None:
        return None

    return listen
