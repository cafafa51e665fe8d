"""Houses for live tests. Database access goes to the house's own files, never to the test database."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.live.house import House
from tests.live.servers import Servers

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path


@pytest.fixture(scope="session")
def servers() -> Iterator[Servers]:
    """Redis, PostgreSQL and S3, for all tests that want them; whoever stops one starts it again."""
    running = Servers()
    try:
        running.start()
        yield running
    finally:
        running.close()


@pytest.fixture(params=["embedded", "production"])
def either(request: pytest.FixtureRequest) -> Servers | None:
    """Nothing, or the servers: the test runs on both."""
    if request.param == "embedded":
        return None
    running: Servers = request.getfixturevalue("servers")
    return running


@pytest.fixture
def build_house(tmp_path: Path) -> Iterator[Callable[..., House]]:
    """Build a house with settings of its own, on ``servers`` or on the embedded defaults; it is closed afterwards."""
    houses: list[House] = []

    def build(servers: Servers | None = None, **settings: str) -> House:
        houses.append(House(tmp_path / f"house{len(houses)}", servers, **settings))
        return houses[-1]

    yield build
    for house in houses:
        house.close()
