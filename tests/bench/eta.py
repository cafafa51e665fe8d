"""How true the seconds are that the page shows: a stream of requests, one worker, and what was said against what came.

`python -m tests.bench.eta`. Every request is painted by a real worker. What is said when a request is made, while it
waits and while it is painted is compared with when it was done. Ends with 1 where the median of the absolute error,
as a share of the seconds that were really left, is above ``PROMISE``.
"""

from __future__ import annotations

import sys
import time
from collections import defaultdict
from itertools import product
from random import Random
from statistics import median
from typing import TYPE_CHECKING

from tests.bench.site import a_site, say

if TYPE_CHECKING:
    from channels_app.models import Video
    from generation.models import GenerationRequest

PROMISE = 0.20
PEOPLE, REQUESTS = 6, 48
STEPS, COUNTS = (20, 50), (1, 2, 4)
EVERY = 1.0  # seconds between two looks
LEAST = 2.0  # seconds left, below which a share says nothing
LOAD = 1.1  # requests come a little faster than they are painted one by one, so that they wait
PATIENCE = 900.0

Said = tuple[str, float, float]  # when (made, waiting, painted), at what time, seconds left


def ask(video: Video, random: Random, steps: int, count: int) -> GenerationRequest:
    """Make one request."""
    from imagecreator.queue.changes import enqueue
    from tests.rows import a_request

    row = a_request(video, count=count, steps_asked=steps, seed=random.randrange(1000))
    enqueue(row)
    return row


def wait_for_all() -> None:
    """Until nothing waits and nothing is painted."""
    from generation.models import GenerationRequest
    from imagecreator.queue.states import LIVE

    end = time.monotonic() + PATIENCE
    while GenerationRequest.objects.filter(state__in=LIVE).exists():
        assert time.monotonic() < end
        time.sleep(0.2)


def stream(videos: list[Video], random: Random, seconds: float) -> dict[str, list[Said]]:
    """Requests come within so many seconds, and everything that is said of them is noted, by request."""
    from generation.models import GenerationRequest
    from imagecreator.queue.states import LIVE, State

    said: dict[str, list[Said]] = defaultdict(list)
    times = sorted(random.uniform(0, seconds) for _ in range(REQUESTS))
    start, live = time.time(), 1
    while times or live:
        assert time.time() < start + PATIENCE
        if times and time.time() - start >= times[0]:
            times.pop(0)
            row = ask(random.choice(videos), random, random.choice(STEPS), random.choice(COUNTS))
            note(said, row, "when it is made")
        rows = list(GenerationRequest.objects.filter(state__in=LIVE))
        live = len(rows)
        for row in rows:
            note(said, row, "while it is painted" if row.state == State.RUNNING else "while it waits")
        time.sleep(EVERY)
    return said


def note(said: dict[str, list[Said]], row: GenerationRequest, when: str) -> None:
    """Write down what the page would say now."""
    now = time.time()
    if (left := row.standing.left) is not None:
        said[str(row.pk)].append((when, now, left))


def errors(said: dict[str, list[Said]]) -> dict[str, list[float]]:
    """The errors as shares of what was really left; too long is above 0."""
    from generation.models import GenerationRequest

    ended = {str(row.pk): row.finished_at.timestamp() for row in GenerationRequest.objects.filter(state="done")}  # type: ignore[union-attr]
    found: dict[str, list[float]] = defaultdict(list)
    for pk, notes in said.items():
        for when, at, left in notes:
            really = ended[pk] - at
            if really >= LEAST:
                found[when].append((left - really) / really)
    return found


def main() -> int:
    """Measure and print; 0 where the promise is kept."""
    random = Random(7)
    with a_site() as house:
        from tests.rows import a_channel, a_user, a_video

        videos = [a_video(a_channel(a_user(f"person{number}"))) for number in range(PEOPLE)]
        house.start_worker()
        kinds = list(product(STEPS, COUNTS))
        for _ in range(2):  # the past: some of each kind, the second time with the model loaded
            began = time.monotonic()
            for steps, count in kinds:
                ask(random.choice(videos), random, steps, count)
            wait_for_all()
            each = (time.monotonic() - began) / len(kinds)
        found = errors(stream(videos, random, REQUESTS * each / LOAD))
    for when, shares in found.items():
        typical, lean = 100 * median(map(abs, shares)), 100 * median(shares)
        say(f"{when:20} {len(shares):5} times  median absolute error {typical:5.1f} %, median error {lean:+6.1f} %")
    total = median(abs(share) for shares in found.values() for share in shares)
    say(f"median absolute error {100 * total:.1f} % of the seconds left (promised: at most {100 * PROMISE:.0f} %)")
    return int(total > PROMISE)


if __name__ == "__main__":
    sys.exit(main())
