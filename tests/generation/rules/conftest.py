"""The rules that ship, ready for use, without a database."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from generation.models.rule import ready_rule
from generation.rules import Ruleset
from generation.shipped import shipped

if TYPE_CHECKING:
    from generation.rules import Rule


@pytest.fixture(scope="session")
def ruleset() -> Ruleset:
    return Ruleset(ready_rule(fields) for fields in shipped("rule").values() if not fields.get("negative"))


def rule(terms: str, **more: str | int | bool) -> Rule:
    """A rule that refuses, with these terms and what else is said of it."""
    return ready_rule({"key": "one", "category": "other", "action": "refuse", "terms": terms, **more})
