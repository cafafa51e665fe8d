"""Nothing lost and nothing twice, whatever dies meanwhile. ``make chaos`` runs it longer."""

from __future__ import annotations

import os
import secrets
from typing import TYPE_CHECKING

import pytest

from tests.live.chaos import Chaos

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.live.house import House
    from tests.live.servers import Servers

pytestmark = pytest.mark.xdist_group("live")

REQUESTS = int(os.environ.get("CHAOS_REQUESTS", "60"))
SEED = int(os.environ.get("CHAOS_SEED", secrets.randbelow(1_000_000)))
PATIENCE = 240.0 * REQUESTS / 60  # seconds
FAST = {"LEASE_SECONDS": "6", "REAP_SECONDS": "1"}


def test_every_request_is_done_once_though_workers_and_servers_die(
    build_house: Callable[..., House], servers: Servers
) -> None:
    # A message that a worker has taken comes back after a second, while the worker still paints.
    chaos = Chaos(build_house(servers, VISIBILITY_SECONDS="1", **FAST), REQUESTS, SEED)
    more = [chaos.kill, chaos.kill, chaos.restart_redis] * (REQUESTS // 60 - 1)
    once = [chaos.kill, chaos.restart_postgres, chaos.restart_redis, *[chaos.kill] * 3, chaos.empty_redis]
    chaos.run([*once, *[chaos.kill] * 3, *more], PATIENCE)
    chaos.check()
    assert chaos.hits() >= 4, "the killing hit something"


def test_every_request_is_done_once_though_workers_die_on_the_embedded_defaults(
    build_house: Callable[..., House],
) -> None:
    chaos = Chaos(build_house(**FAST), REQUESTS, SEED)
    chaos.run([chaos.kill] * (REQUESTS // 10), PATIENCE)
    chaos.check()
    assert chaos.hits() >= 4, "the killing hit something"
