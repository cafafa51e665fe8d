"""LoRA files for the tiny model, an engine that wears them, and the picture without any."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from generation.engine import Engine, Profile
from tests.generation.engine.lora_files import a_lora
from tests.generation.engine.pictures import a_job

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("loras")


@pytest.fixture(scope="module")
def one(folder: Path, tiny: Path) -> Path:
    """For the UNet and the text encoder."""
    return a_lora(folder / "one.safetensors", tiny, seed=1, scale=0.2)


@pytest.fixture(scope="module")
def other(folder: Path, tiny: Path) -> Path:
    """Another, of another rank, for the UNet alone."""
    return a_lora(folder / "other.safetensors", tiny, seed=2, rank=8, text=False, scale=0.2)


@pytest.fixture(scope="module")
def painter(profile: Profile) -> Iterator[Engine]:
    """An engine of this module's own."""
    engine = Engine(profile)
    yield engine
    engine.close()


@pytest.fixture(scope="module")
def bare(profile: Profile) -> bytes:
    """A picture by an engine that never saw a LoRA."""
    engine = Engine(profile)
    picture = engine.paint([a_job()], lambda *step: None)[0]
    engine.close()
    return picture.tobytes()


@pytest.fixture(scope="module")
def whole(tiny: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A LoRA for the tiny model in today's layout."""
    return a_lora(tmp_path_factory.mktemp("loras") / "whole.safetensors", tiny, resnets=True)
