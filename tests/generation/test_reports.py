"""Reports of published pictures: by whoever sees them, once each, folded into one flag, and bounded."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from django.urls import reverse

from channels_app.models import Notice, Picture
from channels_app.models.picture import put_back
from generation import moderation
from generation.models import Flag, Report
from generation.reports import MOST
from imagecreator.errors import ExpectedError
from imagecreator.queue.states import State
from tests.look import words
from tests.rows import a_channel, a_picture, a_request, a_user, a_video, an_image

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.contrib.auth.models import User
    from django.test import Client

FORM = {"category": "gore", "words": "That is no lake."}


@pytest.fixture
def picture(alice: User) -> Picture:
    """A published thumbnail, which had another one before it."""
    video = a_video(a_channel(alice, published=True), published=True)
    a_picture(video, "thumbnail")
    return a_picture(video, "thumbnail")


def address(picture: Picture) -> str:
    return reverse("picture_report", args=[picture.pk])


def test_whoever_sees_it_may_report_it(picture: Picture, bobs: Client, client: Client) -> None:
    page = bobs.get(picture.place.get_absolute_url()).content.decode()  # type: ignore[union-attr]
    assert address(picture) in page
    for visitor in (bobs, client):
        assert "Thank you" in words(visitor.post(address(picture), FORM, follow=True))
    flag = Flag.objects.get()
    assert (flag.kind, flag.category, flag.times, flag.thing) == ("report", "gore", 2, picture)
    assert {report.person_id is None for report in Report.objects.all()} == {True, False}


def test_nobody_reports_twice_or_their_own_or_what_is_private(
    picture: Picture, alice: User, alices: Client, bobs: Client
) -> None:
    for _ in range(2):
        answer = bobs.post(address(picture), FORM, follow=True)
    assert "already" in words(answer)
    assert (Report.objects.count(), Flag.objects.get().times) == (1, 1)
    assert alices.get(address(picture)).status_code == 404
    private = a_picture(a_video(a_channel(alice)), "thumbnail")
    assert bobs.post(address(private), FORM).status_code == 404
    assert bobs.post(address(picture), {"category": "nonsense"}).status_code == 200


def test_there_is_a_limit_a_day_for_each_visitor(alice: User, bobs: Client, client: Client) -> None:
    channel = a_channel(alice, published=True)
    pictures = [a_picture(a_video(channel, published=True), "thumbnail") for _ in range(MOST + 1)]
    for picture in pictures[:MOST]:
        assert bobs.post(address(picture), FORM).status_code == 302
    refused = bobs.post(address(pictures[-1]), FORM)
    assert f"You have reported {MOST} pictures" in words(refused)
    assert Report.objects.count() == Flag.objects.count() == MOST
    assert client.post(address(pictures[-1]), FORM).status_code == 302


def test_addresses_are_not_kept(picture: Picture, client: Client) -> None:
    client.post(address(picture), FORM, REMOTE_ADDR="192.0.2.7")
    row = Report.objects.values().get()
    assert "192.0.2.7" not in str(row)
    assert len(row["visitor"]) == 64


def test_what_is_taken_down_is_gone_and_the_former_is_back(
    picture: Picture, alices: Client, bobs: Client, mo: User, alice: User
) -> None:
    bobs.post(address(picture), FORM)
    assert not Notice.objects.exists(), "nobody is told of a mere report"
    moderation.reject(Flag.objects.get(), mo, "cruel")
    video = picture.video
    assert video is not None
    video.refresh_from_db()
    assert video.thumbnail is not None
    assert video.thumbnail != picture
    file = reverse("picture_file", args=[picture.pk])
    assert alices.get(file).status_code == bobs.get(file).status_code == 404
    assert alices.post(reverse("picture_restore", args=[picture.pk])).status_code == 404
    assert str(picture.pk) not in alices.get(video.get_absolute_url()).content.decode()
    assert Notice.objects.get().code == "rejected"
    moderation.appeal(Flag.objects.get(), alice, "please")
    moderation.decide_appeal(Flag.objects.get(), a_user("mara", "moderator"), grant=True)
    assert alices.get(file).status_code == 200


def test_a_report_that_is_turned_down_changes_nothing(
    picture: Picture, alices: Client, bobs: Client, mo: User, as_user: Callable[[User], Client]
) -> None:
    bobs.post(address(picture), FORM)
    desk = as_user(a_user("mara", "moderator", is_staff=True)).get(reverse("admin:generation_flag_desk"))
    assert "That is no lake." in words(desk)
    assert "bob" not in words(desk)
    assert "Nothing was held" in words(alices.get(reverse("held")))
    moderation.approve(Flag.objects.get(), mo)
    assert picture.video is not None
    picture.video.refresh_from_db()
    assert picture.video.thumbnail == picture
    assert not Notice.objects.exists()


def rejected(picture: Picture, bobs: Client, by: User) -> Flag:
    """Bob reports it, and a moderator takes it down."""
    bobs.post(address(picture), FORM)
    flag = Flag.objects.get()
    moderation.reject(flag, by)
    return flag


def shown(picture: Picture) -> Picture | None:
    """What is in the place of ``picture`` now."""
    found: Picture | None = getattr(type(picture.place)._default_manager.get(pk=picture.place.pk), picture.kind)
    return found


def test_what_is_taken_down_is_not_put_back_by_painting_it_once_more(
    alice: User, alices: Client, bobs: Client, mo: User
) -> None:
    video = a_video(a_channel(alice, published=True), published=True)
    image = an_image(a_request(video, state=State.DONE))
    use, file = reverse("image_use", args=[image.pk]), reverse("image_file", args=[image.pk])
    picture = image.apply()
    flag = rejected(picture, bobs, mo)
    assert alices.get(file).status_code == 404
    assert alices.post(use).status_code == 404
    assert "did not allow this picture" in words(alices.get(image.request.get_absolute_url()))
    assert shown(picture) is None
    with pytest.raises(ExpectedError, match="taken_down"):
        put_back(picture)  # by whoever had asked for it before it was taken down
    moderation.take_back(flag, mo)
    assert alices.post(use).status_code == 302
    assert shown(picture) == picture


def test_who_takes_a_rejection_back_puts_the_picture_back(picture: Picture, bobs: Client, mo: User) -> None:
    former = Picture.objects.exclude(pk=picture.pk).get()
    flag = rejected(picture, bobs, mo)
    assert shown(picture) == former
    moderation.take_back(flag, mo)
    assert shown(picture) == picture


def test_what_its_owner_has_chosen_since_stays_in_place(picture: Picture, bobs: Client, mo: User) -> None:
    flag = rejected(picture, bobs, mo)
    newer = a_picture(picture.place, "thumbnail")
    moderation.take_back(flag, mo)
    assert shown(picture) == newer


def test_what_was_not_in_place_any_more_does_not_come_back_there(picture: Picture, bobs: Client, mo: User) -> None:
    former = Picture.objects.exclude(pk=picture.pk).get()
    bobs.post(address(picture), FORM)
    put_back(former)
    flag = Flag.objects.get()
    moderation.reject(flag, mo)
    moderation.take_back(flag, mo)
    assert shown(picture) == former
