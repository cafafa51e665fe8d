"""Moderation in numbers: counted from the log and the flags, for those who may see them."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from django.urls import reverse
from django.utils import timezone

from generation import moderation
from generation.admin.numbers import numbers
from generation.models import Flag, Rule
from tests.look import words
from tests.rows import a_request, a_rule, a_user

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.contrib.auth.models import User
    from django.test import Client

    from channels_app.models import Video

PAGE = reverse("admin:generation_flag_numbers")


@pytest.fixture
def history(video: Video, mo: User) -> None:
    """Three held texts: approved after 10 s, rejected after 30 s and granted on appeal, and one that waits; one old."""
    a_rule("green lake", action="hold")
    for number, seconds in enumerate((10, 30, 0)):
        moderation_of(a_request(video, prompt=f"a green lake {number}"))
        flag = Flag.objects.latest("created_at")
        if seconds:
            Flag.objects.filter(pk=flag.pk).update(created_at=timezone.now() - timedelta(seconds=seconds))
            (moderation.approve if seconds == 10 else moderation.reject)(flag, mo)
        if seconds == 30:
            moderation.appeal(flag, video.owner, "please")
            moderation.decide_appeal(flag, a_user("mara", "moderator"), grant=True)
    old = moderation.raise_flag(None, "text", video.owner, "rule", rule=Rule.objects.get(key="nudity"))
    Flag.objects.filter(pk=old.pk).update(created_at=timezone.now() - timedelta(days=3))


def moderation_of(request: object) -> None:
    moderation.queue_or_hold(request)  # type: ignore[arg-type]


def test_acts_waits_and_hits_are_counted_by_period(history: None) -> None:
    found = numbers()
    rows = {str(label): counts for label, counts in found.rows}
    assert rows["Held for a moderator"] == [4, 4, 4]
    assert rows["Approved"] == [1, 1, 1]
    assert rows["Approved after an appeal"] == [1, 1, 1]
    assert [row.key for row in found.rules] == ["ours", "nudity"]
    assert [row.hits for row in found.rules] == [[3, 3, 3], [0, 1, 1]]
    assert found.waiting == 2
    wait = found.waits[0]
    assert wait is not None
    assert 19 <= wait.total_seconds() <= 25


def test_operators_and_moderators_read_them(
    history: None, as_user: Callable[[User], Client], alices: Client, client: Client
) -> None:
    for group in ("operator", "moderator"):
        page = words(as_user(a_user(f"a-{group}", group, is_staff=True)).get(PAGE))
        assert "2 flags wait" in page
        assert "Ours 3 3 3" in page
    for other in (alices, client, as_user(a_user("eve", is_staff=True))):
        assert other.get(PAGE).status_code in (302, 403)


def test_without_anything_it_says_so(as_user: Callable[[User], Client], db: None) -> None:
    page = words(as_user(a_user("olga", "operator", is_staff=True)).get(PAGE))
    assert "No rule hit within 30 days." in page
