"""What ``manage.py paint`` shows while it works: one bar, and nothing of what native code would write into it."""

from __future__ import annotations

import os
import shutil
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from tqdm import tqdm

from imagecreator.queue.states import STAGES

if TYPE_CHECKING:
    from collections.abc import Iterator

STDERR = 2  # the file descriptor, which native code writes to


class Bar:
    """One progress bar that shows the stage in hand; where nobody watches a terminal, a line for each stage.

    It has a way of its own to where stderr leads.
    """

    def __init__(self, *, quiet: bool) -> None:
        self.stage = ""
        sys.stderr.flush()
        self._ours = os.fdopen(os.dup(STDERR), "w", encoding="utf-8")
        self._lines = not quiet and not self._ours.isatty()
        self.bar = tqdm(
            file=self._ours,
            disable=quiet or self._lines,
            ncols=min(100, shutil.get_terminal_size().columns),
            bar_format="{desc:<24} {percentage:3.0f}%|{bar}| {elapsed}",
        )

    def __enter__(self) -> Bar:
        return self

    def __exit__(self, *problem: object) -> None:
        self.bar.close()
        self._ours.close()

    def tell(self, stage: str, step: int, steps: int) -> None:
        """Show that the stage in hand has come to `step` of `steps`."""
        if stage != self.stage:
            self.stage = stage
            self.bar.set_description_str(str(STAGES[stage]), refresh=False)
            if self._lines:
                self._ours.write(f"{STAGES[stage]} …\n")
                self._ours.flush()
        self.bar.total = max(1, steps)
        self.bar.n = min(step, self.bar.total)
        self.bar.refresh()


@contextmanager
def without_native_messages() -> Iterator[None]:
    """While faces are looked for: mediapipe's native code writes to stderr what nobody can act on, through the bar."""
    sys.stderr.flush()
    theirs = os.dup(STDERR)
    with Path(os.devnull).open("w") as nowhere:
        os.dup2(nowhere.fileno(), STDERR)
    try:
        yield
    finally:
        sys.stderr.flush()
        os.dup2(theirs, STDERR)
        os.close(theirs)
