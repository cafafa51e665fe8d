"""The page of a video: playing it, its frames, its thumbnail, publishing, and the part that follows the worker."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from django.test import Client
from django.urls import reverse

from channels_app.models import Channel, Frame, Picture, Video
from imagecreator.queue.states import State
from tests.look import colour_of, image_in, page, stored, words
from tests.rows import a_frame, a_picture, a_video

if TYPE_CHECKING:
    from pytest_django import DjangoCaptureOnCommitCallbacks

RED = (255, 0, 0)
HTMX = {"HTTP_HX_REQUEST": "true"}


def url(name: str, row: Channel | Video | Frame | Picture) -> str:
    return reverse(name, args=[row.pk])


def test_the_page_plays_the_video_and_shows_its_frames(alices: Client, video: Video) -> None:
    frames = [a_frame(video, rank=rank) for rank in range(3)]
    answer = alices.get(video.get_absolute_url())
    html = answer.content.decode()
    assert f'src="{url("video_file", video)}"' in html
    assert "A walk by the lake" in page(answer).title
    assert "Sunrise over the hills" in words(answer)
    for frame in frames:
        assert url("frame_file", frame) in html
        assert page(answer).form(action=url("frame_use", frame))
        assert image_in(alices.get(url("frame_file", frame))).size == (64, 36)
    assert "No thumbnail yet" in words(answer)
    assert page(answer).link(url("generate_thumbnail", video))


def test_a_frame_becomes_a_thumbnail_of_exactly_1280_by_720(alices: Client, video: Video) -> None:
    frame = a_frame(video, colour="navy")
    assert alices.post(url("frame_use", frame))["Location"] == video.get_absolute_url()
    video.refresh_from_db()
    assert video.thumbnail is not None
    assert video.thumbnail.source == Picture.Source.FRAME
    image = image_in(alices.get(url("picture_file", video.thumbnail)))
    assert image.size == (1280, 720)
    answer = alices.get(video.get_absolute_url())
    assert "The frame is the thumbnail now." in words(answer)
    assert url("picture_file", video.thumbnail) in answer.content.decode()


def test_a_former_thumbnail_can_be_put_back(alices: Client, video: Video) -> None:
    first = a_picture(video, "thumbnail", "red")
    assert "Former pictures" not in words(alices.get(video.get_absolute_url()))
    alices.post(url("frame_use", a_frame(video)))
    shown = page(alices.get(video.get_absolute_url()))
    assert alices.post(shown.form(action=url("picture_restore", first)).action)["Location"] == video.get_absolute_url()
    video.refresh_from_db()
    assert colour_of(video.thumbnail) == RED
    assert video.pictures.count() == 2


def test_a_picture_of_another_video_is_never_put_into_this_one(alices: Client, video: Video, channel: Channel) -> None:
    other = a_video(channel, title="Another")
    mine, theirs = a_picture(video, "thumbnail", "red"), a_picture(other, "thumbnail", "navy")
    alices.post(url("picture_restore", theirs))
    for row, picture in ((video, mine), (other, theirs)):
        row.refresh_from_db()
        assert row.thumbnail == picture


def test_publishing_says_what_is_seen(alices: Client, bobs: Client, video: Video, channel: Channel) -> None:
    form = page(alices.get(video.get_absolute_url())).form(having="published")
    alices.post(form.action, form.fields)
    assert "This video will be seen by others once its channel is public, too." in words(
        alices.get(video.get_absolute_url())
    )
    assert bobs.get(video.get_absolute_url()).status_code == 404
    Channel.objects.update(published=True)
    assert bobs.get(video.get_absolute_url()).status_code == 200
    form = page(alices.get(video.get_absolute_url())).form(having="published")
    alices.post(form.action, form.fields)
    assert "The video is private now." in words(alices.get(video.get_absolute_url()))
    assert bobs.get(video.get_absolute_url()).status_code == 404
    alices.post(form.action, {"published": "1"})
    assert "The video is public now." in words(alices.get(video.get_absolute_url()))


def test_strangers_see_the_video_and_nothing_to_press(bobs: Client, alice: object, video: Video) -> None:
    Channel.objects.update(published=True)
    Video.objects.update(published=True)
    a_frame(video)
    a_picture(video, "thumbnail", "red")
    a_picture(video, "thumbnail", "navy")
    for client in (bobs, Client()):
        answer = client.get(video.get_absolute_url())
        assert url("video_file", video) in answer.content.decode()
        assert "/frames/" not in answer.content.decode()
        for owners in ("Edit", "Generate", "Use this frame", "Former pictures", "Requests", "Thumbnail"):
            assert owners not in words(answer)


def test_a_title_with_html_is_text(alices: Client, video: Video) -> None:
    evil = "<script>alert(1)</script>"
    Video.objects.update(title=evil, description=f'{evil} <img src=x onerror="alert(1)"> https://example.org/"onx="1')
    Channel.objects.update(name=evil)
    for address in (video.get_absolute_url(), reverse("home"), url("video_edit", video)):
        html = alices.get(address).content.decode()
        assert "<script>alert" not in html
        assert "<img src=x" not in html
        assert 'onx="1' not in html
        assert "&lt;script&gt;alert" in html


CONTENT = bytes(range(200))


@pytest.mark.parametrize(
    ("asked", "status", "content", "content_range"),
    [
        (None, 200, CONTENT, None),
        ("bytes=0-0", 206, CONTENT[:1], "bytes 0-0/200"),
        ("bytes=0-", 206, CONTENT, "bytes 0-199/200"),
        ("bytes=50-99", 206, CONTENT[50:100], "bytes 50-99/200"),
        ("bytes=150-9999", 206, CONTENT[150:], "bytes 150-199/200"),
        ("bytes=-20", 206, CONTENT[-20:], "bytes 180-199/200"),
        ("bytes=-9999", 206, CONTENT, "bytes 0-199/200"),
        ("bytes=200-", 416, b"", "bytes */200"),
        ("bytes=-0", 416, b"", "bytes */200"),
        ("bytes=9-1", 200, CONTENT, None),
        ("lines=1-2", 200, CONTENT, None),
    ],
)
def test_a_player_gets_the_part_of_the_file_that_it_asks_for(
    alices: Client, channel: Channel, asked: str | None, status: int, content: bytes, content_range: str | None
) -> None:
    video = a_video(channel, content=CONTENT, container="mp4")
    headers = {"Range": asked} if asked else {}
    answer = alices.get(url("video_file", video), headers=headers)
    assert (answer.status_code, answer.getvalue()) == (status, content)
    assert answer.headers.get("Content-Range") == content_range
    assert answer["Accept-Ranges"] == "bytes"
    if status != 416:
        assert answer["Content-Type"] == "video/mp4"
        assert answer["Content-Length"] == str(len(content))
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert "private" in answer["Cache-Control"]


def test_asking_for_the_head_of_the_file_says_how_long_it_is(alices: Client, channel: Channel) -> None:
    video = a_video(channel, content=CONTENT, container="webm")
    answer = alices.head(url("video_file", video))
    assert (answer.status_code, answer.content, answer["Content-Length"]) == (200, b"", "200")
    assert (answer["Content-Type"], answer["Accept-Ranges"]) == ("video/webm", "bytes")


def test_what_a_browser_has_already_is_not_sent_again(alices: Client, video: Video) -> None:
    etag = alices.get(url("video_file", video))["ETag"]
    assert alices.get(url("video_file", video), headers={"If-None-Match": etag}).status_code == 304


def test_a_file_that_is_no_longer_there_is_404(alices: Client, video: Video) -> None:
    video.file.storage.delete(video.file.name)
    assert alices.get(url("video_file", video)).status_code == 404
    assert alices.get(video.get_absolute_url()).status_code == 200


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"state": State.QUEUED}, "Waiting for a worker"),
        ({"state": State.RUNNING, "stage": "probe"}, "Reading the video"),
        ({"state": State.RUNNING, "stage": "frames", "step": 3, "steps": 12}, "Step 3 of 12 25 %"),
        ({"state": State.RUNNING, "stage": "frames", "attempt": 2}, "Attempt 2"),
        ({"state": State.FAILED, "error": "not_a_video"}, "This file is not a video that can be read."),
        ({"state": State.FAILED, "error": "too_long", "error_values": {"limit_minutes": 240}}, "240 minutes"),
        ({"state": State.FAILED, "error": "worker_lost", "error_values": {"attempts": 3}}, "in attempt 3"),
        ({"state": State.CANCELLED}, "The work on this video was cancelled."),
    ],
)
def test_page_and_fragment_say_how_far_the_worker_is(
    alices: Client, channel: Channel, fields: dict[str, object], sentence: str
) -> None:
    video = a_video(channel, **fields)
    for address in (video.get_absolute_url(), url("video_status", video)):
        answer = alices.get(address)
        assert sentence in words(answer)
        job = page(answer).job
        assert job is not None
        assert job.state == fields["state"]
        assert job.is_live == (f'hx-get="{url("video_status", video)}"' in answer.content.decode())


def test_the_fragment_polls_while_there_is_work_and_reloads_the_page_at_the_end(
    alices: Client, channel: Channel
) -> None:
    video = a_video(channel, state=State.RUNNING, stage="probe")
    answer = alices.get(url("video_status", video), **HTMX)
    assert "HX-Refresh" not in answer.headers
    assert "<html" not in answer.content.decode()
    for state in (State.DONE, State.FAILED, State.CANCELLED):
        Video.objects.update(state=state)
        assert alices.get(url("video_status", video), **HTMX)["HX-Refresh"] == "true"


def test_deleting_a_video_takes_its_files_along(
    alices: Client, video: Video, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    files = stored()
    a_frame(video)
    a_picture(video, "thumbnail")
    form = page(alices.get(url("video_edit", video))).form(action=url("video_delete", video))
    with django_capture_on_commit_callbacks(execute=True):
        assert alices.post(form.action)["Location"] == video.channel.get_absolute_url()
    assert "The video was deleted." in words(alices.get(video.channel.get_absolute_url()))
    assert not Video.objects.exists()
    assert len(files - stored()) == 1
    assert not stored() - files


def test_a_video_that_is_ready_is_not_read_again(alices: Client, video: Video) -> None:
    alices.post(url("video_retry", video))
    video.refresh_from_db()
    assert video.state == State.DONE
