"""A site for benches: web process, PostgreSQL, Redis and a worker as real processes, with all cores to paint."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from tests.live.house import House
from tests.live.servers import Postgres, Redis

if TYPE_CHECKING:
    from collections.abc import Iterator


def say(text: str) -> None:
    """Print a line at once."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


@contextmanager
def a_site() -> Iterator[House]:
    """Build it, and let this process see its rows: models can be imported then. Nothing is started but the servers."""
    folder = Path(tempfile.mkdtemp(prefix="ic-"))
    redis, postgres = Redis(folder / "redis"), Postgres(folder / "pg")
    house = None
    try:
        redis.start()
        postgres.start()
        services = {"DATABASE_URL": postgres.new_base(), "BROKER_URL": redis.url(0), "CACHE_URL": redis.url(1)}
        house = House(folder / "house", OMP_NUM_THREADS=str(os.cpu_count()), LOG_LEVEL="WARNING", **services)
        os.environ |= house.env
        import django

        django.setup()
        yield house
    finally:
        if house:
            house.close()
        postgres.stop()
        redis.stop()
        shutil.rmtree(folder, ignore_errors=True)
