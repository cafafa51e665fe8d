"""What choosing and claiming costs on PostgreSQL with 100,000 waiting requests of 10,000 people, against 100 of 10.

`python -m tests.bench.scale`. Ends with 1 where a claim among many costs more than ``PROMISE`` times one among few.
Both crowds live in one server, each in a schema of its own, and are asked in turn.
What was claimed is put back, untimed.
"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
import threading
import time
from pathlib import Path
from statistics import median, quantiles
from typing import TYPE_CHECKING, Any

from tests.live.servers import Postgres

if TYPE_CHECKING:
    from collections.abc import Callable

PROMISE = 1.5
CLAIMS = 300
CROWDS = {"few": (10, 100), "many": (10_000, 100_000)}  # people, requests
CONNECTIONS = 200


def say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def visit(crowd: str) -> None:
    """From now on this connection works in the crowd's schema."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(f"SET search_path TO {crowd}")
        cursor.execute("SET synchronous_commit TO off")  # the disk costs both the same, and would hide the difference


def fill() -> None:
    """Two schemas with all tables, filled."""
    from django.core.management import call_command
    from django.db import connection

    from tests.bench.crowd import analyze, people, queue_up

    for crowd, (number, rows) in CROWDS.items():
        with connection.cursor() as cursor:
            cursor.execute(f"CREATE SCHEMA {crowd}")
        visit(crowd)
        call_command("migrate", verbosity=0)
        queue_up(people(number), rows)
    analyze()


def one_claim(room: int) -> float:
    """Seconds of one claim; its rows then wait again, and their people have been served."""
    from generation.models import GenerationRequest
    from imagecreator.queue.claim import claim_batch
    from imagecreator.queue.states import State

    start = time.perf_counter()
    leases = claim_batch(GenerationRequest, "bench", warm={"preview"}, room=room)
    seconds = time.perf_counter() - start
    assert leases
    rows = GenerationRequest.objects.filter(pk__in=[lease.pk for lease in leases])
    rows.update(state=State.QUEUED, attempt=0, worker="", lease_until=None)
    return seconds


def claims(room: int) -> float:
    """Measure one room, print it, and return how much more a claim among many costs."""
    taken: dict[str, list[float]] = {crowd: [] for crowd in CROWDS}
    for number in range(CLAIMS + 10):
        for crowd in CROWDS:
            visit(crowd)
            seconds = one_claim(room)
            if number >= 10:  # the first ones fill the caches
                taken[crowd].append(seconds)
    ratio = median(taken["many"]) / median(taken["few"])
    for crowd, (number, rows) in CROWDS.items():
        ms, slow = 1000 * median(taken[crowd]), 1000 * quantiles(taken[crowd], n=20)[-1]
        say(f"room {room:2}: {rows:7,} requests of {number:6,} people  median {ms:5.1f} ms, 95 % within {slow:5.1f} ms")
    say(f"room {room:2}: a claim among many costs {ratio:.2f} of one among few (promised: at most {PROMISE})")
    return ratio


def at_once() -> None:
    """How long a claim takes while very many workers claim."""
    from django.db import connection

    taken: list[float] = []
    ready = threading.Barrier(CONNECTIONS + 1)

    def work() -> None:
        visit("many")
        ready.wait()
        taken.extend(one_claim(4) for _ in range(3))
        connection.close()

    threads = [threading.Thread(target=work) for _ in range(CONNECTIONS)]
    for thread in threads:
        thread.start()
    ready.wait()
    start = time.perf_counter()
    for thread in threads:
        thread.join()
    seconds = time.perf_counter() - start
    assert len(taken) == 3 * CONNECTIONS
    say(
        f"{CONNECTIONS} connections at once, all in one Python process: {len(taken) / seconds:.0f} claims a second, "
        f"median {1000 * median(taken):.0f} ms, longest {1000 * max(taken):.0f} ms"
    )


def pages() -> None:
    """What a page's look at the queue costs, afresh and from the two-second cache, and what the reaper's costs."""
    from django.core.cache import cache

    from generation.models import GenerationRequest
    from imagecreator.queue.reaper import reap_all
    from imagecreator.queue.standing import standing

    visit("many")
    row = GenerationRequest.objects.order_by("queued_at")[50_000]

    def afresh() -> None:
        cache.clear()
        standing(row)

    for name, look in {"standing, afresh": afresh, "standing, cached": lambda: standing(row)}.items():
        say(f"{name}: {1000 * timed(look):.0f} ms")
    say(f"the reaper's round: {1000 * timed(reap_all):.0f} ms")


def timed(do: Callable[[], Any]) -> float:
    """Median seconds of nine runs."""
    taken = []
    for _ in range(9):
        start = time.perf_counter()
        do()
        taken.append(time.perf_counter() - start)
    return median(taken)


def main() -> int:
    """Measure and print; 0 where the promise is kept."""
    folder = Path(tempfile.mkdtemp(prefix="ic-"))
    server = Postgres(folder)
    server.start()
    try:
        server.admit(CONNECTIONS + 20)
        start_django(server.new_base())
        fill()
        ratios = [claims(room) for room in (4, 16)]
        at_once()
        pages()
    finally:
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)
    return int(max(ratios) > PROMISE)


def start_django(base: str) -> None:
    """Migrate the empty database; models can be imported then."""
    os.environ |= {"TEST_DATABASE_URL": base, "DJANGO_SETTINGS_MODULE": "tests.settings"}
    import django
    from django.core.management import call_command

    django.setup()
    call_command("migrate", verbosity=0)


if __name__ == "__main__":
    sys.exit(main())
