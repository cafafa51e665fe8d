"""A hub that plays the sites, and a download from it with little patience."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from generation.engine.errors import EngineError
from generation.fetching.fetch import Fetched, fetch
from generation.fetching.limits import Limits
from imagecreator.errors import explain
from tests.model_hub import ModelHub

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

LIMITS = Limits(spare_bytes=0, pause_seconds=0.0)
BODY = bytes(range(256)) * 1600  # 400 KB that start like no page


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[ModelHub]:
    """A server with nothing on it."""
    folder = tmp_path / "hub"
    folder.mkdir()
    with ModelHub(folder) as running:
        yield running


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where the file goes; empty."""
    place = tmp_path / "into"
    place.mkdir()
    return place


@pytest.fixture
def get(hub: ModelHub, folder: Path) -> Callable[..., Fetched]:
    """Fetch an address from the hub; those of `Limits` may be given by name."""

    def run(address: str, **options: Any) -> Fetched:
        names = set(Limits.__dataclass_fields__) & set(options)
        limits = replace(LIMITS, **{name: options.pop(name) for name in names})
        return fetch(address, folder / "a.safetensors", **{"limits": limits, "network": hub.network} | options)

    return run


@pytest.fixture
def refused(get: Callable[..., Fetched], folder: Path) -> Callable[..., EngineError]:
    """Fetch an address, see that it fails and that nothing is left on the disk, and give the error."""

    def run(address: str, **options: Any) -> EngineError:
        with pytest.raises(EngineError) as caught:
            get(address, **options)
        assert list(folder.iterdir()) == []
        assert explain(caught.value.code, caught.value.values).what != explain("unexpected", {}).what
        return caught.value

    return run
