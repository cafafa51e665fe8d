"""Moderation counted over periods that end now: what came, what became of it, how long it took, which rules hit.

Counted from the flags and not from the log: what a moderator took back has not happened. Only suspensions are in the
log alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from functools import reduce
from operator import or_
from statistics import median
from typing import TYPE_CHECKING, Any

from django.db.models import Case, Count, Exists, F, Min, OuterRef, Q, When
from django.utils import timezone

from generation.models import Flag, ModerationAct
from generation.moderation import DECIDED

if TYPE_CHECKING:
    from datetime import datetime

    from django.db.models import QuerySet

PERIODS = {"24h": timedelta(hours=24), "7d": timedelta(days=7), "30d": timedelta(days=30)}
APPEAL = "appeal"  # what waits beside the kinds of flags

REPORTED = Q(kind=Flag.Kind.REPORT)
AT_ONCE = Q(state__in=DECIDED, decided_at=None)  # by a rule: no moderator had a part in it
GRANTED = Q(appeal=Flag.Appeal.GRANTED)
# What is counted, by the time that counts: an appeal that is granted turns the state, not what was decided first.
COUNTED: dict[str, tuple[str, Q]] = {
    "held": ("created_at", ~REPORTED & ~Q(state=Flag.State.NOTED) & ~AT_ONCE),
    "refused": ("created_at", AT_ONCE),
    "reported": ("created_at", REPORTED),
    "approved": ("decided_at", Q(state=Flag.State.APPROVED) & ~GRANTED),
    "rejected": ("decided_at", Q(state=Flag.State.REJECTED) | GRANTED),
    "appealed": ("appealed_at", Q()),
    "granted": ("appeal_decided_at", GRANTED),
    "upheld": ("appeal_decided_at", Q(appeal=Flag.Appeal.UPHELD)),
}
SUSPENDED = "suspended"


@dataclass(frozen=True)
class Tally:
    """Lists have one value for each of ``PERIODS``."""

    counts: dict[str, list[int]]  # keys are those of COUNTED, and SUSPENDED
    waits: list[timedelta | None]  # the median from flag to decision
    rules: dict[str, list[int]]  # hits by the rule's key, the most frequent first


@dataclass(frozen=True)
class Waiting:
    """What moderators have to decide now, as the desk lists it."""

    kinds: dict[str, int]  # by kind of flag, and APPEAL
    oldest: datetime | None


def waiting() -> Waiting:
    """Count what waits. An appeal waits from when it was made."""
    since = Case(When(appeal=Flag.Appeal.OPEN, then="appealed_at"), default="created_at")
    rows = Flag.objects.waiting().order_by()
    found = rows.values_list("appeal", "kind").annotate(n=Count("pk"), since=Min(since))
    kinds = dict.fromkeys([*Flag.Kind.values, APPEAL], 0)
    for appeal, of, number, _since in found:
        kinds[APPEAL if appeal == Flag.Appeal.OPEN else of] += number
    return Waiting(kinds, min((row[3] for row in found), default=None))


def tally() -> Tally:
    """Count all periods; the longest of them bounds what is looked at."""
    now = timezone.now()
    starts = [now - period for period in PERIODS.values()]
    return Tally(_counts(starts), _waits(starts), _hits(starts))


def _counts(starts: list[datetime]) -> dict[str, list[int]]:
    wanted = {
        f"{name}_{number}": Count("pk", filter=which & Q(**{f"{field}__gte": start}))
        for name, (field, which) in COUNTED.items()
        for number, start in enumerate(starts)
    }
    fields = {field for field, _which in COUNTED.values()}
    lately = reduce(or_, (Q(**{f"{field}__gte": min(starts)}) for field in fields))
    found = Flag.objects.filter(lately).aggregate(**wanted)
    counts = {name: [found[f"{name}_{number}"] for number in range(len(starts))] for name in COUNTED}
    times = list(_suspensions().filter(at__gte=min(starts)).order_by().values_list("at", flat=True))
    return counts | {SUSPENDED: [sum(at >= start for at in times) for start in starts]}


def _suspensions() -> QuerySet[ModerationAct]:
    """Rows of the log, but for what was taken back with its flag."""
    restored = ModerationAct.objects.filter(
        act=ModerationAct.Act.RESTORED, flag_id=OuterRef("flag_id"), id__gt=OuterRef("id")
    )
    return ModerationAct.objects.filter(~Exists(restored), act=ModerationAct.Act.SUSPENDED)


def _waits(starts: list[datetime]) -> list[timedelta | None]:
    decided = Flag.objects.filter(decided_at__gte=min(starts)).order_by()
    pairs = list(decided.values_list("decided_at", F("decided_at") - F("created_at")))
    return [_median([wait for at, wait in pairs if at >= start]) for start in starts]


def _median(waits: list[timedelta]) -> timedelta | None:
    return timedelta(seconds=round(median(wait.total_seconds() for wait in waits))) if waits else None


def _hits(starts: list[datetime]) -> dict[str, list[int]]:
    """A thing counts once: a note is taken when it is asked for and again when a worker has it."""
    flags = Flag.objects.filter(created_at__gte=min(starts)).exclude(rule_key="").order_by()
    wanted = {}
    for number, start in enumerate(starts):
        lately = Q(created_at__gte=start)
        wanted[f"things_{number}"] = Count("object_id", distinct=True, filter=lately & ~Q(object_id=""))
        wanted[f"others_{number}"] = Count("pk", filter=lately & Q(object_id=""))
    rows: Any = flags.values("rule_key").annotate(**wanted)
    found = {
        row["rule_key"]: [row[f"things_{number}"] + row[f"others_{number}"] for number in range(len(starts))]
        for row in rows
    }
    return dict(sorted(found.items(), key=lambda item: (-item[1][-1], item[0])))
