"""The queue's own tests once more, on a PostgreSQL server that is started for them."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from tests.bench.postgres import URI, postgres
from tests.live.house import PATIENCE, ROOT

pytestmark = pytest.mark.xdist_group("live")

FILES = sorted(str(file.relative_to(ROOT)) for file in (ROOT / "tests" / "imagecreator").glob("test_queue*.py"))


def test_the_queue_keeps_its_promises_on_postgresql() -> None:
    command = [sys.executable, "-m", "pytest", "-n", "0", "-p", "no:cacheprovider", *FILES]
    with postgres() as uri:
        env = os.environ | {URI: uri, "DJANGO_SETTINGS_MODULE": "tests.bench.pg_settings"}
        done = subprocess.run(
            command, cwd=ROOT, env=env, capture_output=True, text=True, check=False, timeout=4 * PATIENCE
        )
    assert done.returncode == 0, done.stdout[-5000:]
    assert "skipped" not in done.stdout
