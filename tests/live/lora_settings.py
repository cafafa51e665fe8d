"""The hub's settings for a worker with little patience: a silence is over after a second, and tried twice."""

from __future__ import annotations

from functools import partial

from generation.fetching import limits
from tests.hub_settings import *  # noqa: F403

limits.Limits = partial(limits.Limits, stall_seconds=1.0, tries=2, pause_seconds=0.1, spare_bytes=0)  # type: ignore[assignment,misc]
