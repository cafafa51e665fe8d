"""These tests need PostgreSQL: ``tests/live/test_queue_on_postgres.py`` starts one and runs them there."""

from __future__ import annotations

import os

collect_ignore_glob = [] if os.environ.get("TEST_DATABASE_URL") else ["test_*.py"]
