"""A day of 10,000 people and 200 workers under a virtual clock: how long each kind of person waits.

`python -m tests.bench.simulate`. Prints tables, writes them into ``docs/scale.md`` and draws ``docs/images/scale.png``.
The site's own ``claim_batch`` chooses, beside plain first come, first served on the same requests. The same every time.
"""

from __future__ import annotations

import heapq
import math
import os
import sys
import time
from collections import deque
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from statistics import mean, quantiles
from typing import TYPE_CHECKING

from tests.bench.day import BY_KEY, KINDS, ROOM, WORKERS, day
from tests.bench.policies import FirstCome, OurQueue, Policy

if TYPE_CHECKING:
    from tests.bench.day import Asked

SEED = 7
LOADS = (0.6, 0.9, 1.1)
POLICIES = ("first come", "first come, batched", "in turn, batched", "in turn, batched, no quota")
TICKS = {1: "1 s", 10: "10 s", 60: "1 min", 600: "10 min"}
DOCS = Path(__file__).resolve().parent.parent.parent / "docs"


@dataclass
class Outcome:
    """What came of one day."""

    policy: str
    load: float
    waits: dict[str, list[float]] = field(default_factory=lambda: {kind: [] for kind in KINDS})
    pictures: list[int] = field(default_factory=list)  # of each batch
    switches: int = 0  # batches for which a model had to be loaded
    cancelled: int = 0
    ended: float = 0.0  # when the last batch was painted

    def row(self) -> list[str]:
        """The cells of its line in the table."""
        cells = [f"{self.load:.0%}", self.policy]
        for kind in KINDS:
            parts = quantiles(self.waits[kind], n=100)
            cells.append(" / ".join(f"{parts[place - 1]:.0f}" for place in (50, 95, 99)))
        return [*cells, f"{mean(self.pictures):.1f}", f"{self.switches / len(self.pictures):.0%}", f"{self.ended:.0f}"]


HEAD = [
    "load", "who is next", *(f"{kind}: seconds 50 / 95 / 99 %" for kind in KINDS),
    "pictures in a batch", "batches with a cold model", "all painted after seconds",
]  # fmt: skip


class Day:
    """One day under one policy. Time jumps from one event to the next."""

    def __init__(self, policy: Policy, requests: list[Asked], outcome: Outcome) -> None:
        self.policy, self.requests, self.outcome = policy, requests, outcome
        self.idle = deque(range(WORKERS))
        self.loaded = [""] * WORKERS  # a card holds one model
        self.waiting = 0
        self.events: list[tuple[float, int, str, int, list[int]]] = []

    def run(self) -> Outcome:
        """Let the day pass, until nothing waits."""
        for at in range(math.ceil(self.requests[-1].at) + 1):
            self._plan(at, "ask")
        upcoming = deque(self.requests)
        while self.events:
            now, _, event, number, painted = heapq.heappop(self.events)
            if event == "ask":  # bells are heard once a second
                self._ask([upcoming.popleft() for _ in range(len(upcoming)) if upcoming[0].at <= now])
            elif event == "give up":
                gone = self.policy.cancel(number, now)
                self.waiting -= gone
                self.outcome.cancelled += gone
            else:
                self.policy.end(painted, now)
                self.idle.append(number)
                self.outcome.ended = now
            while self.idle and self.waiting and self._paint(self.idle[0], now):
                self.idle.popleft()
        assert self.waiting == 0
        return self.outcome

    def _ask(self, requests: list[Asked]) -> None:
        if requests:
            self.policy.ask(requests)
            self.waiting += len(requests)
        for one in requests:
            if one.gives_up < math.inf:
                self._plan(one.gives_up, "give up", one.number)

    def _paint(self, worker: int, now: float) -> bool:
        numbers = self.policy.claim({self.loaded[worker]}, now)
        if not numbers:
            return False
        batch = [self.requests[number] for number in numbers]
        paint, pictures = BY_KEY[batch[0].paint.key], sum(one.count for one in batch)
        seconds = paint.seconds(pictures)
        if self.loaded[worker] != paint.profile:
            self.loaded[worker] = paint.profile
            self.outcome.switches += 1
            seconds += paint.load
        for one in batch:
            self.outcome.waits[one.kind].append(now - one.at)
        self.outcome.pictures.append(pictures)
        self.waiting -= len(batch)
        self._plan(now + seconds, "painted", worker, numbers)
        return True

    def _plan(self, at: float, event: str, number: int = 0, painted: list[int] | None = None) -> None:
        order = ("painted", "ask", "give up").index(event) * 10**9 + number
        heapq.heappush(self.events, (at, order, event, number, painted or []))


def one_day(policy: str, load: float) -> Outcome:
    """Simulate one day."""
    outcome, requests = Outcome(policy, load), day(load, SEED)
    if policy == "first come":
        return Day(FirstCome(), requests, outcome).run()
    if policy == "first come, batched":
        return Day(FirstCome(ROOM), requests, outcome).run()
    start_django(QUOTA_RUNNING=0 if policy.endswith("no quota") else 8)
    return Day(OurQueue(), requests, outcome).run()


def start_django(**changes: int) -> None:
    """An empty database in memory, under the site's settings with these changes."""
    os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"
    import django
    from django.conf import settings
    from django.core.management import call_command

    settings.DATABASES["default"]["NAME"] = ":memory:"
    for name, value in changes.items():
        setattr(settings, name, value)
    django.setup()
    call_command("migrate", verbosity=0)


def table(outcomes: list[Outcome]) -> str:
    """All days as a Markdown table."""
    lines = [HEAD, ["---"] * len(HEAD), *(outcome.row() for outcome in outcomes)]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def write(outcomes: list[Outcome]) -> None:
    """Put the table between the marks in the page, and draw the picture."""
    page = DOCS / "scale.md"
    before, begin, rest = page.read_text().partition("<!-- begin of the table -->\n")
    _old, end, after = rest.partition("<!-- end of the table -->\n")
    page.write_text(f"{before}{begin}\n{table(outcomes)}\n\n{end}{after}")
    draw(outcomes)


def draw(outcomes: list[Outcome]) -> None:
    """For each load and kind of person: how many have waited at most so long."""
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(
        len(LOADS), len(KINDS), figsize=(11, 8), sharex=True, sharey=True, layout="constrained"
    )
    for outcome in outcomes:
        for column, kind in enumerate(KINDS):
            axis = axes[LOADS.index(outcome.load)][column]
            waits = sorted(max(wait, 0.5) for wait in outcome.waits[kind])
            shares = [100 * (place + 1) / len(waits) for place in range(len(waits))]
            axis.plot(waits, shares, label=outcome.policy)
            axis.set_xscale("log")
            axis.grid(alpha=0.3)
            axis.set_title(f"{kind}, load {outcome.load:.0%}", fontsize=10)
    for axis in axes[-1]:
        axis.set_xlabel("waited at most")
        axis.set_xticks(list(TICKS), list(TICKS.values()))
        axis.minorticks_off()
    for axis in axes[:, 0]:
        axis.set_ylabel("% of requests")
    figure.legend(*axes[0][0].get_legend_handles_labels(), loc="outside upper center", ncols=len(POLICIES))
    figure.savefig(DOCS / "images" / "scale.png", dpi=90)


def main() -> None:
    """Simulate all days, print and write."""
    began = time.monotonic()
    days = [(policy, load) for load in LOADS for policy in POLICIES]
    with ProcessPoolExecutor(2, max_tasks_per_child=1) as pool:
        outcomes = list(pool.map(one_day, *zip(*days, strict=True)))
    sys.stdout.write(f"{table(outcomes)}\n")
    sys.stdout.write(f"{sum(map(len, outcomes[-1].waits.values()))} requests at {LOADS[-1]:.0%}; ")
    sys.stdout.write(f"{sum(one.cancelled for one in outcomes)} cancelled in all; ")
    sys.stdout.write(f"{time.monotonic() - began:.0f} s\n")
    write(outcomes)


if __name__ == "__main__":
    main()
