"""How the demonstration speaks: one line per step with its bar and time; plain lines where no terminal listens."""

from __future__ import annotations

import shutil
import sys
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

BAR = 24  # characters
CLEAR = "\r\033[K"  # to the start of the line, and away with what stands there
PLAIN_AFTER = 1.0  # seconds; what is done sooner needs no words in between
PLAIN_EVERY = 15.0  # seconds between two lines about the same thing, without a terminal


def say(text: str = "") -> None:
    """Print a line at once, also into a pipe."""
    print(text, flush=True)


class Step:
    """One step while it runs; made by :func:`step`."""

    def __init__(self, title: str) -> None:
        self.title = title
        self.result = ""
        self._started = time.monotonic()
        self._said = ("", 0.0)
        self.tty = sys.stdout.isatty()

    @property
    def seconds(self) -> float:
        """Seconds since the step began."""
        return time.monotonic() - self._started

    def show(self, words: str = "", done: float = 0.0, of: float = 0.0) -> None:
        """Show how far it is: ``done`` of ``of`` as a bar (none where ``of`` is 0) and a few words."""
        if self.tty:
            self._draw(words, done, of)
            return
        said, at = self._said
        if self.seconds >= PLAIN_AFTER and (words != said or self.seconds - at >= PLAIN_EVERY):
            self._said = words, self.seconds
            share = f" {100 * done / of:.0f} %" if of else ""
            say(f"      {words}{share}".rstrip())

    def end(self, mark: str) -> None:
        """Print the line that stays."""
        result = f": {self.result}" if self.result else ""
        say(f"{CLEAR if self.tty else ''}  {mark} {self.title}{result} ({self.seconds:.1f} s)")

    def _draw(self, words: str, done: float, of: float) -> None:
        filled = round(BAR * min(done / of, 1)) if of else 0
        bar = f" {'█' * filled}{'░' * (BAR - filled)} {100 * done / of:3.0f} %" if of else ""
        line = f"  … {self.title}{bar}  {words}  {self.seconds:.0f} s"
        print(f"{CLEAR}{line[: shutil.get_terminal_size().columns - 1]}", end="", flush=True)


@contextmanager
def step(title: str) -> Iterator[Step]:
    """Announce a step, and say how long it took, or that it failed."""
    running = Step(title)
    running.show() if sys.stdout.isatty() else say(f"  … {title}")
    try:
        yield running
    except BaseException:
        running.end("✘")
        raise
    running.end("✔")
