"""Uploading a video: what is stored, who is woken, and what is said where it cannot be taken."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from channels_app.models import Channel, Video
from imagecreator.queue.states import State
from tests.look import page, rung, stored, words

if TYPE_CHECKING:
    from django.test.client import _MonkeyPatchedWSGIResponse as Answer
    from pytest_django import DjangoCaptureOnCommitCallbacks

MB = 1_000_000
BELL = "channels_app.tasks.prepare_video"


@pytest.fixture(autouse=True)
def quiet_lanes() -> None:
    """No bell of another test is heard."""
    rung("cpu")
    rung("gpu")


def upload(client: Client, channel: Channel, **fields: object) -> Answer:
    form = {"title": "A walk", "description": "Up the hill", "file": clip()} | fields
    return client.post(address(channel), {name: value for name, value in form.items() if value is not None})


def clip(content: bytes = b"some video", name: str = "walk.mp4") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content, "video/mp4")


def address(channel: Channel) -> str:
    return reverse("video_upload", args=[channel.pk])


def test_an_upload_stores_the_file_queues_the_video_and_rings_one_bell(
    alices: Client, channel: Channel, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    before = stored()
    content = bytes(range(256)) * 9000  # more than Django keeps in memory
    with django_capture_on_commit_callbacks(execute=True):
        answer = upload(alices, channel, file=clip(content))
    video = Video.objects.get()
    assert answer["Location"] == video.get_absolute_url()
    assert (video.title, video.description, video.channel) == ("A walk", "Up the hill", channel)
    assert (video.state, video.size, video.published) == (State.QUEUED, len(content), False)
    assert stored() - before == {Path(video.file.path)}, "the file, and nothing left among the uploads"
    assert Path(video.file.path).read_bytes() == content
    assert Path(video.file.path).stat().st_mode & 0o077 == 0, "for the site's own account alone"
    assert (rung("cpu"), rung("gpu")) == ([BELL], [])
    assert "Waiting for a worker" in words(alices.get(video.get_absolute_url()))


@pytest.mark.parametrize(
    "name", ["../../../etc/passwd", "..\\..\\evil.mp4", "a\x00b.mp4", "фильм 🎬.mp4", "walk.php", "w" * 250 + ".mp4"]
)
def test_the_name_of_the_file_is_ours_and_not_the_persons(alices: Client, channel: Channel, name: str) -> None:
    before = stored()
    assert upload(alices, channel, file=clip(name=name)).status_code == 302
    video = Video.objects.get()
    assert video.file.name == f"videos/{video.pk}"
    assert stored() - before == {Path(video.file.path)}


def test_the_page_says_what_may_be_uploaded(alices: Client, channel: Channel, settings: object) -> None:
    settings.VIDEO_MAX_MB, settings.VIDEO_MAX_MINUTES = 123, 45  # type: ignore[attr-defined]
    answer = alices.get(address(channel))
    assert "at most 123 MB and 45 minutes" in words(answer)
    assert page(answer).form(having="title").files == ["file"]


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"file": None}, "required"),
        ({"file": b""}, "The file is empty."),
        ({"title": ""}, "required"),
        ({"title": " \u200b\u202e\x07 "}, "required"),
        ({"title": "t" * 10_000}, "at most 200 characters (it has 10000)"),
        ({"title": "🎬" * 201}, "at most 200 characters (it has 201)"),
        ({"description": "d" * 5001}, "at most 5000 characters"),
    ],
    ids=["no file", "empty", "no title", "nothing to be seen", "10,000 characters", "201 emoji", "long description"],
)
def test_what_is_wrong_is_said_what_was_typed_is_kept_and_nothing_is_stored(
    alices: Client, channel: Channel, fields: dict[str, object], sentence: str
) -> None:
    before = stored()
    if fields.get("file") == b"":
        fields = {"file": clip(b"")}
    answer = upload(alices, channel, **fields)
    assert answer.status_code == 200
    assert any(sentence in problem for problem in page(answer).problems), page(answer).problems
    kept = page(answer).form(having="title").fields
    if "title" not in fields:
        assert kept["title"] == "A walk"
    if "description" not in fields:
        assert kept["description"] == "Up the hill"
    assert not Video.objects.exists()
    assert stored() == before
    assert rung("cpu") == []


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("Озеро 🏔️ на рассвете 👨‍👩‍👧", "Озеро 🏔️ на рассвете 👨‍👩‍👧"),
        ("safe\u202egpj.exe", "safegpj.exe"),
        ("שלום \u200fעולם", "שלום עולם"),
        ("one\ttwo\r\nthree\x00\x07\x1b[31m", "one two three[31m"),
        ("  <b>bold</b> & 'plain'  ", "<b>bold</b> & 'plain'"),
        ("t" * 200, "t" * 200),
    ],
    ids=["emoji", "direction override", "hebrew", "control characters", "html", "just short enough"],
)
def test_a_title_keeps_what_can_be_read(alices: Client, channel: Channel, typed: str, kept: str) -> None:
    answer = upload(alices, channel, title=typed)
    assert Video.objects.get().title == kept
    shown = alices.get(answer["Location"])
    assert kept in words(shown) or "<" in kept
    assert "<b>bold" not in shown.content.decode()


@pytest.mark.parametrize("size", [2 * MB, 4 * MB], ids=["noticed while it is written", "noticed by what is announced"])
def test_more_bytes_than_allowed_are_refused_and_the_title_is_kept(
    alices: Client, channel: Channel, settings: object, size: int
) -> None:
    settings.VIDEO_MAX_MB = 1  # type: ignore[attr-defined]
    before = stored()
    answer = upload(alices, channel, title="A long walk", file=clip(bytes(size)))
    assert answer.status_code == 413
    assert page(answer).problems == ["The file is larger than 1 MB. Export a smaller version and upload that."]
    assert page(answer).form(having="title").fields["title"] == "A long walk"
    assert not Video.objects.exists()
    assert stored() == before
    assert rung("cpu") == []
    assert upload(alices, channel).status_code == 302, "and the next upload is taken"


def test_a_file_of_exactly_the_limit_is_taken(alices: Client, channel: Channel, settings: object) -> None:
    settings.VIDEO_MAX_MB = 1  # type: ignore[attr-defined]
    assert upload(alices, channel, file=clip(bytes(MB))).status_code == 302
    assert Video.objects.get().size == MB


def test_an_upload_that_breaks_off_leaves_nothing_behind(alices: Client, channel: Channel) -> None:
    before = stored()
    body = (
        b'--edge\r\nContent-Disposition: form-data; name="title"\r\n\r\nA walk\r\n'
        b'--edge\r\nContent-Disposition: form-data; name="file"; filename="a.mp4"\r\n\r\n' + bytes(3 * MB)
    )
    alices.post(address(channel), body, content_type="multipart/form-data; boundary=edge")
    assert stored() - before == {Path(video.file.path) for video in Video.objects.all()}


def test_a_form_without_its_token_is_refused(alice: object, channel: Channel) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(channel.owner)
    before = stored()
    assert upload(client, channel).status_code == 403
    assert stored() == before


def test_a_visitors_upload_is_not_even_stored_for_a_moment(channel: Channel, settings: object, tmp_path: Path) -> None:
    settings.FILE_UPLOAD_TEMP_DIR = tmp_path / "nowhere"  # type: ignore[attr-defined]
    answer = upload(Client(), channel, file=clip(bytes(3 * MB)))
    assert answer.status_code == 302
    assert "/login/" in answer["Location"]


@pytest.mark.parametrize("method", ["put", "patch", "delete", "options", "trace"])
def test_other_methods_are_refused(alices: Client, channel: Channel, method: str) -> None:
    assert getattr(alices, method)(address(channel)).status_code == 405


def test_looking_at_the_page_makes_nothing(alices: Client, channel: Channel) -> None:
    assert alices.get(address(channel)).status_code == 200
    answer = alices.head(address(channel))
    assert (answer.status_code, answer.content) == (200, b"")
    assert not Video.objects.exists()


def test_the_words_of_a_video_can_be_edited_and_nothing_else(alices: Client, video: Video) -> None:
    url = reverse("video_edit", args=[video.pk])
    assert page(alices.get(url)).form(having="title").fields["title"] == "A walk by the lake"
    form = {"title": "Around the lake", "description": "In a day", "published": "1", "state": "failed", "size": "0"}
    assert alices.post(url, form)["Location"] == video.get_absolute_url()
    video.refresh_from_db()
    assert (video.title, video.description) == ("Around the lake", "In a day")
    assert (video.published, video.state, video.size) == (False, State.DONE, 10)
    answer = alices.post(url, {"title": "", "description": "Lost?"})
    assert page(answer).problems
    assert page(answer).form(having="title").fields["description"] == "Lost?"
    video.refresh_from_db()
    assert video.title == "Around the lake"
