"""``manage.py queue``: what waits, who works and on what, as tables for people, as JSON, or as an exit status."""

from __future__ import annotations

import json
from argparse import ArgumentTypeError
from typing import TYPE_CHECKING, Any

from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError
from django.utils import timezone

from imagecreator.display import clock
from imagecreator.queue.overview import look

if TYPE_CHECKING:
    from argparse import ArgumentParser
    from collections.abc import Iterable, Iterator

    from imagecreator.queue.models import Worker
    from imagecreator.queue.overview import InHand, Lane, Overview

OLD = 600  # seconds
NOTHING = "-"


class Command(BaseCommand):
    """Shows the queue; changes nothing."""

    help = "Show what waits in the queue, which workers live, and what is worked on."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        """How to show it, and when it is ill."""
        parser.add_argument("--json", action="store_true", help="for machines: one object with all numbers")
        parser.add_argument("--rows", type=_number, default=20, metavar="N", help="list at most so many rows (20)")
        parser.add_argument("--check", action="store_true", help="exit status 1 where rows wait too long or for nobody")
        parser.add_argument(
            "--older-than", type=_number, default=OLD, metavar="SECONDS", help=f"what is too long ({OLD})"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Show it all, then say what is wrong."""
        try:
            overview = look(options["rows"])
        except DatabaseError as error:
            what = str(error).partition("\n")[0].rstrip(".")
            raise CommandError(f"The database cannot be read: {what}. Has `manage.py migrate` run?") from error
        problems = list(_problems(overview.lanes, options["older_than"]))
        if options["json"]:
            self.stdout.write(json.dumps(_data(overview, problems), indent=2))
        else:
            self.stdout.write("\n\n".join(_paragraphs(overview)))
        if options["check"] and problems:
            raise CommandError(" ".join(sentence for _lane, _code, sentence in problems))


def _number(value: str) -> int:
    if not value.isdecimal() or int(value) < 1:
        raise ArgumentTypeError(f"{value!r} is not a whole number above 0")
    return int(value)


def _problems(lanes: dict[str, Lane], seconds: int) -> Iterator[tuple[str, str, str]]:
    """Lane, code and sentence of everything that is wrong."""
    for name, lane in lanes.items():
        if (lane.waiting or lane.running) and not lane.workers:
            text = f"Lane {name}: {lane.waiting} waiting, {lane.running} in hand, and no worker lives."
            yield name, "no_worker", text
        if lane.oldest_seconds > seconds:
            yield name, "too_old", f"Lane {name}: the oldest has waited for {clock(lane.oldest_seconds)}."


def _paragraphs(overview: Overview) -> Iterator[str]:
    if any(lane.waiting or lane.running for lane in overview.lanes.values()):
        yield _table(_lane_rows(overview.lanes))
    else:
        yield "Nothing waits, and nothing is worked on."
    if overview.workers:
        yield _table(_worker_rows(overview)) + _more(overview.workers_known - len(overview.workers))
    else:
        yield "No worker lives, and none was lost within the last hour."
    if overview.running:
        yield _table(_running_rows(overview.running)) + _more(overview.in_hand.total() - len(overview.running))


def _lane_rows(lanes: dict[str, Lane]) -> Iterator[tuple[object, ...]]:
    yield "lane", "waiting", "running", "workers", "oldest waits", "what waits takes about"
    for name, lane in lanes.items():
        oldest = clock(lane.oldest_seconds) if lane.oldest else NOTHING
        takes = clock(lane.drained) if lane.waiting else NOTHING
        yield name, lane.waiting, lane.running, lane.workers, oldest, takes or "unknown"


def _worker_rows(overview: Overview) -> Iterator[tuple[object, ...]]:
    yield "worker", "state", "lanes", "loaded", "in hand", "last heard of"
    for worker in overview.workers:
        state, in_hand = "alive" if worker.is_alive else "lost", overview.in_hand[worker.name]
        lanes, heard = ", ".join(worker.lane_names), f"{clock(_silence(worker))} ago"
        yield worker.name, state, lanes, worker.loaded or NOTHING, in_hand, heard


def _running_rows(running: Iterable[InHand]) -> Iterator[tuple[object, ...]]:
    yield "running", "what", "owner", "stage", "step", "age", "left about", "attempt", "worker"
    for one in running:
        row = one.row
        step = f"{row.step}/{row.steps}" if row.steps else NOTHING
        left, stage = clock(one.left) or "unknown", row.stage or NOTHING
        yield row.pk, row._meta.verbose_name, one.owner, stage, step, clock(row.elapsed), left, row.attempt, row.worker


def _table(rows: Iterable[tuple[object, ...]]) -> str:
    cells = [[str(cell) for cell in row] for row in rows]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    lines = ("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in cells)
    return "\n".join(line.rstrip() for line in lines)


def _more(number: int) -> str:
    return f"\nand {number} more" if number > 0 else ""


def _silence(worker: Worker) -> float:
    return max(0.0, (timezone.now() - worker.seen_at).total_seconds())


def _data(overview: Overview, problems: Iterable[tuple[str, str, str]]) -> dict[str, Any]:
    """The same for machines; the keys stay as they are."""
    return {
        "lanes": {name: _lane_data(lane) for name, lane in overview.lanes.items()},
        "workers": [_worker_data(worker, overview.in_hand[worker.name]) for worker in overview.workers],
        "workers_total": overview.workers_known,
        "running": [_running_data(one) for one in overview.running],
        "running_total": overview.in_hand.total(),
        "problems": [{"lane": lane, "code": code, "text": text} for lane, code, text in problems],
    }


def _lane_data(lane: Lane) -> dict[str, Any]:
    return {
        "waiting": lane.waiting,
        "running": lane.running,
        "workers": lane.workers,
        "oldest_waiting_seconds": _rounded(lane.oldest_seconds) if lane.oldest else None,
        "estimated_seconds": _rounded(lane.drained) if lane.waiting else None,
    }


def _worker_data(worker: Worker, in_hand: int) -> dict[str, Any]:
    return {
        "name": worker.name,
        "alive": worker.is_alive,
        "lanes": worker.lane_names,
        "loaded": worker.loaded_names,
        "in_hand": in_hand,
        "silent_seconds": _rounded(_silence(worker)),
    }


def _running_data(one: InHand) -> dict[str, Any]:
    row = one.row
    return {
        "id": str(row.pk),
        "kind": row.kind(),
        "lane": row.lane,
        "owner": one.owner,
        "stage": row.stage,
        "step": row.step,
        "steps": row.steps,
        "attempt": row.attempt,
        "worker": row.worker,
        "age_seconds": _rounded(row.elapsed),
        "left_seconds": _rounded(one.left),
    }


def _rounded(seconds: float | None) -> float | None:
    return None if seconds is None else round(seconds, 1)
