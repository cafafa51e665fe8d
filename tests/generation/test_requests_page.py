"""Requests: the list, the page that follows one and survives a reload, stopping, trying again, using a picture."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from django.urls import reverse
from django.utils import timezone

from channels_app.models import Picture
from generation.models import Flag, GeneratedImage, GenerationRequest
from generation.moderation import raise_flag
from imagecreator.queue.states import State
from tests.look import colour_of, image_in, page, rung, words
from tests.rows import a_channel, a_picture, a_request, a_video, an_image

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.contrib.auth.models import User
    from django.test import Client
    from pytest_django import DjangoCaptureOnCommitCallbacks

    from channels_app.models import Channel, Video

HTMX = {"HTTP_HX_REQUEST": "true"}
CRIMSON, RED = (220, 20, 60), (255, 0, 0)
Status = GeneratedImage.Status


def url(name: str, row: GenerationRequest | GeneratedImage | Picture) -> str:
    return reverse(name, args=[row.pk])


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"state": State.QUEUED}, "Waiting for a worker"),
        ({"state": State.RUNNING}, "Starting"),
        ({"state": State.RUNNING, "stage": "paint", "step": 12, "steps": 40}, "Painting"),
        ({"state": State.RUNNING, "stage": "paint", "step": 12, "steps": 40}, "Step 12 of 40 30 %"),
        ({"state": State.RUNNING, "stage": "enlarge", "step": 0, "steps": 2}, "Enlarging Cancel 100 100 %"),
        ({"state": State.RUNNING, "stage": "enlarge", "step": 1, "steps": 4, "attempt": 2}, "Attempt 2"),
        ({"state": State.DONE, "timings": {"paint": 3.21}}, "Painting 3.2 s"),
        ({"state": State.FAILED, "error": "out_of_memory"}, "Ask for fewer pictures at once"),
        ({"state": State.FAILED, "error": "model_missing"}, "The model that paints is not installed."),
        (
            {"state": State.REFUSED, "error": "banned", "error_values": {"term": "<b>x"}},
            "here: “<b>x”. Change the text",
        ),
        ({"state": State.CANCELLED}, "Cancelled"),
        ({"state": State.HELD}, "A moderator looks at these pictures first."),
    ],
)
def test_page_and_fragment_tell_the_same_of_every_state(
    alices: Client, video: Video, fields: dict[str, object], sentence: str
) -> None:
    request = a_request(video, **fields)
    for _reload in range(2):
        for name, extra in (("request", {}), ("request_status", {}), ("request_status", HTMX)):
            answer = alices.get(url(name, request), **extra)
            assert sentence in words(answer)
            assert "<b>x" not in answer.content.decode()
            job = page(answer).job
            assert job is not None
            assert job.state == request.state
            polls = f'hx-get="{url("request_status", request)}"' in answer.content.decode()
            assert polls == request.is_live
    assert "<html" not in alices.get(url("request_status", request)).content.decode()


def test_the_time_of_the_work_is_shown_while_it_runs_and_afterwards(alices: Client, video: Video) -> None:
    start = timezone.now() - timedelta(hours=2)
    request = a_request(video, state=State.RUNNING, started_at=start)
    assert "Time 2:00:" in words(alices.get(url("request", request)))
    GenerationRequest.objects.update(state=State.DONE, finished_at=start + timedelta(seconds=247))
    assert "Time 4:07" in words(alices.get(url("request", request)))


def test_the_page_shows_what_was_asked(alices: Client, video: Video) -> None:
    request = a_request(video, prompt="<i>a lake</i>", negative="fog", seed=4_000_000_001, count=3)
    answer = alices.get(url("request", request))
    for said in ("<i>a lake</i>", "fog", "4000000001", "1280×720", "3 pictures", "A walk by the lake"):
        assert said in words(answer)
    assert "<i>a lake" not in answer.content.decode()


def test_the_page_names_the_steps_where_they_are_not_the_modes_own(alices: Client, video: Video) -> None:
    for mode, steps, said in (("fast", None, "Speed Fast Seed"), ("standard", 24, "Speed Standard, 24 steps Seed")):
        row = a_request(video, mode=mode, steps_asked=steps)
        assert said in words(alices.get(row.get_absolute_url()))
    assert "Скорость Обычно, 24 шага" in words(alices.get(row.get_absolute_url(), HTTP_ACCEPT_LANGUAGE="ru"))


def test_results_can_be_seen_downloaded_and_used(alices: Client, video: Video) -> None:
    request = a_request(video, state=State.DONE, count=2)
    images = [an_image(request, index=index, seed=7 + index) for index in range(2)]
    shown = page(alices.get(url("request", request)))
    assert list(shown.downloads.values()) == ["thumbnail-7.png", "thumbnail-8.png"]
    for image in images:
        assert shown.form(action=url("image_use", image))
        answer = alices.get(url("image_file", image))
        assert image_in(answer).size == (1280, 720)
        assert f"thumbnail-{image.seed}.png" in answer["Content-Disposition"]


def test_using_a_picture_makes_it_the_thumbnail_and_the_former_one_can_be_put_back(
    alices: Client, video: Video
) -> None:
    former = a_picture(video, "thumbnail", "red")
    image = an_image(a_request(video, state=State.DONE))
    assert alices.post(url("image_use", image))["Location"] == video.get_absolute_url()
    video.refresh_from_db()
    assert video.thumbnail is not None
    assert (colour_of(video.thumbnail), video.thumbnail.source) == (CRIMSON, Picture.Source.PAINTED)
    assert (video.thumbnail.width, video.thumbnail.height) == (1280, 720)
    shown = alices.get(video.get_absolute_url())
    assert "The picture is in its place." in words(shown)
    assert "Used" in words(alices.get(url("request", image.request)))
    alices.post(page(shown).form(action=url("picture_restore", former)).action)
    video.refresh_from_db()
    assert colour_of(video.thumbnail) == RED


@pytest.mark.parametrize(("target", "size"), [("avatar", (800, 800)), ("cover", (2560, 1440))])
def test_pictures_of_a_channel_go_to_their_place(
    alices: Client, channel: Channel, target: str, size: tuple[int, int]
) -> None:
    request = GenerationRequest.objects.create(
        owner=channel.owner, channel=channel, target=target, prompt="hills", count=1, state=State.DONE
    )
    image = an_image(request)
    assert alices.post(url("image_use", image))["Location"] == channel.get_absolute_url()
    channel.refresh_from_db()
    picture = getattr(channel, target)
    assert image_in(alices.get(url("picture_file", picture))).size == size
    assert getattr(channel, "cover" if target == "avatar" else "avatar") is None


def test_using_a_picture_twice_is_as_using_it_once(alices: Client, video: Video) -> None:
    image = an_image(a_request(video, state=State.DONE))
    for _ in range(3):
        alices.post(url("image_use", image))
    assert video.pictures.count() == 1
    other = a_picture(video, "thumbnail")
    image.refresh_from_db()
    assert not image.is_applied
    alices.post(url("image_use", image))
    video.refresh_from_db()
    assert video.thumbnail not in (None, other)
    assert video.pictures.count() == 2


def test_of_a_held_or_rejected_picture_the_owner_sees_that_it_is(alices: Client, mos: Client, video: Video) -> None:
    request = a_request(video, state=State.DONE, count=3)
    shown, held, rejected = (
        an_image(request, index=index, status=status)
        for index, status in enumerate((Status.OK, Status.HELD, Status.REJECTED))
    )
    answer = alices.get(url("request", request))
    assert "Held: a moderator looks at it first." in words(answer)
    assert "A moderator did not allow this picture." in words(answer)
    assert url("image_file", shown) in answer.content.decode()
    for image in (held, rejected):
        assert url("image_file", image) not in answer.content.decode()
        assert alices.get(url("image_file", image)).status_code == 404
        assert alices.post(url("image_use", image)).status_code == 404
    for image, kept in ((shown, "private, max-age=3600"), (held, "no-store"), (rejected, "no-store")):
        assert mos.get(url("image_file", image))["Cache-Control"] == kept
    answer = mos.get(url("request", request))
    assert url("image_file", held) in answer.content.decode()
    raise_flag(held, Flag.Kind.PICTURE, video.owner, Flag.Reason.FLAGGED)
    deciding = mos.get(page(answer).link(r"/admin/generation/flag/desk/") or "")
    assert deciding.status_code == 200
    assert url("image_file", held) in deciding.content.decode()
    assert url("image_file", shown) not in deciding.content.decode()


@pytest.mark.parametrize(
    ("who", "status"), [("alice", State.CANCELLED), ("mo", State.CANCELLED), ("bob", State.QUEUED)]
)
def test_a_waiting_request_is_stopped_by_its_owner_or_a_moderator(
    as_user: Callable[[User], Client], alice: User, bob: User, mo: User, video: Video, who: str, status: str
) -> None:
    request = a_request(video)
    client = as_user({"alice": alice, "bob": bob, "mo": mo}[who])
    answer = client.post(url("request_cancel", request))
    assert answer.status_code == (404 if who == "bob" else 302)
    request.refresh_from_db()
    assert request.state == status


def test_a_running_request_is_asked_to_stop(alices: Client, video: Video) -> None:
    request = a_request(video, state=State.RUNNING)
    form = page(alices.get(url("request", request))).form(action=url("request_cancel", request))
    alices.post(form.action)
    request.refresh_from_db()
    assert (request.state, request.cancel_requested) == (State.RUNNING, True)
    shown = alices.get(url("request", request))
    assert "Stopping" in words(shown), "it was heard"
    assert url("request_cancel", request) not in shown.content.decode()


def test_stopping_what_has_ended_changes_nothing_and_says_so(alices: Client, video: Video) -> None:
    request = a_request(video, state=State.DONE)
    alices.post(url("request_cancel", request))
    assert "The request had ended already." in words(alices.get(url("request", request)))
    request.refresh_from_db()
    assert (request.state, request.cancel_requested) == (State.DONE, False)


@pytest.mark.parametrize("state", [State.FAILED, State.CANCELLED])
def test_a_failed_or_cancelled_request_is_tried_again(
    alices: Client, video: Video, state: str, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    request = a_request(video, state=state, error="unexpected" if state == State.FAILED else "", attempt=3)
    form = page(alices.get(url("request", request))).form(action=url("request_retry", request))
    rung("gpu")
    with django_capture_on_commit_callbacks(execute=True):
        assert alices.post(form.action)["Location"] == request.get_absolute_url()
    assert rung("gpu") == [GenerationRequest.bell]
    request.refresh_from_db()
    assert (request.state, request.error, request.attempt, request.seed) == (State.QUEUED, "", 0, 7)


@pytest.mark.parametrize("state", [State.QUEUED, State.RUNNING, State.DONE, State.REFUSED, State.HELD])
def test_other_requests_are_not_tried_again(alices: Client, video: Video, state: str) -> None:
    request = a_request(video, state=state)
    alices.post(url("request_retry", request))
    assert "Only a failed or cancelled request can be tried again." in words(alices.get(url("request", request)))
    request.refresh_from_db()
    assert request.state == state


def test_the_list_of_a_new_account_says_what_comes_here(alices: Client) -> None:
    answer = alices.get(reverse("requests"))
    assert "Nothing asked for yet" in words(answer)
    assert page(answer).link("/")


def test_the_list_holds_ones_own_requests_newest_first_in_pages(alices: Client, bob: User, video: Video) -> None:
    a_request(a_video(a_channel(bob), title="Bob's secret"))
    requests = [a_request(video, seed=seed, queued_at=timezone.now()) for seed in range(23)]
    first, second = (alices.get(reverse("requests"), {"page": number}) for number in (1, 2))
    listed = [
        [link.rsplit("/", 2)[1] for link in page(answer).links if "/requests/" in link and link.count("/") == 5]
        for answer in (first, second)
    ]
    assert [len(links) for links in listed] == [20, 3]
    assert listed[0] + listed[1] == [str(request.pk) for request in reversed(requests)]
    assert "Page 1 of 2" in words(first)
    assert "Bob's secret" not in words(first) + words(second)
    for strange in ("0", "-1", "99", "x"):
        assert alices.get(reverse("requests"), {"page": strange}).status_code == 200
