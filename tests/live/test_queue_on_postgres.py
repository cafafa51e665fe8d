"""The tests of the queue and of moderators at once, on PostgreSQL, and of many choosers, who lock each other there."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.live.house import PATIENCE, ROOT

if TYPE_CHECKING:
    from tests.live.servers import Servers

pytestmark = pytest.mark.xdist_group("live")

FILES = [
    *sorted(str(file.relative_to(ROOT)) for file in (ROOT / "tests" / "imagecreator").glob("test_queue*.py")),
    "tests/generation/test_quota.py",
    "tests/generation/test_flag_races.py",
    "tests/generation/test_reports.py",
    "tests/generation/moderation/test_upload_decisions.py",
    "tests/generation/moderation/test_rulings_migrate.py",
    "tests/live/on_postgres",
]


def test_the_queue_keeps_its_promises_on_postgresql(servers: Servers) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-n", "0", "-p", "no:cacheprovider", *FILES],
        cwd=ROOT,
        env=os.environ | {"TEST_DATABASE_URL": servers.postgres.new_base()},
        capture_output=True,
        text=True,
        check=False,
        timeout=6 * PATIENCE,
    )
    assert done.returncode == 0, done.stdout[-5000:] + done.stderr[-1000:]
    assert "skipped" not in done.stdout
