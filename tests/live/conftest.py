"""Houses for live tests. Database access goes to the house's own files, never to the test database."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.live.house import House

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path


@pytest.fixture
def build_house(tmp_path: Path) -> Iterator[Callable[..., House]]:
    """Build a house with settings of its own; it is closed afterwards."""
    houses: list[House] = []

    def build(**settings: str) -> House:
        houses.append(House(tmp_path / f"house{len(houses)}", **settings))
        return houses[-1]

    yield build
    for house in houses:
        house.close()
