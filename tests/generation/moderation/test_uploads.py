"""Uploads: what becomes of a picture that is bound for a place, and what owners, operators and moderators see of it."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

import pytest
from django.test import Client
from django.urls import reverse

import celery_worker
from channels_app.models import Picture
from channels_app.models.notice import Notice
from channels_app.models.sight import Sight
from generation import moderation
from generation.models import Flag, Reference, Ruling, UploadCheck
from generation.uploads import look_first
from tests.generation.moderation.uploads import (
    a_file,
    a_reference,
    bring_avatar,
    flag_on,
    gets,
    sight,
)
from tests.look import words
from tests.rows import a_channel, a_frame, a_picture, a_video

if TYPE_CHECKING:
    from django.contrib.auth.models import User
    from pytest_django import SettingsWrapper as Settings

    from channels_app.models import Channel

pytestmark = pytest.mark.django_db(transaction=True)


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
