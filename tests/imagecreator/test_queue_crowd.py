"""Many at once on PostgreSQL, where choosers lock turns; on SQLite one writes at a time and there is nothing to see."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, Any

import pytest
from django.db import connection, transaction

from generation.models import GenerationRequest
from imagecreator.queue import claim as claiming
from imagecreator.queue.claim import claim_batch
from imagecreator.queue.models import Quota, Turn
from tests.rows import a_channel, a_request, a_user, a_video

if TYPE_CHECKING:
    from collections.abc import Callable

    from channels_app.models import Video

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif("connection.vendor != 'postgresql'", reason="needs PostgreSQL; tests/live runs it there"),
]


def together(*jobs: Callable[[], object]) -> list[BaseException]:
    """Run the jobs in threads and return what they raised."""
    raised: list[BaseException] = []

    def run(job: Callable[[], object]) -> None:
        try:
            job()
        except BaseException as problem:  # noqa: BLE001 - the test says what it was
            raised.append(problem)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(job,)) for job in jobs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return raised


def wait_until_somebody_waits_for_a_lock() -> None:
    end = time.monotonic() + 10
    while time.monotonic() < end:
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM pg_locks WHERE NOT granted")
            if cursor.fetchone()[0]:
                return
        time.sleep(0.02)
    raise AssertionError("nobody waits")


def test_a_row_that_is_written_while_somebody_chooses_is_found(video: Video) -> None:
    """The chooser reads a turn that is being rung: what it then sees of the rows must not be older than the turn."""
    Turn.objects.wait(GenerationRequest.kind(), [video.owner.pk])
    written = threading.Event()
    found: list[Any] = []

    def write() -> None:
        with transaction.atomic():
            a_request(video)
            written.set()
            wait_until_somebody_waits_for_a_lock()

    def choose() -> None:
        written.wait(10)
        found.extend(claim_batch(GenerationRequest, "w"))

    assert together(write, choose) == []
    assert len(found) == 1
    assert Turn.objects.get().waiting


def test_two_choosers_who_find_nobody_to_serve_do_not_wait_for_each_other(
    monkeypatch: pytest.MonkeyPatch, video: Video
) -> None:
    others = a_video(a_channel(a_user("bob")))
    for each in (video, others):
        a_request(each)
        Quota.objects.create(person=each.owner, running=0)
    both, met = threading.Barrier(2), threading.local()
    room = claiming._room

    def slow_room(*arguments: Any) -> dict[int, float]:
        if not hasattr(met, "once"):
            met.once = both.wait(10)
        return room(*arguments)

    monkeypatch.setattr(claiming, "WINDOW", 1)
    monkeypatch.setattr(claiming, "_room", slow_room)
    assert together(*[lambda: claim_batch(GenerationRequest, "w")] * 2) == []
