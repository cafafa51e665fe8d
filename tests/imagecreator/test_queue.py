"""The queue in the rows: claim, lease, fence, progress, cancel, reaper, attempts, ends."""

from __future__ import annotations

import errno
import threading
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from django.db import OperationalError, connection
from django.utils import timezone

from channels_app.models import Video
from imagecreator.errors import ExpectedError
from imagecreator.queue.changes import cancel, retry, ring_for_more
from imagecreator.queue.claim import claim
from imagecreator.queue.lease import Cancelled, Lease, LeaseLost, kept_alive, renew_all
from imagecreator.queue.reaper import MAX_ATTEMPTS, reap
from imagecreator.queue.serve import serve
from imagecreator.queue.states import State
from tests.live.house import until
from tests.rows import a_video

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytest_django.fixtures import SettingsWrapper

    from channels_app.models import Channel


@pytest.fixture
def waiting(channel: Channel) -> Video:
    return a_video(channel, state=State.QUEUED)


def let_lease_expire(video: Video) -> None:
    Video.objects.filter(pk=video.pk).update(lease_until=timezone.now() - timedelta(seconds=1))


def claimed(video: Video) -> Lease[Video]:
    lease = claim(Video, "worker")
    assert lease is not None
    assert lease.pk == video.pk
    return lease


def test_a_claim_takes_the_oldest_and_counts_the_attempt(channel: Channel) -> None:
    newer = a_video(channel, state=State.QUEUED)
    older = a_video(channel, state=State.QUEUED, queued_at=timezone.now() - timedelta(minutes=1))
    lease = claim(Video, "w1")
    assert lease is not None
    assert lease.pk == older.pk
    older.refresh_from_db()
    assert (older.state, older.attempt, older.worker) == (State.RUNNING, 1, "w1")
    assert older.lease_until > timezone.now()
    newer.refresh_from_db()
    assert newer.state == State.QUEUED


def test_nothing_waiting_gives_no_lease(video: Video) -> None:
    assert claim(Video, "w") is None


def test_a_row_is_claimed_once(waiting: Video) -> None:
    assert claim(Video, "w1") is not None
    assert claim(Video, "w2") is None


def test_progress_is_written_with_the_stage(waiting: Video) -> None:
    lease = claimed(waiting)
    lease.tell("frames", 3, 12)
    waiting.refresh_from_db()
    assert (waiting.stage, waiting.step, waiting.steps, waiting.percent) == ("frames", 3, 12, 25)


def test_a_cancelled_row_stops_its_worker_at_the_next_step(waiting: Video) -> None:
    lease = claimed(waiting)
    assert cancel(waiting)
    with pytest.raises(Cancelled):
        lease.tell("frames", 1, 12)


def test_a_waiting_row_is_cancelled_at_once(waiting: Video) -> None:
    assert cancel(waiting)
    waiting.refresh_from_db()
    assert waiting.state == State.CANCELLED
    assert claim(Video, "w") is None


def test_an_ended_row_cannot_be_cancelled(video: Video) -> None:
    assert not cancel(video)


def test_a_worker_given_up_for_dead_can_write_nothing(waiting: Video) -> None:
    old = claimed(waiting)
    let_lease_expire(waiting)
    assert reap(Video) == 1
    new = claimed(waiting)
    for act in (old.renew, lambda: old.tell("frames", 1, 2), lambda: old.end(State.DONE), old.row):
        with pytest.raises(LeaseLost):
            act()
    new.end(State.DONE, duration=3.0)
    waiting.refresh_from_db()
    assert (waiting.state, waiting.duration, waiting.attempt) == (State.DONE, 3.0, 2)


def test_the_reaper_leaves_living_workers_alone(waiting: Video) -> None:
    claimed(waiting)
    assert reap(Video) == 0


def test_the_third_lost_worker_is_the_last(waiting: Video) -> None:
    for _ in range(MAX_ATTEMPTS):
        claimed(waiting)
        let_lease_expire(waiting)
        reap(Video)
    waiting.refresh_from_db()
    assert waiting.state == State.FAILED
    assert waiting.error == "worker_lost"
    assert "3" in waiting.problem.what
    assert claim(Video, "w") is None


def test_a_cancelled_row_whose_worker_died_is_cancelled_not_tried_again(waiting: Video) -> None:
    claimed(waiting)
    cancel(waiting)
    let_lease_expire(waiting)
    reap(Video)
    waiting.refresh_from_db()
    assert waiting.state == State.CANCELLED


def test_a_failed_row_can_be_tried_again_with_fresh_attempts(waiting: Video) -> None:
    Video.objects.filter(pk=waiting.pk).update(state=State.FAILED, attempt=3, error="worker_lost")
    assert retry(waiting)
    waiting.refresh_from_db()
    assert (waiting.state, waiting.attempt, waiting.error) == (State.QUEUED, 0, "")
    assert not retry(waiting), "it waits already"


@pytest.mark.parametrize(
    ("raised", "state", "code"),
    [
        (ExpectedError("not_a_video"), State.FAILED, "not_a_video"),
        (ExpectedError("banned", term="x"), State.REFUSED, "banned"),
        (Cancelled(), State.CANCELLED, ""),
        (OSError(errno.ENOSPC, "full"), State.FAILED, "disk_full"),
        (RuntimeError("boom"), State.FAILED, "unexpected"),
    ],
)
@pytest.mark.django_db(transaction=True)
def test_whatever_a_walk_raises_the_row_ends_and_the_worker_lives(
    waiting: Video, raised: Exception, state: State, code: str
) -> None:
    def walk(lease: Lease[Video]) -> None:
        raise raised

    serve(claimed(waiting), walk)
    waiting.refresh_from_db()
    assert (waiting.state, waiting.error) == (state, code)
    assert waiting.finished_at is not None
    assert (waiting.problem is None) == (code == "")


@pytest.mark.django_db(transaction=True)
def test_a_walk_that_lost_its_lease_changes_nothing(waiting: Video) -> None:
    def walk(lease: Lease[Video]) -> None:
        let_lease_expire(waiting)
        reap(Video)
        lease.tell("frames", 1, 2)

    serve(claimed(waiting), walk)
    waiting.refresh_from_db()
    assert waiting.state == State.QUEUED


@pytest.mark.django_db(transaction=True)
def test_many_workers_never_get_the_same_row(channel: Channel) -> None:
    for _ in range(12):
        a_video(channel, state=State.QUEUED)
    taken: list[object] = []
    start = threading.Barrier(4)

    def work(name: str) -> None:
        start.wait()
        while lease := claim(Video, name):
            taken.append(lease.pk)
        connection.close()

    threads = [threading.Thread(target=work, args=(f"w{number}",)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(taken) == 12
    assert len(set(taken)) == 12


@pytest.mark.django_db(transaction=True)
def test_the_lease_is_renewed_while_a_step_takes_long(waiting: Video, settings: SettingsWrapper) -> None:
    settings.LEASE_SECONDS = 2
    lease = claimed(waiting)
    before = Video.objects.get(pk=waiting.pk).lease_until
    with kept_alive([lease]):
        until(Video.objects.filter(pk=waiting.pk, lease_until__gt=before).exists, "the lease is renewed", 20)


@pytest.mark.django_db(transaction=True)
def test_all_leases_of_a_batch_are_renewed_in_one_statement_and_the_lost_one_is_named(
    channel: Channel, django_assert_num_queries: Callable[[int], Any]
) -> None:
    """A database that answers slowly is waited for once, not once for each."""
    leases = [claimed(a_video(channel, state=State.QUEUED)) for _ in range(3)]
    Video.objects.update(lease_until=timezone.now())
    with django_assert_num_queries(1):
        assert renew_all(leases) == []
    assert Video.objects.filter(lease_until__gt=timezone.now() + timedelta(seconds=10)).count() == 3
    leases[1].end(State.DONE)
    assert renew_all(leases) == [leases[1]]


@pytest.mark.django_db(transaction=True)
def test_the_heartbeat_survives_a_database_that_is_away_and_tries_again_soon(
    waiting: Video, settings: SettingsWrapper, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.LEASE_SECONDS = 2
    lease = claimed(waiting)
    settings.LEASE_SECONDS = 400
    rests: list[float] = []
    answers = [OperationalError("database is locked"), OperationalError("database is locked")]
    survived = threading.Event()

    class Quick(threading.Event):
        def wait(self, timeout: float | None = None) -> bool:
            if timeout is None:  # a thread that starts
                return super().wait()
            rests.append(timeout)
            return super().wait(0.01)

    def renew(leases: list[Lease[Video]]) -> list[Lease[Video]]:
        if answers:
            raise answers.pop()
        survived.set()
        return renew_all(leases)

    monkeypatch.setattr("imagecreator.queue.lease.renew_all", renew)
    monkeypatch.setattr("imagecreator.queue.lease.threading.Event", Quick)
    with kept_alive([lease]):
        until(survived.is_set, "it survived", 20)
    assert rests[:3] == [100, 1, 1]
    assert Video.objects.filter(lease_until__gt=timezone.now() + timedelta(seconds=100)).exists()


def test_a_job_that_was_cancelled_at_the_last_moment_does_not_end_well(waiting: Video) -> None:
    lease = claimed(waiting)
    cancel(waiting)
    with pytest.raises(Cancelled):
        lease.end(State.DONE)
    lease.end(State.CANCELLED)


@pytest.mark.parametrize(("waiting_rows", "rung"), [(0, 0), (3, 1)])
def test_whoever_finishes_a_job_wakes_the_next_worker_where_bells_were_lost(
    channel: Channel, django_capture_on_commit_callbacks: Callable[..., Any], waiting_rows: int, rung: int
) -> None:
    for _ in range(waiting_rows):
        a_video(channel, state=State.QUEUED)
    with django_capture_on_commit_callbacks() as bells:
        ring_for_more(Video)
    assert len(bells) == rung


def test_old_rows_with_unknown_errors_still_read_well(video: Video) -> None:
    video.error, video.error_values = "too_long", {}
    assert video.problem is not None
    assert video.problem.what
    video.error = "a code of another version"
    assert video.problem.what
