"""Corners of the queue that chance found: skips of those behind, rows that are given back."""

from __future__ import annotations

from contextlib import ExitStack
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from django.contrib.auth.models import User
from django.db import DataError, OperationalError, connection
from django.utils import timezone

from generation.models import GenerationRequest, PromptDraft
from imagecreator.errors import ExpectedError
from imagecreator.queue.changes import cancel, retry
from imagecreator.queue.claim import MAX_SKIPS, claim, claim_batch
from imagecreator.queue.lease import MOST_SPARED, Lease, LeaseLost
from imagecreator.queue.models import Turn
from imagecreator.queue.reaper import MAX_ATTEMPTS, reap
from imagecreator.queue.serve import Spent, serve
from imagecreator.queue.states import State
from tests.rows import a_channel, a_draft, a_request, a_user, a_video

if TYPE_CHECKING:
    from collections.abc import Callable

    from channels_app.models import Video


def a_waiting_request(name: str, **fields: object) -> GenerationRequest:
    """A request of a person of this name; who is named first is served first."""
    person = User.objects.filter(username=name).first() or a_user(name)
    return a_request(a_video(a_channel(person)), **fields)


def taken(request: GenerationRequest) -> Lease[GenerationRequest]:
    lease = claim(GenerationRequest, "w")
    assert lease is not None
    assert lease.pk == request.pk
    return lease


def test_newcomers_do_not_add_to_the_skips_of_who_waits_behind_them(db: None) -> None:
    """Each newcomer in front may be passed over a few times, but nobody behind pays for it again and again."""
    a_waiting_request("patient", profile="cold")
    for _ in range(3 * MAX_SKIPS):
        a_waiting_request("lucky", profile="warm")
    Turn.objects.filter(person__username="lucky").update(served_at=timezone.now())
    patient = Turn.objects.get(person__username="patient")
    Turn.objects.filter(pk=patient.pk).update(skips=MAX_SKIPS, served_at=timezone.now() - timedelta(hours=1))
    a_waiting_request("newcomer", profile="cold")
    (lease,) = claim_batch(GenerationRequest, "w", warm={"warm"})
    patient.refresh_from_db()
    assert patient.skips <= MAX_SKIPS
    assert lease.row().owner.username == "newcomer"


def test_a_row_that_is_given_back_waits_and_its_person_has_a_turn(video: Video) -> None:
    lease = taken(a_request(video))
    assert claim(GenerationRequest, "other") is None
    assert not Turn.objects.get().waiting
    lease.give_back()
    assert Turn.objects.get().waiting
    assert lease.model.objects.get().state == State.QUEUED
    with pytest.raises(LeaseLost):
        lease.give_back()


def test_a_row_that_is_given_back_after_it_was_cancelled_does_not_wait_again(video: Video) -> None:
    request = a_request(video)
    lease = taken(request)
    assert cancel(request)
    lease.give_back()
    request.refresh_from_db()
    assert request.state == State.CANCELLED
    assert request.finished_at is not None


@pytest.mark.django_db(transaction=True)
def test_a_database_that_fails_after_the_work_takes_no_worker_along(video: Video) -> None:
    """Only the measured time is lost."""
    draft = a_draft(video, state=State.QUEUED)
    lease = claim(PromptDraft, "worker")
    assert lease is not None
    asked: list[str] = []

    def broken(execute: Callable[..., Any], sql: str, *rest: Any) -> Any:
        asked.append(sql)
        raise OperationalError("the server went away")

    with ExitStack() as away:

        def walk(lease: Lease[PromptDraft]) -> None:
            lease.end(State.DONE)
            away.enter_context(connection.execute_wrapper(broken))

        serve(lease, walk)
    assert asked, "it wanted to note the time"
    draft.refresh_from_db()
    assert draft.state == State.DONE


def test_a_row_whose_values_the_database_refuses_fails_and_does_not_wait_for_it(video: Video) -> None:
    request = a_request(video)

    def walk(lease: Lease[GenerationRequest]) -> None:
        raise DataError("value too long for type character varying(40)")

    serve(taken(request), walk)
    request.refresh_from_db()
    assert (request.state, request.error) == (State.FAILED, "unexpected")


def test_the_end_of_a_row_is_written_whatever_stands_in_a_strangers_file(video: Video) -> None:
    """PostgreSQL knows no text with NUL in it."""
    request = a_request(video)

    def walk(lease: Lease[GenerationRequest]) -> None:
        raise ExpectedError("lora_mismatch", count=1, total=1, first="down\0blocks")

    serve(taken(request), walk)
    request.refresh_from_db()
    assert (request.error, request.error_values["first"]) == ("lora_mismatch", "downblocks")


def break_the_card(request: GenerationRequest, times: int) -> None:
    """So many workers take the request and find their card broken; each time, the lease runs out."""

    def walk(lease: Lease[GenerationRequest]) -> None:
        raise ExpectedError("card_failed")

    for _ in range(times):
        with pytest.raises(Spent):
            serve(taken(request), walk)
        GenerationRequest.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
        assert reap(GenerationRequest) == 1


def test_a_card_that_is_broken_for_a_while_costs_a_request_no_attempt(video: Video) -> None:
    request = a_request(video)
    break_the_card(request, MOST_SPARED)
    request.refresh_from_db()
    assert (request.state, request.attempt - request.spared) == (State.QUEUED, 0)
    lease = taken(request)
    serve(lease, lambda lease: lease.end(State.DONE))
    request.refresh_from_db()
    assert request.state == State.DONE


def test_a_request_that_breaks_every_card_fails_in_the_end_and_can_be_tried_again(video: Video) -> None:
    request = a_request(video)
    break_the_card(request, MOST_SPARED + MAX_ATTEMPTS)
    request.refresh_from_db()
    assert (request.state, request.error) == (State.FAILED, "worker_lost")
    assert retry(request)
    request.refresh_from_db()
    assert (request.attempt, request.spared) == (0, 0)
