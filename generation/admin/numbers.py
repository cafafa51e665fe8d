"""Moderation in numbers: what was held, refused and approved, how long people waited, and which rules hit."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import timedelta
from statistics import median
from typing import TYPE_CHECKING

from django.db.models import Count
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from generation.models import Flag, ModerationAct, Rule

if TYPE_CHECKING:
    from datetime import datetime

    from django.utils.functional import _StrPromise

Act = ModerationAct.Act
PERIODS: dict[_StrPromise, timedelta] = {
    _("24 hours"): timedelta(hours=24),
    _("7 days"): timedelta(days=7),
    _("30 days"): timedelta(days=30),
}
ROWS: dict[_StrPromise, str] = {
    _("Held for a moderator"): Act.FLAGGED,
    _("Approved"): Act.APPROVED,
    _("Rejected or refused"): Act.REJECTED,
    _("Appealed against"): Act.APPEALED,
    _("Approved after an appeal"): Act.GRANTED,
    _("Appeals turned down"): Act.UPHELD,
    _("Owners suspended"): Act.SUSPENDED,
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
    """Count what the log and the flags hold now."""
    starts = [timezone.now() - period for period in PERIODS.values()]
    acts = [_acts_since(start) for start in starts]
    hits = [_hits_since(start) for start in starts]
    rules = {rule.key: rule for rule in Rule.objects.filter(key__in=hits[-1])}
    waiting = Flag.objects.filter(state=Flag.State.OPEN)
    return Numbers(
        list(PERIODS),
        [(label, [counted[act] for counted in acts]) for label, act in ROWS.items()],
        [_median_wait(start) for start in starts],
        waiting.count(),
        waiting.order_by("created_at").values_list("created_at", flat=True).first(),
        [RuleHits(key, rules.get(key), [hit[key] for hit in hits]) for key, _n in hits[-1].most_common()],
    )


def _acts_since(start: datetime) -> Counter[str]:
    rows = ModerationAct.objects.filter(at__gte=start).order_by().values_list("act").annotate(n=Count("pk"))
    return Counter(dict(rows))


def _hits_since(start: datetime) -> Counter[str]:
    flags = Flag.objects.filter(created_at__gte=start).exclude(rule_key="").order_by()
    return Counter(dict(flags.values_list("rule_key").annotate(n=Count("pk"))))


def _median_wait(start: datetime) -> timedelta | None:
    """Of what moderators decided; what a rule refused by itself did not wait."""
    decided = Flag.objects.filter(decided_at__gte=start, decided_by__isnull=False)
    pairs = decided.values_list("created_at", "decided_at")
    waits = [(end - begin).total_seconds() for begin, end in pairs if end is not None]
    return timedelta(seconds=round(median(waits))) if waits else None
