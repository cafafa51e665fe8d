"""A whole site of its own: data folder, web process and workers as real processes, on a free port, ended by id.

It stands on the embedded defaults, or on real servers (see ``servers``).
"""

from __future__ import annotations

import os
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.error import URLError
from urllib.parse import urlsplit
from urllib.request import urlopen

import psycopg

from tests.environment import without_site

if TYPE_CHECKING:
    from tests.live.servers import Servers

ROOT = Path(__file__).resolve().parent.parent.parent
PATIENCE = 120.0  # seconds; nothing here waits that long unless something is broken


def free_port() -> int:
    """A port on 127.0.0.1 that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


class House:
    """Everything lies under ``data``; ``close`` ends what was started."""

    def __init__(self, data: Path, servers: Servers | None = None, **settings: str) -> None:
        self.data = data
        self.servers = servers
        self.port = free_port()
        self.address = f"http://127.0.0.1:{self.port}"
        self.env = without_site() | {
            "IMAGECREATOR_DATA": str(data),
            "DJANGO_SETTINGS_MODULE": "imagecreator.settings",
            "SECRET_KEY": "only for tests",
            "UNCHECKED_UPLOADS": "allow",
            "PYTHONWARNINGS": "ignore",
            "PYTHONUNBUFFERED": "1",
            "OMP_NUM_THREADS": "1",  # two tests at once on two cores: more threads only wait for each other
            **(servers.settings() if servers else {}),
            **settings,
        }
        self.processes: list[subprocess.Popen[bytes]] = []
        self.manage("migrate", "--verbosity", "0")

    def manage(self, *arguments: str) -> str:
        """Run a management command and return what it printed."""
        done = subprocess.run(
            [sys.executable, "manage.py", *arguments],
            cwd=ROOT, env=self.env, capture_output=True, text=True, check=False, timeout=PATIENCE,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr[-3000:]
        return done.stdout

    def start_site(self) -> None:
        """Start gunicorn and wait until it answers."""
        config = Path(__file__).with_name("gunicorn_conf.py")
        self._start(
            "site",
            "-m", "gunicorn", "imagecreator.wsgi", "--bind", f"127.0.0.1:{self.port}",
            "--worker-class", "gthread", "--threads", "8", "--config", str(config), "--no-control-socket",
        )  # fmt: skip
        until(self._answers, "the site answers")

    def start_worker(self, *options: str) -> subprocess.Popen[bytes]:
        """Start a Celery worker."""
        return self._start("worker", "-m", "celery", "-A", "celery_worker", "worker", *options)

    def start_shell(self, name: str, code: str) -> subprocess.Popen[bytes]:
        """Run Python code that knows the site, in a process of its own."""
        return self._start(name, "manage.py", "shell", "--verbosity", "0", "-c", code)

    def rows(self, sql: str, *arguments: Any) -> list[tuple[Any, ...]]:
        """Rows from the database, read from outside; ``?`` stands for an argument."""
        if url := self.env.get("DATABASE_URL"):
            with psycopg.connect(url, connect_timeout=20) as server:
                return server.execute(sql.replace("?", "%s"), arguments).fetchall()  # type: ignore[arg-type]
        with closing(sqlite3.connect(f"file:{self.data / 'db.sqlite3'}?mode=ro", uri=True, timeout=20)) as base:
            return base.execute(sql, arguments).fetchall()

    def value(self, sql: str, *arguments: Any) -> Any:
        """The first value of ``rows``, or None."""
        found = self.rows(sql, *arguments)
        return found[0][0] if found else None

    def read(self, name: str) -> bytes:
        """A file in the storage, read from outside."""
        if self.servers:
            return self.servers.s3.read(urlsplit(self.env["MEDIA_STORAGE"]).netloc, name)
        return (self.data / "media" / name).read_bytes()

    def stored(self, prefix: str = "") -> set[str]:
        """The names of the files in the storage, read from outside."""
        if self.servers:
            return self.servers.s3.names(urlsplit(self.env["MEDIA_STORAGE"]).netloc, prefix)
        media = self.data / "media"
        names = {str(file.relative_to(media)) for file in media.rglob("*") if file.is_file()}
        return {name for name in names if name.startswith(prefix)}

    def log(self, name: str) -> str:
        """What a process printed."""
        return (self.data / "logs" / f"{name}.log").read_text(errors="replace")

    def web_modules(self) -> set[str]:
        """The top-level modules that the running web process has loaded by now; it is asked by a signal."""
        logs = self.data / "logs"
        (logs / "modules.txt").unlink(missing_ok=True)
        os.kill(int((logs / "site.pid").read_text()), signal.SIGUSR2)
        until((logs / "modules.txt").exists, "the web process names its modules", 20)
        return {name.partition(".")[0] for name in (logs / "modules.txt").read_text().split()}

    def close(self) -> None:
        """End all processes: kindly, then surely."""
        for process in self.processes:
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
        for process in self.processes:
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()

    def _start(self, name: str, *command: str) -> subprocess.Popen[bytes]:
        with (self.data / "logs" / f"{name}.log").open("ab") as log:
            process = subprocess.Popen(
                [sys.executable, *command], cwd=ROOT, env=self.env, stdout=log, stderr=log, start_new_session=True
            )
        self.processes.append(process)
        return process

    def _answers(self) -> bool:
        try:
            with urlopen(f"{self.address}/healthz", timeout=5) as answer:
                return bool(answer.status == 200)
        except (URLError, OSError):
            return False


def until(true: Any, what: str, patience: float = PATIENCE, every: float = 0.1) -> Any:
    """Wait until ``true()`` is, and return it; fails with ``what`` after ``patience`` seconds."""
    end = time.monotonic() + patience
    while time.monotonic() < end:
        if result := true():
            return result
        time.sleep(every)
    raise AssertionError(f"not within {patience:.0f} s: {what}")
