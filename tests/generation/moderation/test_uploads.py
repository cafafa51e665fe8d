"""Uploads: nobody sees or uses one before it was looked at, by the safety checker, else by a moderator."""

from __future__ import annotations

import logging
import shutil
import time
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from PIL import Image

import celery_worker
from channels_app.models import Frame, Picture, Video
from channels_app.models.notice import Notice
from channels_app.models.sight import Sight
from generation import moderation, uploads
from generation.engine import Engine
from generation.models import Flag, GenerationRequest, Guide, PromptDraft, Reference, Ruling, UploadCheck
from generation.moderation import TooLate
from generation.uploads import hold_forgotten, look_first
from imagecreator.queue.claim import claim
from imagecreator.queue.reaper import MAX_ATTEMPTS, reap
from imagecreator.queue.states import State
from tests.generation.asking import ask
from tests.generation.moderation.uploads import (
    a_file,
    a_reference,
    bring_avatar,
    brought,
    flag_on,
    gets,
    let_look,
    sight,
)
from tests.generation.test_marking_part import upload
from tests.generation.walking import work
from tests.look import words
from tests.rows import a_channel, a_draft, a_frame, a_mask_for, a_picture, a_request, a_start, a_video

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.contrib.auth.models import User
    from pytest_django import SettingsWrapper as Settings

    from channels_app.models import Channel

pytestmark = pytest.mark.django_db(transaction=True)


def wait_page(start: Reference, after: str = "/requests/") -> str:
    return reverse("reference_wait", args=[start.pk], query={"next": after})


# ---- what becomes of a picture that is bound for a place ----


def test_without_a_checker_it_waits_for_a_moderator_and_then_comes_into_its_place(
    held_unless_checked: None, alices: Client, channel: Channel, mo: User
) -> None:
    former = a_picture(channel, "avatar", "teal")
    moderation.approve(flag_on(former), mo)
    channel.refresh_from_db()
    assert channel.avatar == former
    picture = bring_avatar(alices, channel)
    assert (sight(picture), channel.avatar) == (Sight.HELD, former)
    flag = flag_on(picture)
    assert (flag.state, flag.reason, flag.what) == ("open", "unchecked", "Walks")
    assert "A moderator looks at the picture first." in words(alices.get(channel.get_absolute_url()))
    assert Notice.objects.filter(person=channel.owner, code="held").exists()
    moderation.approve(flag, mo)
    channel.refresh_from_db()
    assert (sight(picture), channel.avatar) == (Sight.SHOWN, picture)
    assert "looks at the picture" not in words(alices.get(channel.get_absolute_url()))


@pytest.mark.parametrize("decided", ["open", "rejected"])
def test_nobody_but_a_moderator_gets_a_held_upload_by_any_way(
    decided: str, held_unless_checked: None, alices: Client, bobs: Client, mos: Client, channel: Channel, mo: User
) -> None:
    picture, start = bring_avatar(alices, channel), a_reference(alices, channel)
    frame = a_frame(a_video(channel))
    look_first(frame.video)
    for thing in (picture, start, frame.video):
        if decided == "rejected":
            moderation.reject(flag_on(thing), mo)
    channel.published = True
    channel.save()
    for client in (alices, bobs, Client()):
        for name, thing in (("picture_file", picture), ("reference_file", start), ("frame_file", frame)):
            expected = {302} if name == "reference_file" and client not in (alices, bobs) else {404}
            assert gets(client, name, thing) <= expected | {404}, name
    for name, thing in (("picture_file", picture), ("reference_file", start), ("frame_file", frame)):
        assert gets(mos, name, thing) == {200, 206, 304}
        assert mos.get(reverse(name, args=[thing.pk]))["Cache-Control"] == "no-store"
    assert alices.post(reverse("picture_restore", args=[picture.pk])).status_code == 404
    assert alices.post(reverse("frame_use", args=[frame.pk])).status_code == 404
    for shown in (channel.get_absolute_url(), frame.video.get_absolute_url(), reverse("home")):
        for client in (alices, bobs):
            html = client.get(shown).content.decode()
            assert not any(str(thing.pk) in html for thing in (picture, start, frame))


def test_a_moderator_cannot_use_what_is_held_of_their_own(
    held_unless_checked: None, mo: User, mos: Client, settings: Settings
) -> None:
    frame = a_frame(a_video(a_channel(mo)))
    look_first(frame.video)
    assert gets(mos, "frame_file", frame) == {200, 206, 304}
    assert mos.post(reverse("frame_use", args=[frame.pk])).status_code == 403
    assert (
        mos.post(reverse("choose_start_thumbnail", args=[frame.video.pk]), {"frame": str(frame.pk)}).status_code == 200
    )
    assert not Reference.objects.exists()


def test_a_rejected_one_never_comes_and_what_was_decided_can_be_taken_back(
    held_unless_checked: None, alices: Client, channel: Channel, mo: User
) -> None:
    picture = bring_avatar(alices, channel)
    flag = flag_on(picture)
    moderation.reject(flag, mo, "no")
    channel.refresh_from_db()
    assert (sight(picture), channel.avatar) == (Sight.DOWN, None)
    page = words(alices.get(channel.get_absolute_url()))
    assert "looks at the picture" not in page
    assert "A moderator did not allow the picture that you chose." in page
    moderation.take_back(flag, mo)
    assert "did not allow" not in words(alices.get(channel.get_absolute_url()))
    assert sight(picture) == Sight.HELD
    moderation.approve(flag, mo)
    channel.refresh_from_db()
    assert channel.avatar == picture
    moderation.take_back(flag, mo)
    channel.refresh_from_db()
    assert (sight(picture), channel.avatar) == (Sight.HELD, None)


def test_that_it_was_rejected_stands_there_until_something_else_comes_or_waits(
    held_unless_checked: None, alices: Client, bobs: Client, channel: Channel, mo: User
) -> None:
    first = bring_avatar(alices, channel, "crimson")
    moderation.approve(flag_on(first), mo)
    second = bring_avatar(alices, channel, "navy")
    moderation.reject(flag_on(second), mo)
    channel.published = True
    channel.save()
    sentence, page = "did not allow the picture that you chose", channel.get_absolute_url()
    assert sentence in words(alices.get(page))
    assert sentence not in words(bobs.get(page))
    third = bring_avatar(alices, channel, "gold")
    assert sentence not in words(alices.get(page))
    moderation.reject(flag_on(third), mo)
    assert words(alices.get(page)).count(sentence) == 1
    moderation.approve(flag_on(bring_avatar(alices, channel, "olive")), mo)
    assert sentence not in words(alices.get(page))


def test_a_profile_says_that_its_avatar_was_rejected(held_unless_checked: None, alices: Client, mo: User) -> None:
    form = {"display_name": "Alice", "about": "", "new_avatar": a_file(size=(800, 800))}
    alices.post(reverse("profile"), form)
    flag = flag_on(Picture.objects.get())
    moderation.reject(flag, mo)
    assert "To its page" in words(alices.get(reverse("held_one", args=[flag.pk])))
    page = alices.get(reverse("profile"))
    assert "did not allow the picture that you chose" in words(page)
    assert f'href="{reverse("held")}"' in page.content.decode()


def test_a_notice_says_what_it_was(
    held_unless_checked: None, alices: Client, alice: User, channel: Channel, mo: User
) -> None:
    picture, start = bring_avatar(alices, channel), a_reference(alices, channel)
    moderation.reject(flag_on(picture), mo)
    said = {str(notice) for notice in alice.notices.all()}
    size = f"{start.width}×{start.height}"
    assert said == {
        "A moderator looks at this first: avatar (Walks)",
        f"A moderator looks at this first: picture ({size})",
        "A moderator did not allow this: avatar (Walks)",
    }


def test_an_appeal_brings_it_into_its_place(
    held_unless_checked: None, alices: Client, alice: User, channel: Channel, mo: User, mara: User
) -> None:
    picture = bring_avatar(alices, channel)
    flag = flag_on(picture)
    moderation.reject(flag, mo)
    moderation.appeal(flag, alice, "It is a statue.")
    moderation.decide_appeal(flag, mara, grant=True)
    channel.refresh_from_db()
    assert (sight(picture), channel.avatar) == (Sight.SHOWN, picture)


def test_of_two_that_wait_the_later_comes_and_what_the_owner_chose_meanwhile_stays(
    held_unless_checked: None, alices: Client, channel: Channel, mo: User
) -> None:
    first, second = bring_avatar(alices, channel, "crimson"), bring_avatar(alices, channel, "navy")
    moderation.approve(flag_on(second), mo)
    moderation.approve(flag_on(first), mo)
    channel.refresh_from_db()
    assert channel.avatar == second
    third = bring_avatar(alices, channel, "gold")
    alices.post(reverse("picture_restore", args=[first.pk]))
    moderation.approve(flag_on(third), mo)
    channel.refresh_from_db()
    assert channel.avatar == first
    assert third in Picture.objects.former(channel, "avatar")


def test_a_profiles_avatar_waits_too(held_unless_checked: None, alices: Client, alice: User, mo: User) -> None:
    form = {"display_name": "Alice", "about": "", "new_avatar": a_file(size=(800, 800))}
    answer = alices.post(reverse("profile"), form, follow=True)
    assert "A moderator looks at the picture first." in words(answer)
    picture = Picture.objects.get()
    moderation.approve(flag_on(picture), mo)
    alice.profile.refresh_from_db()
    assert alice.profile.avatar == picture


def test_where_the_operator_allows_it_an_upload_is_there_at_once(alices: Client, channel: Channel) -> None:
    picture = bring_avatar(alices, channel)
    assert (sight(picture), channel.avatar, Flag.objects.count()) == (Sight.SHOWN, picture, 0)
    assert not UploadCheck.objects.exists()


# ---- the checker ----


def test_the_checker_that_flags_nothing_lets_it_into_its_place(kind: None, alices: Client, channel: Channel) -> None:
    picture = bring_avatar(alices, channel)
    page = alices.get(channel.get_absolute_url())
    assert (sight(picture), channel.avatar) == (Sight.WAITS, None)
    assert "is being looked at" in words(page)
    assert gets(alices, "picture_file", picture) == {404}
    asked_again = alices.get(channel.get_absolute_url(), headers={"hx-request": "true"})
    assert "HX-Refresh" not in asked_again
    check = let_look()
    channel.refresh_from_db()
    assert (check.state, sight(picture), channel.avatar) == (State.DONE, Sight.SHOWN, picture)
    assert set(check.scores[0]) >= {"concept_0", "special_care_0"}
    assert not Flag.objects.exists()
    assert alices.get(channel.get_absolute_url(), headers={"hx-request": "true"})["HX-Refresh"] == "true"


def test_the_checker_that_flags_everything_holds_it_with_its_scores(
    strict: None, alices: Client, channel: Channel
) -> None:
    picture = bring_avatar(alices, channel)
    let_look()
    channel.refresh_from_db()
    flag = flag_on(picture)
    assert (sight(picture), channel.avatar, flag.reason, flag.hidden) == (Sight.HELD, None, "flagged", True)
    assert max(flag.scores.values()) > 0
    assert flag.detail["upload"] == "avatar"


def breaks(self: Engine, *_: object) -> None:
    raise RuntimeError("the checker is broken")


def stalls(self: Engine, *_: object) -> None:
    time.sleep(1.5)


@pytest.mark.parametrize(("fault", "reason"), [(breaks, "checker_failed"), (stalls, "checker_timeout")])
def test_a_checker_that_raises_or_stalls_holds(
    fault: Callable[..., None],
    reason: str,
    kind: None,
    alices: Client,
    channel: Channel,
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    settings.SAFETY_SECONDS = 0.2 if fault is stalls else 60
    monkeypatch.setattr(Engine, "_checking", fault)
    picture = bring_avatar(alices, channel)
    let_look()
    assert (sight(picture), flag_on(picture).reason) == (Sight.HELD, reason)
    if fault is stalls:
        time.sleep(1.5)  # let it end: the next one is not asked before


def test_a_checker_that_is_missing_or_a_profile_that_is_nowhere_holds(
    tmp_path: Path, kind_models: Path, models_in: Callable[..., Path], alices: Client, channel: Channel
) -> None:
    shutil.copytree(kind_models, tmp_path / "models")
    models_in(tmp_path / "models")
    shutil.rmtree(tmp_path / "models" / "tiny" / "safety_checker")
    pictures = [bring_avatar(alices, channel, "crimson")]
    let_look()
    models_in(tmp_path, "nobody")
    pictures.append(bring_avatar(alices, channel, "navy"))
    let_look()
    for picture in pictures:
        assert (sight(picture), flag_on(picture).reason) == (Sight.HELD, "checker_failed")


def test_what_waits_for_a_look_that_never_ends_is_held(kind: None, alices: Client, channel: Channel) -> None:
    picture, start = bring_avatar(alices, channel), a_reference(alices, channel)
    past = timezone.now() - timedelta(hours=1)
    for _ in range(MAX_ATTEMPTS):
        assert claim(UploadCheck, "worker") and claim(UploadCheck, "worker")
        assert hold_forgotten() == 0
        UploadCheck.objects.update(lease_until=past)
        reap(UploadCheck)
    assert hold_forgotten() == 2
    assert [flag_on(thing).reason for thing in (picture, start)] == ["checker_failed"] * 2
    assert (sight(picture), sight(start)) == (Sight.HELD, Sight.HELD)
    assert hold_forgotten() == 0


def test_a_file_that_cannot_be_read_keeps_no_other_from_being_held(
    kind: None, alices: Client, channel: Channel
) -> None:
    unreadable, other = bring_avatar(alices, channel), a_reference(alices, channel)
    path = Path(unreadable.file.path)
    path.unlink()
    path.mkdir()
    let_look()
    UploadCheck.objects.update(state=State.FAILED)
    assert hold_forgotten() == 2
    assert (sight(unreadable), sight(other)) == (Sight.HELD, Sight.HELD)


def test_what_waits_for_a_look_that_is_gone_is_held(kind: None, alices: Client, channel: Channel, video: Video) -> None:
    picture, frames = bring_avatar(alices, channel), brought(video)
    assert hold_forgotten() == 0
    UploadCheck.objects.all().delete()
    assert hold_forgotten() == 2
    assert {sight(thing) for thing in (picture, *frames)} == {Sight.HELD}
    assert flag_on(video).detail["frames"] == [str(frame.pk) for frame in frames]


def test_what_was_decided_before_the_look_ended_stays_decided(
    strict: None, alices: Client, channel: Channel, mo: User
) -> None:
    picture = bring_avatar(alices, channel)
    lease = claim(UploadCheck, "worker")
    assert lease is not None
    Picture.objects.filter(pk=picture.pk).update(sight=Sight.DOWN)
    uploads.serve_check(lease)
    assert sight(picture) == Sight.DOWN
    assert not Flag.objects.exists()


def test_an_upload_that_is_deleted_while_it_waits_leaves_nothing(kind: None, alices: Client, channel: Channel) -> None:
    bring_avatar(alices, channel)
    channel.delete()
    assert not UploadCheck.objects.exists()
    assert claim(UploadCheck, "worker") is None


# ---- pictures to begin with, masks, guides ----


def test_who_brings_a_picture_to_begin_with_waits_and_goes_on_by_itself(
    kind: None, alices: Client, video: Video
) -> None:
    a_draft(video)
    answer = alices.post(reverse("choose_start_thumbnail", args=[video.pk]), {"picture": a_file()})
    start, page = Reference.objects.get(), answer["Location"]
    assert page.startswith(reverse("reference_wait", args=[start.pk]))
    assert "It goes on by itself" in words(alices.get(page))
    part = alices.get(page, headers={"hx-request": "true"}).content.decode()
    assert 'data-state="queued"' in part
    assert "<html" not in part
    let_look()
    assert alices.get(page, headers={"hx-request": "true"})["HX-Refresh"] == "true"
    form = alices.get(page, follow=True)
    assert form.request["PATH_INFO"] == reverse("generate_thumbnail", args=[video.pk])
    assert str(start.pk) in form.content.decode()


def test_a_held_one_cannot_be_used_until_it_is_allowed_and_then_the_same_file_needs_no_other_look(
    strict: None, alices: Client, video: Video, mo: User
) -> None:
    a_draft(video)
    choose = reverse("choose_start_thumbnail", args=[video.pk])
    page = alices.post(choose, {"picture": a_file()})["Location"]
    start = Reference.objects.get()
    let_look()
    told = words(alices.get(page))
    assert "A moderator looks at this picture first." in told
    assert reverse("held_one", args=[flag_on(start).pk]) in alices.get(page).content.decode()
    assert ask(alices, video, start=str(start.pk)).status_code == 200, "the form says that it cannot be used"
    assert not GenerationRequest.objects.exists()
    moderation.approve(flag_on(start), mo)
    assert alices.get(page).status_code == 302
    answer = alices.post(choose, {"picture": a_file()})
    assert answer["Location"].startswith(reverse("generate_thumbnail", args=[video.pk]))
    assert not UploadCheck.objects.filter(state=State.QUEUED).exists()


def test_what_was_rejected_is_held_whoever_brings_it_again(
    alices: Client, bobs: Client, bob: User, channel: Channel, mo: User, settings: Settings
) -> None:
    settings.UNCHECKED_UPLOADS = "hold"
    start = a_reference(alices, channel)
    moderation.reject(flag_on(start), mo)
    assert "did not allow this picture" in words(alices.get(wait_page(start)))
    settings.UNCHECKED_UPLOADS = "allow"
    again = a_reference(bobs, a_channel(bob))
    assert (sight(again), flag_on(again).reason) == (Sight.HELD, "repeated")
    assert sight(a_reference(bobs, a_channel(bob), "navy")) == Sight.SHOWN


def test_the_wait_page_is_its_owners_alone_and_leads_to_no_other_site(
    kind: None, alices: Client, bobs: Client, mos: Client, channel: Channel
) -> None:
    start = a_reference(alices, channel)
    url = wait_page(start, "https://evil.example/")
    assert [client.get(url).status_code for client in (alices, bobs, mos, Client())] == [200, 404, 403, 302]
    let_look()
    assert alices.get(url)["Location"] == "/"


def test_an_uploaded_mask_is_looked_at_and_a_drawn_one_is_not(kind: None, alices: Client, video: Video) -> None:
    a_draft(video)
    start = a_start(video.owner)
    marking = reverse("mark_part_thumbnail", args=[video.pk, start.pk])
    mask = Image.new("L", (1280, 720))
    mask.paste(255, (0, 0, 200, 200))
    answer = alices.post(marking, {"mask": upload(mask)})
    brought = Reference.objects.get(kind="mask")
    assert answer["Location"].startswith(reverse("reference_wait", args=[brought.pk]))
    assert "Your mask" in words(alices.get(answer["Location"]))
    answer = alices.post(marking, {"mask": upload(mask), "drawn": "on"})
    assert answer["Location"].startswith(reverse("generate_thumbnail", args=[video.pk]))
    shown = alices.get(f"{marking}?mask={brought.pk}").content.decode()
    assert reverse("reference_file", args=[brought.pk]) not in shown


def test_a_part_of_a_picture_that_passed_passes_with_it(
    held_unless_checked: None, alices: Client, video: Video
) -> None:
    a_draft(video)
    source = a_start(video.owner, Image.new("RGB", (600, 600), "teal"))
    page = reverse("fit_start_thumbnail", args=[video.pk, source.pk])
    answer = alices.post(page, {"way": "crop", "place": "50"})
    assert answer["Location"].startswith(reverse("generate_thumbnail", args=[video.pk]))
    assert set(Reference.objects.values_list("sight", flat=True)) == {Sight.SHOWN}


def test_a_guide_is_shown_once_its_picture_passed(kind: None, alices: Client, video: Video) -> None:
    a_draft(video)
    answer = alices.post(reverse("choose_guide_thumbnail", args=[video.pk, "pose"]), {"picture": a_file()})
    guide = Guide.objects.get()
    page = reverse("guide_thumbnail", args=[video.pk, guide.pk])
    assert answer["Location"].startswith(reverse("reference_wait", args=[guide.picture.pk]))
    assert alices.get(page).status_code == 302
    let_look()
    assert alices.get(page).status_code == 200


def test_a_request_whose_picture_was_rejected_since_is_not_painted(
    alices: Client, video: Video, mo: User, models_in: Callable[..., Path], kind_models: Path, settings: Settings
) -> None:
    settings.UNCHECKED_UPLOADS = "hold"
    a_draft(video)
    alices.post(reverse("choose_start_thumbnail", args=[video.pk]), {"picture": a_file()})
    start = Reference.objects.get()
    flag = flag_on(start)
    moderation.approve(flag, mo)
    request = a_request(video, start=Reference.objects.get(), strength=0.5, steps_asked=1)
    with pytest.raises(TooLate):
        moderation.take_back(flag, mo)
    assert sight(start) == Sight.SHOWN
    Reference.objects.update(sight=Sight.DOWN)
    models_in(kind_models)
    request = work(request)
    assert (request.state, request.error) == (State.FAILED, "picture_hidden")
    assert "may not be used" in words(alices.get(request.get_absolute_url()))


def test_what_a_moderator_has_to_look_at_is_not_swept_away(
    held_unless_checked: None, alices: Client, channel: Channel, mo: User
) -> None:
    held, rejected = a_reference(alices, channel, "red"), a_reference(alices, channel, "blue")
    moderation.reject(flag_on(rejected), mo)
    Reference.objects.update(created_at=timezone.now() - timedelta(days=10))
    assert Reference.objects.forget() == 0
    Reference.objects.update(created_at=timezone.now() - timedelta(days=100))
    assert Reference.objects.forget() == 1
    assert list(Reference.objects.all()) == [held]


def test_nobody_fills_the_desk_alone(
    held_unless_checked: None, alices: Client, channel: Channel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(uploads, "MOST_HELD", 2)
    for colour in ("red", "blue"):
        a_reference(alices, channel, colour)
    url = reverse("choose_start_channel", args=[channel.pk, "avatar"])
    answer = alices.post(url, {"picture": a_file("green", (800, 800))})
    assert "2 uploads of yours wait for a moderator." in words(answer)
    assert Reference.objects.count() == 2
    form = {"name": "Walks", "description": "", "new_avatar": a_file("gold", (800, 800))}
    answer = alices.post(reverse("channel_edit", args=[channel.pk]), form)
    assert "2 uploads of yours wait for a moderator." in words(answer)
    assert not Picture.objects.exists()


# ---- frames ----


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


# ---- what the operator and the moderators see ----


@pytest.mark.parametrize(("allows", "said"), [("hold", "are held for a moderator"), ("allow", "are shown as they are")])
def test_a_worker_says_what_becomes_of_unchecked_uploads(
    allows: str, said: str, settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    settings.UNCHECKED_UPLOADS = allows
    with caplog.at_level(logging.WARNING):
        celery_worker.say_what_becomes_of_uploads()
    assert f"the profile preview has no safety checker: uploads {said}" in caplog.text


def test_with_a_checker_a_worker_says_nothing(kind: None, caplog: pytest.LogCaptureFixture) -> None:
    celery_worker.say_what_becomes_of_uploads()
    assert "uploads" not in caplog.text


def test_its_owner_reads_what_was_held_and_where_it_goes_on(
    held_unless_checked: None, alices: Client, channel: Channel, mo: User
) -> None:
    picture, start = bring_avatar(alices, channel), a_reference(alices, channel)
    assert "Avatar: Walks" in words(alices.get(reverse("held")))
    page = alices.get(reverse("held_one", args=[flag_on(picture).pk]))
    assert "Why it was held There is no safety checker" in words(page)
    assert f'href="{channel.get_absolute_url()}"' in page.content.decode()
    moderation.approve(flag_on(start), mo)
    page = alices.get(reverse("held_one", args=[flag_on(start).pk]))
    assert "Choose the same file once more to go on with it." in words(page)


@pytest.mark.parametrize("page", ["desk", "numbers"])
def test_moderators_read_what_becomes_of_uploads(page: str, mos: Client, settings: Settings) -> None:
    url = reverse(f"admin:generation_flag_{page}")
    settings.UNCHECKED_UPLOADS = "hold"
    assert "wait for a moderator (UNCHECKED_UPLOADS=hold)" in words(mos.get(url))
    settings.UNCHECKED_UPLOADS = "allow"
    assert "shown as they are (UNCHECKED_UPLOADS=allow)" in words(mos.get(url))
    settings.PROFILE = "tiny"
    assert "The safety checker looks at every upload" in words(mos.get(url))


def test_the_desk_shows_what_was_brought(
    held_unless_checked: None, alices: Client, mos: Client, channel: Channel
) -> None:
    picture, start = bring_avatar(alices, channel), a_reference(alices, channel)
    page = mos.get(reverse("admin:generation_flag_desk"))
    for name, thing in (("picture_file", picture), ("reference_file", start)):
        assert reverse(name, args=[thing.pk]) in page.content.decode()
    assert "There is no safety checker" in words(page)
    assert "Upload avatar" in words(page)


def test_rulings_go_with_the_decision(held_unless_checked: None, alices: Client, channel: Channel, mo: User) -> None:
    flag = flag_on(a_reference(alices, channel))
    moderation.approve(flag, mo)
    assert list(Ruling.objects.values_list("allowed", flat=True)) == [True]
    moderation.take_back(flag, mo)
    assert not Ruling.objects.exists()
    moderation.reject(flag, mo)
    assert list(Ruling.objects.values_list("allowed", flat=True)) == [False]


def test_a_mask_of_a_held_picture_goes_with_it(alices: Client, video: Video) -> None:
    a_draft(video)
    base = a_start(video.owner)
    with_mask = {"start": str(base.pk), "mask": str(a_mask_for(base).pk)}
    Reference.objects.filter(pk=base.pk).update(sight=Sight.HELD)
    assert ask(alices, video, **with_mask).status_code == 200
    assert not GenerationRequest.objects.exists()
    assert alices.get(reverse("mark_part_thumbnail", args=[video.pk, base.pk])).status_code == 404
    Reference.objects.filter(pk=base.pk).update(sight=Sight.SHOWN)
    assert ask(alices, video, **with_mask).status_code == 302
