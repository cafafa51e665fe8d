"""Moderation in numbers, as the admin's page shows it: what is counted stands in ``generation.tally``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

from generation.models import Rule
from generation.tally import PERIODS, tally, waiting

if TYPE_CHECKING:
    from datetime import datetime, timedelta

    from django.utils.functional import _StrPromise

COLUMNS: dict[str, _StrPromise] = {"24h": _("24 hours"), "7d": _("7 days"), "30d": _("30 days")}
ROWS: dict[str, _StrPromise] = {
    "held": _("Held for a moderator"),
    "refused": _("Refused at once by a rule"),
    "reported": _("Reported pictures"),
    "approved": _("Approved by a moderator"),
    "rejected": _("Rejected by a moderator"),
    "appealed": _("Appealed against"),
    "granted": _("Approved after an appeal"),
    "upheld": _("Appeals turned down"),
    "suspended": _("Owners suspended"),
}


@dataclass(frozen=True)
class RuleHits:
    """How often a rule hit, period by period. ``rule`` is None where it is gone."""

    key: str
    rule: Rule | None
    hits: list[int]


@dataclass(frozen=True)
class Numbers:
    """A table: a column a period."""

    periods: list[_StrPromise]
    rows: list[tuple[_StrPromise, list[int]]]
    waits: list[timedelta | None]  # median from flag to decision
    waiting: int
    oldest: datetime | None
    rules: list[RuleHits]


def numbers() -> Numbers:
    """Count what the flags hold now."""
    found, now = tally(), waiting()
    rules = Rule.objects.in_bulk(list(found.rules), field_name="key")
    return Numbers(
        [COLUMNS[period] for period in PERIODS],
        [(label, found.counts[name]) for name, label in ROWS.items()],
        found.waits,
        sum(now.kinds.values()),
        now.oldest,
        [RuleHits(key, rules.get(key), hits) for key, hits in found.rules.items()],
    )
