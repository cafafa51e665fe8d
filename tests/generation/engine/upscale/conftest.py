"""A tiny upscaler for the whole session, and an engine with it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from generation.engine import Engine, Profile
from tests.generation.engine.upscale.building import build_upscaler, with_upscaler

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(scope="session")
def upscaler(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a tiny upscaler; read only."""
    folder = tmp_path_factory.mktemp("models") / "upscaler"
    build_upscaler(folder)
    return folder


@pytest.fixture(scope="session")
def profile_with(profile: Profile, upscaler: Path) -> Profile:
    """The tiny profile, which has an upscaler here."""
    return with_upscaler(profile, upscaler)


@pytest.fixture
def painter(profile_with: Profile) -> Iterator[Engine]:
    """An engine of the test's own."""
    engine = Engine(profile_with)
    yield engine
    engine.close()
