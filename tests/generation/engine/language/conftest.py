"""A Llama taught by heart, once for the session, and its engine."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from generation.engine import Engine, Profile, load_profile
from tests.generation.engine.language.speaking import taught, teach

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="session")
def speaking(tmp_path_factory: pytest.TempPathFactory) -> Profile:
    """The tiny profile, of which only the language model is there; read only."""
    models = tmp_path_factory.mktemp("speaking")
    teach(models / "tiny" / "language", taught())
    return load_profile("tiny", models_dir=models)


@pytest.fixture(scope="session")
def speaker(speaking: Profile) -> Iterator[Engine]:
    """An engine with it."""
    engine = Engine(speaking)
    yield engine
    engine.close()
