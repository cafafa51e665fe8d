"""Lets a test ask the running web process which modules it has loaded: SIGUSR2 writes their names to a file."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path
from typing import Any


def post_worker_init(worker: Any) -> None:
    """Called by gunicorn in each worker process."""
    folder = Path(os.environ["IMAGECREATOR_DATA"]) / "logs"
    (folder / "site.pid").write_text(str(worker.pid))

    def write_modules(*_: object) -> None:
        (folder / "modules.part").write_text("\n".join(sorted(sys.modules)))
        (folder / "modules.part").rename(folder / "modules.txt")

    signal.signal(signal.SIGUSR2, write_modules)
