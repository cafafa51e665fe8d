"""Workers that are killed at random, servers that are restarted, bells that ring twice: what the queue must survive.

Every choice comes from one seed. No request is hit more than twice, for the third attempt is the last one.
"""

from __future__ import annotations

import os
import signal
import time
from contextlib import suppress
from io import BytesIO
from random import Random
from typing import TYPE_CHECKING

from PIL import Image

from generation.models.request import GenerationRequest
from generation.targets import TARGETS
from imagecreator.queue.reaper import MAX_ATTEMPTS
from tests.live.house import until

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable, Sequence

    from tests.live.house import House

WORKERS = 3
PEOPLE = 5
PAUSE = 4.0  # seconds from one event to the next, at most
AWAY = 3.0  # seconds for which Redis is not there
POLL = 0.2
ASK = """
from random import Random
from imagecreator.queue.changes import enqueue
from tests.rows import *
random = Random({seed})
videos = [a_video(a_channel(a_user(f"person{{number}}"))) for number in range({people})]
for number in range({requests}):
    video, count, steps = random.choice(videos), random.randint(1, 2), random.choice((4, 8))
    enqueue(a_request(video, count=count, steps_asked=steps, seed=10 * number))
"""
RING = """
import time
from contextlib import suppress
from uuid import uuid4
from generation.models import GenerationRequest
from imagecreator.celery import app
while True:
    with suppress(Exception):  # the broker is away
        twice = str(uuid4())
        for _ in range(2):
            app.send_task(GenerationRequest.bell, queue=GenerationRequest.lane, task_id=twice, retry=False)
    time.sleep(0.5)
"""
TABLE = GenerationRequest._meta.db_table


class Chaos:
    """A house with requests in its queue and workers that die."""

    def __init__(self, house: House, requests: int, seed: int) -> None:
        self.house = house
        self.requests = requests
        self.seed = seed
        self.random = Random(seed)
        self._ways = [self._kill_child, self._kill_parent, self._kill_both]
        self._workers: list[subprocess.Popen[bytes]] = []
        self._started = 0

    def run(self, events: Sequence[Callable[[], bool]], patience: float) -> None:
        """Let all ``events`` happen while the requests are painted, and wait until all have ended.

        An event that returns False could not happen yet. Fails after ``patience`` seconds, or where the work was done
        before the last event.
        """
        self.house.manage("shell", "--verbosity", "0", "-c", self._ask())
        bells = self.house.start_shell("bells", RING)
        end, left, last = time.monotonic() + patience, list(events), time.monotonic()
        while (live := self._count("state IN ('queued', 'running')")) or left:
            assert time.monotonic() < end, f"not within {patience:.0f} s, seed {self.seed}: {self._picture_of_it()}"
            assert live, f"the work was done before the chaos was over; {len(left)} events were left"
            self._keep_workers()
            share = 1 - live / self.requests
            due = time.monotonic() > last + PAUSE or share > 0.7 * (1 - len(left) / len(events))
            if left and due and self._count("state = 'running' AND stage = 'paint'") and left[0]():
                left.pop(0)
                last = time.monotonic()
            time.sleep(POLL)
        bells.kill()
        bells.wait()

    def kill(self) -> bool:
        """Kill a worker that has something in hand, its child, or both; spare who has a request in its last attempt."""
        for child in self.random.sample(hands := self._hands(), len(hands)):
            try:
                group = os.getpgid(child)
                if group not in {worker.pid for worker in self._workers}:
                    continue  # it is gone, and another process has its number by now
                os.killpg(group, signal.SIGSTOP)  # so that it claims nothing while we look
            except ProcessLookupError:
                continue
            time.sleep(0.1)  # what it has sent is now committed
            attempts = self._attempts(child)
            if attempts and max(attempts) < MAX_ATTEMPTS:
                self._ways[0](child, group)
                self._ways.append(self._ways.pop(0))
                return True
            os.killpg(group, signal.SIGCONT)
        return False

    def restart_redis(self) -> bool:
        """Take Redis away for some seconds."""
        return self._without_redis(lambda: None)

    def empty_redis(self) -> bool:
        """Take Redis away; it comes back with nothing in it."""
        assert self.house.servers
        return self._without_redis(self.house.servers.redis.forget)

    def restart_postgres(self) -> bool:
        """Every worker loses its connections, in the middle of whatever it does."""
        assert self.house.servers
        if self._count(f"state = 'running' AND attempt >= {MAX_ATTEMPTS}"):
            return False
        self.house.servers.postgres.restart()
        return True

    def check(self) -> None:
        """Every request is done, with exactly its pictures, and there is no file beside theirs."""
        assert self._count("state = 'done'") == self.requests, self._picture_of_it()
        rows = self.house.rows(
            f'SELECT r.id, r.count, r.seed, i."index", i.seed, i.file FROM {TABLE} r'
            " JOIN generation_generatedimage i ON i.request_id = r.id"
        )
        found: dict[str, list[int]] = {}
        asked: dict[str, int] = {}
        for pk, count, seed, number, painted, _file in rows:
            assert painted == seed + number
            asked[str(pk)] = count
            found.setdefault(str(pk), []).append(number)
        assert len(found) == self.requests
        assert all(sorted(numbers) == list(range(asked[pk])) for pk, numbers in found.items())
        files = [file for *_, file in rows]
        assert len(files) == len(set(files))
        until(lambda: set(files) == self.house.stored("images/"), "no file is there but theirs", 30)
        for *_, painted, file in rows:
            with Image.open(BytesIO(self.house.read(file))) as image:
                image.load()
                assert image.size == (TARGETS["thumbnail"].width, TARGETS["thumbnail"].height)
                assert f"Seed: {painted}," in image.info["parameters"]
        self.house.manage("queue", "--check")

    def hits(self) -> int:
        """How often a request lost its worker."""
        return int(self.house.value(f"SELECT sum(attempt - 1) FROM {TABLE}"))

    def _ask(self) -> str:
        return ASK.format(seed=self.seed, people=PEOPLE, requests=self.requests)

    def _keep_workers(self) -> None:
        self._workers = [worker for worker in self._workers if worker.poll() is None]
        while len(self._workers) < WORKERS:
            self._started += 1
            self._workers.append(self.house.start_worker("-n", f"worker{self._started}@%h"))

    def _hands(self) -> list[int]:
        """The processes that have requests in hand."""
        names = self.house.rows(f"SELECT DISTINCT worker FROM {TABLE} WHERE state = 'running' ORDER BY worker")
        return [int(name.rpartition(":")[2]) for (name,) in names]

    def _attempts(self, child: int) -> list[int]:
        rows = self.house.rows(f"SELECT attempt, worker FROM {TABLE} WHERE state = 'running'")
        return [attempt for attempt, worker in rows if worker.endswith(f":{child}")]

    def _count(self, condition: str) -> int:
        return int(self.house.value(f"SELECT count(*) FROM {TABLE} WHERE {condition}"))

    def _without_redis(self, meanwhile: Callable[[], None]) -> bool:
        assert self.house.servers
        redis = self.house.servers.redis
        redis.stop()
        try:
            time.sleep(AWAY)
            meanwhile()
        finally:
            redis.start()
        return True

    def _kill_child(self, child: int, group: int) -> None:
        os.kill(child, signal.SIGKILL)
        os.killpg(group, signal.SIGCONT)

    def _kill_parent(self, _child: int, group: int) -> None:
        os.kill(group, signal.SIGKILL)
        with suppress(ProcessLookupError):
            os.killpg(group, signal.SIGCONT)  # the orphan ends itself

    def _kill_both(self, _child: int, group: int) -> None:
        os.killpg(group, signal.SIGKILL)

    def _picture_of_it(self) -> str:
        rows = self.house.rows(f"SELECT state, attempt, error, count(*) FROM {TABLE} GROUP BY state, attempt, error")
        return f"{rows}\n{self.house.log('worker')[-6000:]}"
