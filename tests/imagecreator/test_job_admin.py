"""Many jobs at once in the admin: all pages of a filtered list, in seconds, with no more bells than workers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from django.db import connection
from django.db.models.signals import pre_save
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from generation.models import GenerationRequest
from imagecreator.queue.changes import retry_all
from imagecreator.queue.claim import claim
from imagecreator.queue.models import Worker
from imagecreator.queue.states import State
from tests.look import rung, words
from tests.rows import a_channel, a_request, a_user, a_video

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.contrib.auth.models import User
    from django.test import Client
    from pytest_django import DjangoCaptureOnCommitCallbacks, Settings

    from channels_app.models import Video

MANY = 300


@pytest.fixture
def op(db: None, as_user: Callable[[User], Client]) -> Client:
    """An operator's browser."""
    return as_user(a_user("olga", "operator", is_staff=True))


@pytest.fixture
def failed(video: Video, bob: User) -> list[GenerationRequest]:
    """Alice's and Bob's failed requests, more than a page of the list holds."""
    others = a_video(a_channel(bob))
    return [a_request(of, state=State.FAILED, attempt=3, error="worker_lost") for of in [video, others] * (MANY // 2)]


def on_all_pages(client: Client, action: str, first: GenerationRequest, **query: str) -> str:
    form = {"action": action, "_selected_action": [str(first.pk)], "select_across": "1"}
    address = reverse("admin:generation_generationrequest_changelist", query=query)
    answer = client.post(address, form, follow=True)
    assert answer.status_code == 200
    return words(answer)


def states() -> dict[str, int]:
    found = list(GenerationRequest.objects.values_list("state", flat=True))
    return {state: found.count(state) for state in set(found)}


@pytest.mark.parametrize("workers", [0, 3])
def test_hundreds_are_tried_again_in_seconds_and_every_worker_is_woken_once(
    op: Client,
    failed: list[GenerationRequest],
    workers: int,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    for number in range(workers):
        Worker.objects.beat(f"host:{number}", ["gpu"], "")
    Worker.objects.beat("host:reader", ["cpu"], "")
    rung("gpu")
    with CaptureQueriesContext(connection) as asked, django_capture_on_commit_callbacks(execute=True):
        said = on_all_pages(op, "retry_jobs", failed[0])
    assert len(asked) < 60, "not one for each row"
    assert f"{MANY} jobs were queued again." in said
    assert states() == {State.QUEUED: MANY}
    assert len(rung("gpu")) == max(1, workers)


def test_what_is_tried_again_is_as_new_and_gets_its_turn(
    op: Client, failed: list[GenerationRequest], settings: Settings
) -> None:
    settings.QUOTA_RUNNING = 0
    on_all_pages(op, "retry_jobs", failed[0])
    leases = [claim(GenerationRequest, "w") for _ in range(4)]
    rows = [lease.row() for lease in leases if lease]
    assert [row.owner.username for row in rows] in (["alice", "bob"] * 2, ["bob", "alice"] * 2)
    assert {(row.attempt, row.error) for row in rows} == {(1, "")}


def test_fewer_rows_than_workers_ring_once_each(
    op: Client, video: Video, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    for number in range(5):
        Worker.objects.beat(f"host:{number}", ["gpu"], "")
    rows = [a_request(video, state=State.FAILED) for _ in range(2)]
    rung("gpu")
    with django_capture_on_commit_callbacks(execute=True):
        on_all_pages(op, "retry_jobs", rows[0])
    assert len(rung("gpu")) == 2


def test_where_nothing_can_be_tried_again_nobody_is_woken(
    op: Client, video: Video, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    row = a_request(video, state=State.DONE)
    rung("gpu")
    with django_capture_on_commit_callbacks(execute=True):
        assert "0 jobs were queued again." in on_all_pages(op, "retry_jobs", row)
    assert rung("gpu") == []


def test_the_filter_and_the_search_hold_on_all_pages(op: Client, failed: list[GenerationRequest], video: Video) -> None:
    cancelled = a_request(video, state=State.CANCELLED)
    said = on_all_pages(op, "retry_jobs", failed[0], state__exact="failed", q="alice")
    assert f"{MANY // 2} jobs were queued again." in said
    assert set(GenerationRequest.objects.filter(state=State.QUEUED).values_list("owner__username", flat=True)) == {
        "alice"
    }
    cancelled.refresh_from_db()
    assert cancelled.state == State.CANCELLED


def test_the_list_offers_to_choose_all_pages(op: Client, failed: list[GenerationRequest]) -> None:
    shown = words(op.get(reverse("admin:generation_generationrequest_changelist")))
    assert f"Select all {MANY} requests" in shown


def test_hundreds_are_cancelled_at_once(op: Client, failed: list[GenerationRequest]) -> None:
    GenerationRequest.objects.update(state=State.QUEUED)
    running = failed[:3]
    GenerationRequest.objects.filter(pk__in=[row.pk for row in running]).update(state=State.RUNNING)
    assert f"{MANY} jobs were cancelled." in on_all_pages(op, "cancel_jobs", failed[0])
    assert states() == {State.CANCELLED: MANY - 3, State.RUNNING: 3}
    assert GenerationRequest.objects.filter(state=State.RUNNING, cancel_requested=True).count() == 3


def test_a_moderator_cannot_try_all_again(mos: Client, failed: list[GenerationRequest]) -> None:
    on_all_pages(mos, "retry_jobs", failed[0])
    assert states() == {State.FAILED: MANY}


def test_no_statement_names_more_rows_than_a_database_takes(video: Video, monkeypatch: pytest.MonkeyPatch) -> None:
    keys = [a_request(video, state=State.FAILED, profile="sd15").pk.hex for _ in range(5)]
    monkeypatch.setattr("imagecreator.queue.changes.AT_ONCE", 2)
    with CaptureQueriesContext(connection) as asked:
        assert retry_all(GenerationRequest.objects.all()) == 5
    named = [sum(key in query["sql"].replace("-", "") for key in keys) for query in asked.captured_queries]
    assert max(named) == 2
    assert set(GenerationRequest.objects.values_list("state", "profile")) == {(State.QUEUED, "preview")}


def test_an_edit_changes_nothing_that_a_worker_wrote_meanwhile(op: Client, video: Video) -> None:
    request = a_request(video)
    lease = claim(GenerationRequest, "worker")
    assert lease

    def end_meanwhile(instance: GenerationRequest, **_: object) -> None:
        """The form was checked, the row is about to be written."""
        lease.end(State.DONE)

    address = reverse("admin:generation_generationrequest_change", args=[request.pk])
    form = {"owner": request.owner_id, "video": str(video.pk), "prompt": "a hill", "negative": ""}
    pre_save.connect(end_meanwhile, sender=GenerationRequest)
    try:
        answer = op.post(address, form)
    finally:
        pre_save.disconnect(end_meanwhile, sender=GenerationRequest)
    assert answer.status_code == 302, words(answer)
    request.refresh_from_db()
    assert (request.prompt, request.state) == ("a hill", State.DONE)
