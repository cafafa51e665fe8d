"""Reports of published pictures: by whoever sees them, once each, folded into one flag, and bounded."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from django.db import connection
from django.http import Http404
from django.test import RequestFactory
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from channels_app.models import Notice, Picture
from channels_app.models.picture import put_back, take_down
from generation import moderation
from generation.models import Flag, ModerationAct, Report
from generation.reports import MOST, report
from imagecreator.errors import ExpectedError
from imagecreator.queue.states import State
from tests.look import words
from tests.rows import a_channel, a_picture, a_request, a_user, a_video, an_image

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.contrib.auth.models import User
    from django.test import Client
    from pytest_django import Settings

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
    assert f'href="{picture.place.get_absolute_url()}"' in bobs.get(address(picture)).content.decode()  # type: ignore[union-attr]
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
    assert Notice.objects.get(person=alice).code == "rejected"
    moderation.appeal(Flag.objects.get(), alice, "please")
    moderation.decide_appeal(Flag.objects.get(), a_user("mara", "moderator"), grant=True)
    assert alices.get(file).status_code == 200


def test_what_is_taken_down_stays_in_no_browser(picture: Picture, bobs: Client, mo: User, mos: Client) -> None:
    file = reverse("picture_file", args=[picture.pk])
    assert "max-age" in mos.get(file)["Cache-Control"]
    rejected(picture, bobs, mo)
    assert mos.get(file)["Cache-Control"] == "no-store"


def test_what_is_taken_down_after_it_was_looked_at_is_not_reported(picture: Picture, bob: User, mo: User) -> None:
    seen = Picture.objects.published().get(pk=picture.pk)
    take_down(picture)
    request = RequestFactory().post(address(picture))
    request.user = bob
    with pytest.raises(Http404):
        report(seen, request, "gore", "")
    assert not Flag.objects.exists()


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
    assert Notice.objects.get().person.username == "bob", "its owner hears nothing"


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


def test_taking_back_that_it_may_stay_does_not_bring_back_what_another_took_down(
    picture: Picture, bobs: Client, client: Client, mo: User
) -> None:
    bobs.post(address(picture), FORM)
    kept = Flag.objects.get()
    moderation.approve(kept, mo)
    client.post(address(picture), FORM)
    moderation.reject(Flag.objects.exclude(pk=kept.pk).get(), a_user("mara", "moderator"))
    moderation.take_back(kept, mo)
    picture.refresh_from_db()
    assert not picture.is_shown
    assert shown(picture) != picture


def test_what_its_owner_has_chosen_since_stays_in_place(picture: Picture, bobs: Client, mo: User) -> None:
    flag = rejected(picture, bobs, mo)
    newer = a_picture(picture.place, "thumbnail", "gold")
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


def test_a_moderator_reads_all_reports_of_a_picture_but_not_who_sent_them(
    picture: Picture, bobs: Client, client: Client, as_user: Callable[[User], Client]
) -> None:
    bobs.post(address(picture), FORM)
    client.post(address(picture), {"category": "hate", "words": "It mocks my people."})
    desk = words(as_user(a_user("mara", "moderator", is_staff=True)).get(reverse("admin:generation_flag_desk")))
    for said in ("Cruelty That is no lake.", "Hatred It mocks my people.", "2 of accounts: 1", "Picture thumbnail"):
        assert said in desk
    assert desk.count("That is no lake.") == 1
    assert "bob" not in desk
    assert Flag.objects.get().what == "A walk by the lake"


def test_the_owner_never_reads_the_reports(picture: Picture, alices: Client, bobs: Client, mo: User) -> None:
    flag = rejected(picture, bobs, mo)
    page = words(alices.get(reverse("held_one", args=[flag.pk])))
    assert "Cruelty" in page
    assert "That is no lake." not in page
    assert "bob" not in page


def test_moderators_report_only_what_is_published(picture: Picture, alice: User, mos: Client) -> None:
    assert mos.get(address(picture)).status_code == 200
    private = a_picture(a_video(a_channel(alice)), "thumbnail")
    former = Picture.objects.filter(video=picture.video).exclude(pk=picture.pk).get()
    for other in (private, former):
        assert mos.post(address(other), FORM).status_code == 404
    assert not Flag.objects.exists()


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("192.0.2.7", "192.0.2.8", False),
        ("2001:db8:0:1::1", "2001:db8:0:1:ffff::2", True),
        ("2001:db8:0:1::1", "2001:db8:0:2::1", False),
        ("::ffff:192.0.2.7", "192.0.2.7", True),
        ("", "unknown", False),
    ],
)
def test_who_is_not_logged_in_counts_once_for_each_address(
    picture: Picture, client: Client, one: str, other: str, same: bool
) -> None:
    for told in (one, other):
        assert client.post(address(picture), FORM, REMOTE_ADDR=told).status_code == 302
    assert Report.objects.count() == (1 if same else 2)


def test_behind_a_proxy_nobody_makes_up_an_address(picture: Picture, client: Client, settings: Settings) -> None:
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    for made_up in ("198.51.100.1", "198.51.100.2"):
        client.post(
            address(picture), FORM, REMOTE_ADDR="127.0.0.1", headers={"X-Forwarded-For": f"{made_up}, 192.0.2.7"}
        )
    assert Report.objects.count() == 1


@pytest.mark.parametrize(
    ("reject", "told"), [(True, "A moderator took down what you had reported"), (False, "it may stay")]
)
def test_who_reported_it_is_told_what_became_of_it(
    picture: Picture, bobs: Client, client: Client, bob: User, mo: User, reject: bool, told: str
) -> None:
    for visitor in (bobs, client):
        visitor.post(address(picture), FORM)
    (moderation.reject if reject else moderation.approve)(Flag.objects.get(), mo)
    notice = Notice.objects.get(person=bob)
    assert told in notice.text
    assert "A walk by the lake" in notice.text
    assert bobs.get(notice.link).status_code == 200
    assert Notice.objects.exclude(person=bob).count() == (1 if reject else 0)


def test_who_reported_it_hears_when_an_appeal_brings_it_back(
    picture: Picture, bobs: Client, bob: User, mo: User, alice: User
) -> None:
    flag = rejected(picture, bobs, mo)
    moderation.appeal(flag, alice, "It is a lake.")
    moderation.decide_appeal(flag, a_user("mara", "moderator"), grant=True)
    assert list(Notice.objects.filter(person=bob).order_by("created_at").values_list("code", flat=True)) == [
        "report_heard",
        "report_kept",
    ]
    assert shown(picture) == picture


def test_many_who_reported_it_are_told_with_as_many_queries_as_few(picture: Picture, alice: User, mo: User) -> None:
    counts = []
    for number in (1, 20):
        flag = moderation.raise_flag(picture, Flag.Kind.REPORT, alice, Flag.Reason.REPORTED)
        people = [a_user(f"of-{number}-{count}") for count in range(number)]
        Report.objects.bulk_create(
            Report(picture=picture, flag=flag, visitor=person.username, person=person) for person in people
        )
        with CaptureQueriesContext(connection) as asked:
            moderation.approve(flag, mo)
        counts.append(len(asked))
        assert Notice.objects.filter(person__in=people, code="report_kept", mail="waits").count() == number
    assert counts[1] <= counts[0], "the first also asks what the moderator may do"


@pytest.fixture
def reported_by(picture: Picture, as_user: Callable[[User], Client]) -> Callable[..., None]:
    """Have accounts of these names report it."""

    def by_all(*names: str) -> None:
        for name in names:
            assert as_user(a_user(name)).post(address(picture), FORM).status_code == 302

    return by_all


def test_what_many_accounts_report_is_hidden_until_somebody_decides(
    picture: Picture,
    settings: Settings,
    alice: User,
    alices: Client,
    client: Client,
    mo: User,
    reported_by: Callable[..., None],
) -> None:
    settings.REPORTS_TO_HIDE = 2
    reported_by("carl")
    client.post(address(picture), FORM)
    assert shown(picture) == picture, "who is not logged in does not count"
    reported_by("dora")
    file = reverse("picture_file", args=[picture.pk])
    assert shown(picture) != picture
    assert alices.get(file).status_code == client.get(file).status_code == 404
    assert Notice.objects.get(person=alice).code == "held"
    assert "A walk by the lake" in words(alices.get(reverse("held")))
    moderation.approve(Flag.objects.get(), mo)
    assert shown(picture) == picture
    assert client.get(file).status_code == 200
    assert set(Notice.objects.filter(person=alice).values_list("code", flat=True)) == {"held", "approved"}
    acts = ModerationAct.objects.order_by("id").values_list("act", flat=True)
    assert list(acts) == ["flagged", "hidden", "approved"]
    reported_by("emil")
    assert shown(picture) == picture, "what was decided is not counted again"


def test_what_was_hidden_and_is_open_again_is_hidden_again(
    picture: Picture, settings: Settings, mo: User, reported_by: Callable[..., None]
) -> None:
    settings.REPORTS_TO_HIDE = 1
    reported_by("carl")
    flag = Flag.objects.get()
    for decide, there in ((moderation.approve, True), (moderation.reject, False)):
        decide(flag, mo)
        assert (shown(picture) == picture) is there
        moderation.take_back(flag, mo)
        assert shown(picture) != picture
    moderation.approve(flag, mo)
    assert shown(picture) == picture


def test_what_is_hidden_is_not_seen_as_the_painted_picture_that_it_was_either(
    alice: User, alices: Client, bobs: Client, settings: Settings, mo: User
) -> None:
    settings.REPORTS_TO_HIDE = 1
    image = an_image(a_request(a_video(a_channel(alice, published=True), published=True), state=State.DONE))
    picture = image.apply()
    bobs.post(address(picture), FORM)
    flag, file = Flag.objects.get(), reverse("image_file", args=[image.pk])
    image.refresh_from_db()
    assert (alices.get(file).status_code, image.status, moderation.flag_of(image)) == (404, "held", flag)
    moderation.approve(flag, mo)
    assert alices.get(file).status_code == 200
    moderation.take_back(flag, mo)
    assert alices.get(file).status_code == 404
    moderation.reject(flag, mo)
    image.refresh_from_db()
    assert image.status == "rejected"


def test_nothing_is_hidden_unless_the_operator_says_so(picture: Picture, reported_by: Callable[..., None]) -> None:
    reported_by("carl", "dora", "emil")
    assert shown(picture) == picture
