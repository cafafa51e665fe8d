"""The programs that the demonstration starts and stops: the site, the worker, and the migration before them."""

from __future__ import annotations

import errno
import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Self

import httpx

from imagecreator.demo.errors import DemoError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

HOST = "127.0.0.1"
START_SECONDS = 90  # a cold disk and a slow machine
GRACE_SECONDS = 10


class Program:
    """A program that runs beside us in a process group of its own, its words in a log."""

    def __init__(self, name: str, arguments: list[str], root: Path, log: Path) -> None:
        self.name, self.log = name, log
        with log.open("wb") as words:
            self._process = subprocess.Popen(
                [sys.executable, *arguments],
                cwd=root,
                stdin=subprocess.DEVNULL,
                stdout=words,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def check(self) -> None:
        """Raise ``DemoError`` where the program has ended."""
        if (status := self._process.poll()) is not None:
            raise DemoError(f"The {self.name} ended by itself (status {status}).{last_words(self.log)}")

    def wait_for(self, sign: Callable[[], bool]) -> None:
        """Wait for a sign of life; raises ``DemoError`` when the program ends or takes too long."""
        until = time.monotonic() + START_SECONDS
        while not sign():
            self.check()
            if time.monotonic() > until:
                raise DemoError(f"The {self.name} did not start within {START_SECONDS} s.{last_words(self.log)}")
            time.sleep(0.2)
        self.check()

    def stop(self) -> None:
        """Ask the program to end; after ``GRACE_SECONDS`` end it and whatever it started."""
        if self._process.poll() is None:
            self._process.terminate()
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(GRACE_SECONDS)
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()


def check_port(port: int) -> None:
    """Raise ``DemoError`` where nobody may listen on ``port``."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError as problem:
            reason = (
                "is taken by another program"
                if problem.errno == errno.EADDRINUSE
                else f"cannot be used ({problem.strerror})"
            )
            raise DemoError(
                f"Port {port} {reason}; choose another one: make demo PORT={port + 1 if port >= 1024 else 8001}"
            ) from None


def migrate(root: Path, log: Path) -> None:
    """Bring the database up to date; raises ``DemoError``."""
    command = [sys.executable, "manage.py", "migrate", "--no-input"]
    with log.open("wb") as words:
        done = subprocess.run(
            command, cwd=root, stdin=subprocess.DEVNULL, stdout=words, stderr=subprocess.STDOUT, check=False
        )
    if done.returncode:
        raise DemoError(f"The database could not be prepared.{last_words(log)}")


@contextmanager
def the_site(root: Path, logs: Path, port: int) -> Iterator[Program]:
    """Run the site on ``port`` of this machine until the block ends."""
    arguments = ["-m", "gunicorn", "imagecreator.wsgi", "--bind", f"{HOST}:{port}", "--worker-class", "gthread"]
    arguments += ["--workers", "1", "--threads", "8", "--access-logfile", str(logs / "access.log")]
    arguments += ["--no-control-socket"]  # it would lie in the home folder, one for all copies
    with Program("site", arguments, root, logs / "site.log") as site:
        site.wait_for(lambda: _is_healthy(port))
        yield site


@contextmanager
def the_worker(root: Path, logs: Path) -> Iterator[Program]:
    """Run one worker for both lanes until the block ends."""
    arguments = ["-m", "celery", "-A", "celery_worker", "worker", "--loglevel", "INFO"]
    with Program("worker", arguments, root, logs / "worker.log") as worker:
        worker.wait_for(lambda: " ready." in worker.log.read_text(errors="replace"))
        yield worker


def the_previews(root: Path, logs: Path) -> Program:
    """Paint the previews of the styles that have none yet; it ends by itself, or with the block."""
    return Program("painter of previews", ["manage.py", "styles", "preview"], root, logs / "styles.log")


def last_words(log: Path, lines: int = 3) -> str:
    """Return the end of a log, to be put behind a sentence."""
    words = log.read_text(errors="replace").strip().splitlines()[-lines:]
    return "".join(["\n  It said last:", *(f"\n    {line}" for line in words)]) if words else ""


def _is_healthy(port: int) -> bool:
    try:
        return httpx.get(f"http://{HOST}:{port}/healthz", timeout=5, trust_env=False).status_code == httpx.codes.OK
    except httpx.HTTPError:
        return False
