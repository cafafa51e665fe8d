"""Many who report at once on PostgreSQL: each counts once, nobody too often, and one flag holds them all."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import pytest
from django.contrib.auth.models import AnonymousUser
from django.http import Http404
from django.test import RequestFactory

from channels_app.models import Picture, Video
from channels_app.models.picture import put_back, take_down
from generation.models import Flag, ModerationAct, Report
from generation.reports import MOST, report
from imagecreator.errors import ExpectedError
from tests.live.on_postgres.crowd import together
from tests.rows import a_channel, a_picture, a_user, a_video

if TYPE_CHECKING:
    from django.contrib.auth.models import User
    from django.http import HttpRequest
    from pytest_django import Settings

pytestmark = pytest.mark.django_db(transaction=True)


def asked_by(user: User | None = None) -> HttpRequest:
    request = RequestFactory().post("/", REMOTE_ADDR="192.0.2.7")
    request.user = user or AnonymousUser()
    return request


@pytest.fixture
def thumbnails(alice: User) -> list[Picture]:
    channel = a_channel(alice, published=True)
    return [a_picture(a_video(channel, published=True), "thumbnail") for _ in range(MOST + 6)]


@pytest.mark.parametrize("logged_in", [True, False])
def test_nobody_gets_past_the_limit_by_being_quick(thumbnails: list[Picture], bob: User, logged_in: bool) -> None:
    request = asked_by(bob if logged_in else None)
    raised = together(*(partial(report, picture, request, "gore", "") for picture in thumbnails))
    assert [type(problem) for problem in raised] == [ExpectedError] * 6
    assert Report.objects.count() == Flag.objects.count() == MOST


def test_reports_at_once_are_one_flag_and_hide_it_once(thumbnails: list[Picture], settings: Settings) -> None:
    settings.REPORTS_TO_HIDE = 5
    picture = thumbnails[0]
    twice = [a_user(f"reporter{number}") for number in range(8)] * 2
    late = together(*(partial(report, picture, asked_by(user), "gore", "") for user in twice))
    assert {type(problem) for problem in late} == {Http404}, "what is hidden is not reported any more"
    flag = Flag.objects.get()
    assert (flag.times, flag.reports.count(), flag.hidden) == (5, 5, True)
    assert ModerationAct.objects.filter(act="hidden").count() == 1
    assert Video.objects.get(pk=picture.video_id).thumbnail is None


def test_what_is_taken_down_while_it_is_put_back_is_not_in_place(thumbnails: list[Picture]) -> None:
    for picture in thumbnails:
        newer = a_picture(picture.place, "thumbnail")
        jobs = [partial(put_back, picture), partial(take_down, picture), partial(take_down, newer)]
        assert all(isinstance(problem, ExpectedError) for problem in together(*jobs))
        assert Video.objects.get(pk=picture.video_id).thumbnail is None
