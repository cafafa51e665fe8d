"""What was decided of an upload: what it means for the same file later, and when it can be taken back."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from django.urls import reverse

from channels_app.models.picture import put_up, take_down
from channels_app.models.sight import Sight
from generation import moderation
from generation.models import Flag, Guide
from generation.moderation import TooLate
from tests.generation.moderation.uploads import a_file, a_reference, bring_avatar, brought, flag_on, sight
from tests.rows import a_channel, a_draft, a_request, follow

if TYPE_CHECKING:
    from django.contrib.auth.models import User
    from django.test import Client

    from channels_app.models import Channel, Video

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_file_that_was_allowed_to_somebody_after_it_was_taken_from_another_needs_no_other_look(
    held_unless_checked: None, alices: Client, bobs: Client, bob: User, channel: Channel, mo: User
) -> None:
    moderation.reject(flag_on(a_reference(alices, channel)), mo)
    place = a_channel(bob)
    moderation.approve(flag_on(a_reference(bobs, place)), mo)
    assert sight(a_reference(bobs, place)) == Sight.SHOWN
    third = a_reference(alices, channel)
    assert (sight(third), flag_on(third).reason) == (Sight.HELD, "repeated"), "to her it is not allowed"


def test_a_file_that_was_taken_from_another_after_it_was_allowed_is_looked_at_anew(
    held_unless_checked: None, alices: Client, bobs: Client, bob: User, channel: Channel, mo: User
) -> None:
    first, second = a_reference(alices, channel), a_reference(bobs, a_channel(bob))
    moderation.approve(flag_on(first), mo)
    moderation.reject(flag_on(second), mo)
    assert flag_on(a_reference(alices, channel)).reason == "repeated"


def test_a_file_that_was_taken_down_after_a_report_is_held_when_it_is_brought_again(
    alices: Client, bobs: Client, bob: User, channel: Channel, mo: User
) -> None:
    picture = bring_avatar(alices, channel)
    report = moderation.raise_flag(picture, Flag.Kind.REPORT, channel.owner, Flag.Reason.REPORTED)
    moderation.reject(report, mo)
    again, bobs_own = bring_avatar(alices, channel), bring_avatar(bobs, a_channel(bob))
    assert [(sight(one), flag_on(one).reason) for one in (again, bobs_own)] == [(Sight.HELD, "repeated")] * 2
    moderation.take_back(Flag.objects.get(pk=report.pk), mo)
    assert sight(bring_avatar(alices, channel)) == Sight.SHOWN


@pytest.mark.parametrize("decide", [moderation.approve, moderation.reject])
def test_of_a_picture_to_follow_a_decision_can_be_taken_back_until_a_request_follows_it(
    decide: object, held_unless_checked: None, alices: Client, video: Video, mo: User
) -> None:
    a_draft(video)
    alices.post(reverse("choose_guide_thumbnail", args=[video.pk, "pose"]), {"picture": a_file()})
    guide = Guide.objects.get()
    flag = flag_on(guide.picture)
    decide(flag, mo)  # type: ignore[operator]
    moderation.take_back(flag, mo)
    assert sight(guide.picture) == Sight.HELD
    moderation.approve(flag, mo)
    follow(a_request(video), guide)
    with pytest.raises(TooLate):
        moderation.take_back(flag, mo)


def test_a_picture_comes_into_its_place_although_the_one_before_it_was_taken_down_meanwhile(
    held_unless_checked: None, alices: Client, channel: Channel, mo: User
) -> None:
    for colour in ("teal", "navy"):
        moderation.approve(flag_on(bring_avatar(alices, channel, colour)), mo)
    channel.refresh_from_db()
    present = channel.avatar
    assert present is not None
    coming = bring_avatar(alices, channel, "gold")
    take_down(present)
    moderation.approve(flag_on(coming), mo)
    channel.refresh_from_db()
    assert channel.avatar == coming


@pytest.mark.parametrize("back_first", [True, False])
def test_what_was_brought_last_is_in_place_whichever_of_two_is_decided_first(
    back_first: bool, held_unless_checked: None, alices: Client, channel: Channel, mo: User
) -> None:
    present = bring_avatar(alices, channel, "navy")
    moderation.approve(flag_on(present), mo)
    coming = bring_avatar(alices, channel, "gold")
    take_down(present)
    for back in (back_first, not back_first):
        if back:
            put_up(present)
        else:
            moderation.approve(flag_on(coming), mo)
    channel.refresh_from_db()
    assert channel.avatar == coming


def test_what_was_decided_of_frames_stays_so_once_one_of_them_is_a_thumbnail(
    held_unless_checked: None, alices: Client, video: Video, mo: User
) -> None:
    frames = brought(video)
    flag = flag_on(video)
    moderation.approve(flag, mo)
    moderation.take_back(flag, mo)
    moderation.approve(flag, mo)
    alices.post(reverse("frame_use", args=[frames[0].pk]))
    with pytest.raises(TooLate):
        moderation.take_back(Flag.objects.get(pk=flag.pk), mo)
    assert {sight(frame) for frame in frames} == {Sight.SHOWN}
