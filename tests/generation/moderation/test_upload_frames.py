"""Candidate frames: they are looked at before anybody sees them, or a prompt is written from them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from django.test import Client
from django.urls import reverse

from channels_app.models import Frame, Video
from channels_app.models.sight import Sight
from generation import moderation, uploads
from generation.models import PromptDraft, Reference
from imagecreator.queue.states import State
from tests.generation.moderation.uploads import (
    brought,
    flag_on,
    let_look,
    sight,
)
from tests.look import words

if TYPE_CHECKING:
    from django.contrib.auth.models import User
    from PIL import Image

    from channels_app.models import Channel
    from generation.engine import Engine

pytestmark = pytest.mark.django_db(transaction=True)


def test_frames_are_looked_at_before_a_prompt_is_written_from_them(kind: None, alices: Client, video: Video) -> None:
    frames = brought(video)
    page = alices.get(video.get_absolute_url())
    assert "The frames are being looked at." in words(page)
    assert all(str(frame.pk) not in page.content.decode() for frame in frames)
    assert not PromptDraft.objects.exists()
    check = let_look()
    assert len(check.scores) == 2
    assert PromptDraft.objects.count() == 1
    html = alices.get(video.get_absolute_url()).content.decode()
    assert all(str(frame.pk) in html for frame in frames)
    assert alices.get(video.get_absolute_url(), headers={"hx-request": "true"})["HX-Refresh"] == "true"


def test_flagged_frames_are_one_flag_and_come_back_when_they_are_allowed(
    strict: None, alices: Client, mos: Client, video: Video, mo: User
) -> None:
    frames = brought(video)
    let_look()
    flag = flag_on(video)
    assert flag.detail["frames"] == [str(frame.pk) for frame in frames]
    page = alices.get(video.get_absolute_url())
    assert "2 frames are held for a moderator, and until they are allowed nobody else sees the video." in words(page)
    desk = mos.get(reverse("admin:generation_flag_desk")).content.decode()
    assert all(reverse("frame_file", args=[frame.pk]) in desk for frame in frames)
    draft = PromptDraft.objects.get()
    PromptDraft.objects.filter(pk=draft.pk).update(state=State.DONE)
    moderation.approve(flag, mo)
    assert {sight(frame) for frame in frames} == {Sight.SHOWN}
    assert PromptDraft.objects.exclude(pk=draft.pk).exists(), "now there are frames to write from"
    moderation.take_back(flag, mo)
    assert {sight(frame) for frame in frames} == {Sight.HELD}


def test_a_published_video_is_seen_by_others_once_its_frames_are(
    strict: None, alices: Client, bobs: Client, mos: Client, channel: Channel, video: Video, mo: User
) -> None:
    Video.objects.update(published=True)
    channel.published = True
    channel.save()
    urls = [video.get_absolute_url(), reverse("video_file", args=[video.pk])]
    brought(video)
    let_look()
    flag = flag_on(video)
    for decide in (lambda: None, lambda: moderation.reject(flag, mo)):
        decide()
        for url in urls:
            assert [client.get(url).status_code for client in (alices, bobs, Client(), mos)] == [200, 404, 404, 200]
        assert "A walk by the lake" not in words(bobs.get(channel.get_absolute_url()))
    assert "A moderator did not allow 2 frames." in words(alices.get(urls[0]))
    moderation.take_back(flag, mo)
    moderation.approve(flag, mo)
    assert [client.get(url).status_code for client in (bobs, Client()) for url in urls] == [200] * 4
    assert "A walk by the lake" in words(bobs.get(channel.get_absolute_url()))


def test_where_frames_wait_or_were_rejected_the_pages_of_the_video_say_so(
    strict: None, alices: Client, video: Video, mo: User
) -> None:
    brought(video)
    let_look()
    PromptDraft.objects.update(state=State.DONE)
    form = reverse("generate_thumbnail", args=[video.pk])
    page = words(alices.get(form))
    assert "A moderator looks at the frames first, so nothing of them is in the prompt yet." in page
    assert "measured in the frames" not in page
    moderation.reject(flag_on(video), mo)
    assert "A moderator did not allow the frames, so nothing of them is in the prompt." in words(alices.get(form))
    page = words(alices.get(video.get_absolute_url()))
    assert "held for a moderator" not in page
    assert "A moderator did not allow 2 frames." in page


def test_only_what_was_flagged_is_held(
    kind: None, video: Video, alices: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    frames = brought(video)
    judge, looked = uploads.judge, list[int]()

    def strict_with_the_second(engine: Engine, images: list[Image.Image], **options: bool) -> list[uploads.Judgement]:
        looked.append(len(images))
        seen = judge(engine, images, **options)
        return seen if len(looked) == 1 else [uploads.Judgement("flagged", {"concept_0": 0.1})]

    monkeypatch.setattr(uploads, "judge", strict_with_the_second)
    let_look()
    assert looked == [1, 1], "large frames are not all in memory at once"
    assert [sight(frame) for frame in frames] == [Sight.SHOWN, Sight.HELD]
    assert flag_on(video).detail["frames"] == [str(frames[1].pk)]
    html = alices.get(reverse("generate_thumbnail", args=[video.pk])).content.decode()
    assert str(frames[1].pk) not in html
    choose = reverse("choose_start_thumbnail", args=[video.pk])
    assert alices.post(choose, {"frame": str(frames[1].pk)}).status_code == 200
    assert alices.post(choose, {"frame": str(frames[0].pk)}).status_code == 302


def test_a_video_that_is_prepared_anew_is_one_flag_with_its_new_frames(held_unless_checked: None, video: Video) -> None:
    brought(video)
    Frame.objects.all().delete()
    new = brought(video)
    flag = flag_on(video)
    assert (flag.times, flag.detail["frames"]) == (2, [str(frame.pk) for frame in new])


def test_a_frame_that_passed_needs_no_other_look_as_thumbnail_or_start(
    held_unless_checked: None, alices: Client, video: Video, mo: User
) -> None:
    frames = brought(video)
    moderation.approve(flag_on(video), mo)
    assert alices.post(reverse("frame_use", args=[frames[0].pk])).status_code == 302
    video.refresh_from_db()
    assert video.thumbnail is not None
    assert video.thumbnail.sight == Sight.SHOWN
    alices.post(reverse("choose_start_thumbnail", args=[video.pk]), {"frame": str(frames[0].pk)})
    assert Reference.objects.get().sight == Sight.SHOWN
