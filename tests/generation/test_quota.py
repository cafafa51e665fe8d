"""How much one person may ask for: what is refused, with which numbers, what no longer counts, who slips by.

``settings.QUOTA_…`` are the site's numbers; a row of ``Quota`` is what an operator gives a person or a group instead.
"""

from __future__ import annotations

import threading
import uuid
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from django.contrib.auth.models import Group
from django.db import connection
from django.urls import reverse
from django.utils import timezone

from generation.forms.generate import GenerateForm
from generation.models import GenerationRequest
from imagecreator.errors import ExpectedError
from imagecreator.queue.models import Quota, Turn
from imagecreator.queue.states import State
from tests.look import page, rung, words
from tests.rows import a_channel, a_draft, a_request, a_video

if TYPE_CHECKING:
    from django.contrib.auth.models import User
    from django.test import Client
    from django.test.client import _MonkeyPatchedWSGIResponse as Answer
    from pytest_django import DjangoCaptureOnCommitCallbacks, Settings

    from channels_app.models import Channel, Video


@pytest.fixture(autouse=True)
def numbers(settings: Settings) -> None:
    """The site's numbers of these tests."""
    settings.QUOTA_QUEUED, settings.QUOTA_DAILY = 3, 20


@pytest.fixture
def video(channel: Channel) -> Video:
    """Alice's video, whose prompt is written."""
    video = a_video(channel)
    a_draft(video)
    return video


def form(**fields: object) -> dict[str, object]:
    return {"id": uuid.uuid4(), "prompt": "a red boat", "negative": "", "count": 2, "seed": ""} | fields


def ask(client: Client, video: Video, **fields: object) -> Answer:
    return client.post(reverse("generate_thumbnail", args=[video.pk]), form(**fields))


def again(client: Client, request: GenerationRequest) -> Answer:
    return client.post(reverse("request_retry", args=[request.pk]), follow=True)


def said(answer: Answer) -> str:
    """The one problem that the page of a refused form tells."""
    assert answer.status_code == 200
    (problem,) = page(answer).problems
    return problem


def test_one_request_too_many_in_the_queue_is_refused_and_leaves_no_trace(
    alices: Client, video: Video, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    for _ in range(3):
        assert ask(alices, video).status_code == 302
    rung("gpu")
    with django_capture_on_commit_callbacks(execute=True):
        answer = ask(alices, video, prompt="a green boat")
    assert said(answer) == (
        "Your requests in the queue: 3, and no more than 3 may wait at once."
        " Wait until one of them is painted, or cancel one."
    )
    assert page(answer).form(having="prompt").fields["prompt"].strip() == "a green boat", "the words are kept"
    assert GenerationRequest.objects.count() == 3
    assert rung("gpu") == []


def test_only_what_waits_counts_as_waiting(alices: Client, video: Video) -> None:
    for state in (State.RUNNING, State.DONE, State.FAILED, State.CANCELLED, State.REFUSED, State.HELD):
        a_request(video, state=state)
    for _ in range(3):
        assert ask(alices, video).status_code == 302


def test_a_request_that_is_cancelled_makes_room(alices: Client, video: Video) -> None:
    for _ in range(3):
        ask(alices, video)
    alices.post(reverse("request_cancel", args=[GenerationRequest.objects.first().pk]))  # type: ignore[union-attr]
    assert ask(alices, video).status_code == 302


def test_pictures_are_counted_not_requests(alices: Client, video: Video) -> None:
    for _ in range(4):
        a_request(video, count=4, state=State.DONE)
    assert ask(alices, video, count=1).status_code == 302
    assert said(ask(alices, video, count=4)) == (
        "Pictures left for you: 3 of 20 in 24 hours; you asked for 4."
        " Ask for fewer, or come back later: what was asked for more than 24 hours ago no longer counts."
    )
    assert ask(alices, video, count=3).status_code == 302, "exactly what is left"
    assert said(ask(alices, video, count=1)).startswith("Pictures left for you: 0 of 20")


@pytest.mark.parametrize(
    ("state", "counts"),
    [
        *((state, True) for state in (State.QUEUED, State.RUNNING, State.DONE, State.HELD)),
        *((state, False) for state in (State.CANCELLED, State.FAILED, State.REFUSED)),
    ],
)
def test_what_gave_nobody_a_picture_does_not_count(
    alices: Client, video: Video, settings: Settings, state: State, counts: bool
) -> None:
    settings.QUOTA_QUEUED = 0
    for _ in range(5):
        a_request(video, count=4, state=state)
    assert ask(alices, video).status_code == (200 if counts else 302)


def test_after_24_hours_pictures_no_longer_count(alices: Client, video: Video) -> None:
    for _ in range(5):
        a_request(video, count=4, state=State.DONE)
    assert ask(alices, video).status_code == 200
    for hours, status in ((23.9, 200), (24.1, 302)):
        GenerationRequest.objects.update(queued_at=timezone.now() - timedelta(hours=hours))
        assert ask(alices, video).status_code == status


def test_what_others_ask_for_does_not_count(alices: Client, video: Video, bob: User) -> None:
    others = a_video(a_channel(bob))
    for _ in range(5):
        a_request(others, count=4)
    assert ask(alices, video).status_code == 302


def test_without_numbers_there_is_no_limit(alices: Client, video: Video, settings: Settings) -> None:
    settings.QUOTA_QUEUED = settings.QUOTA_DAILY = 0
    for _ in range(30):
        a_request(video, count=4)
    assert ask(alices, video).status_code == 302


def test_a_persons_own_numbers_come_before_the_groups_and_those_before_the_sites(
    alices: Client, alice: User, video: Video
) -> None:
    group = Group.objects.create(name="painters")
    alice.groups.add(group)
    Quota.objects.create(group=group, queued=1)
    assert [ask(alices, video).status_code for _ in range(2)] == [302, 200]
    Quota.objects.create(person=alice, queued=2)
    assert [ask(alices, video).status_code for _ in range(2)] == [302, 200]


@pytest.mark.parametrize("name", ["queued", "daily"])
def test_whose_number_is_0_may_not_ask_at_all(alices: Client, alice: User, video: Video, name: str) -> None:
    Quota.objects.create(person=alice, **{name: 0})
    assert said(ask(alices, video)) == "Your account may not ask for pictures. Tell the operator of this site."
    assert not GenerationRequest.objects.exists()


def test_a_form_that_is_sent_twice_is_counted_once(alices: Client, video: Video, settings: Settings) -> None:
    settings.QUOTA_QUEUED = 1
    sent = form()
    first, second = (ask(alices, video, **sent) for _ in range(2))
    assert first["Location"] == second["Location"]


@pytest.mark.parametrize("state", [State.FAILED, State.CANCELLED])
def test_trying_again_is_asking_again(alices: Client, video: Video, state: State) -> None:
    request = a_request(video, state=state, error="unexpected", attempt=3, count=4)
    for _ in range(3):
        ask(alices, video)
    assert "Your requests in the queue: 3, and no more than 3 may wait at once." in words(again(alices, request))
    request.refresh_from_db()
    assert (request.state, request.error, request.attempt) == (state, "unexpected", 3), "it is as it was"
    GenerationRequest.objects.filter(state=State.QUEUED).update(state=State.DONE)
    again(alices, request)
    request.refresh_from_db()
    assert request.state == State.QUEUED


def test_trying_again_counts_as_pictures_of_today(alices: Client, video: Video) -> None:
    old = a_request(video, state=State.FAILED, count=4, queued_at=timezone.now() - timedelta(days=3))
    for _ in range(4):
        a_request(video, count=4, state=State.DONE)
    again(alices, old)
    old.refresh_from_db()
    assert old.state == State.QUEUED
    assert said(ask(alices, video, count=1)).startswith("Pictures left for you: 0 of 20")


def test_a_refused_request_gives_nobody_a_turn(alices: Client, alice: User, video: Video) -> None:
    Quota.objects.create(person=alice, queued=0)
    ask(alices, video)
    assert not Turn.objects.filter(kind=GenerationRequest.kind()).exists()


@pytest.mark.parametrize(("asked", "left"), [(0, None), (16, None), (17, 3), (20, 0)])
def test_how_much_is_left_is_said_once_it_is_little(alices: Client, video: Video, asked: int, left: int | None) -> None:
    for _ in range(asked):
        a_request(video, count=1, state=State.DONE)
    shown = words(alices.get(reverse("generate_thumbnail", args=[video.pk])))
    assert ("Pictures left for you" in shown) == (left is not None)
    if left is not None:
        assert f"Pictures left for you: {left} of 20 in 24 hours." in shown


def test_without_a_limit_nothing_is_said(alices: Client, video: Video, settings: Settings) -> None:
    settings.QUOTA_DAILY = 0
    a_request(video, count=4)
    assert "left for you" not in words(alices.get(reverse("generate_thumbnail", args=[video.pk])))


def test_a_refusal_is_read_in_russian(alices: Client, video: Video) -> None:
    for _ in range(3):
        ask(alices, video)
    alices.cookies["django_language"] = "ru"
    assert said(ask(alices, video)).startswith("Ваших запросов в очереди: 3, а ждать одновременно могут не больше 3.")


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("limit", ["queued", "daily"])
def test_of_many_forms_at_once_only_as_many_pass_as_may(video: Video, settings: Settings, limit: str) -> None:
    settings.QUOTA_QUEUED, settings.QUOTA_DAILY = (2, 0) if limit == "queued" else (0, 4)
    start, answers = threading.Barrier(6), []

    def post() -> None:
        bound = GenerateForm(form())
        assert bound.is_valid()
        start.wait()
        try:
            answers.append(bound.save_for(video, "thumbnail", None))
        except ExpectedError as refusal:
            answers.append(refusal.code)
        connection.close()

    threads = [threading.Thread(target=post) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers.count(f"quota_{limit}") == 4
    assert GenerationRequest.objects.count() == 2
