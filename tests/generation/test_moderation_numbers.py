"""Moderation in numbers: counted from the log and the flags, for those who may see them."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from generation import moderation
from generation.admin.numbers import numbers
from generation.models import Flag, Rule
from tests.generation.asking import ask
from tests.look import words
from tests.rows import a_picture, a_request, a_rule, a_user

if TYPE_CHECKING:
    from collections.abc import Callable

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
    assert rows["Held for a moderator"] == [3, 4, 4]
    assert rows["Approved by a moderator"] == [1, 1, 1]
    assert rows["Approved after an appeal"] == [1, 1, 1]
    assert rows["Rejected by a moderator"] == [1, 1, 1], "whatever came of the appeal"
    assert [row.key for row in found.rules] == ["ours", "nudity"]
    assert [row.hits for row in found.rules] == [[3, 3, 3], [0, 1, 1]]
    assert found.waiting == 2
    wait = found.waits[0]
    assert wait is not None
    assert 19 <= wait.total_seconds() <= 25


def row_of(label: str) -> int:
    """The count of the last 24 hours."""
    return {str(name): counts for name, counts in numbers().rows}[label][0]


def test_what_is_reported_is_not_held(video: Video) -> None:
    moderation.raise_flag(a_picture(video, "thumbnail"), "report", video.owner, "reported")
    assert (row_of("Reported pictures"), row_of("Held for a moderator")) == (1, 0)
    assert numbers().waiting == 1


def test_what_a_rule_refused_at_once_is_not_held_and_no_moderator_rejected_it(alices: Client, video: Video) -> None:
    assert ask(alices, video, prompt="a nude woman").status_code == 200
    counted = [
        row_of(label) for label in ("Refused at once by a rule", "Held for a moderator", "Rejected by a moderator")
    ]
    assert counted == [1, 0, 0]
    flag = Flag.objects.get()
    moderation.appeal(flag, video.owner, "a statue")
    moderation.decide_appeal(flag, a_user("mara", "moderator"), grant=True)
    labels = (
        "Refused at once by a rule",
        "Approved after an appeal",
        "Approved by a moderator",
        "Rejected by a moderator",
    )
    assert [row_of(label) for label in labels] == [1, 1, 0, 0]
    assert numbers().waits == [None] * 3, "nobody had to decide before it was refused"


def test_what_was_taken_back_has_not_happened(history: None, mo: User) -> None:
    before = numbers()
    flag = Flag.objects.filter(state="open").latest("created_at")
    for _ in range(2):
        moderation.reject(flag, mo)
        moderation.take_back(flag, mo)
    after = numbers()
    assert (after.rows, after.waits, after.waiting) == (before.rows, before.waits, before.waiting)


def test_a_suspension_that_was_taken_back_has_not_happened_and_one_that_ended_has(video: Video, mo: User) -> None:
    for count in (0, 1):
        flag = moderation.raise_flag(None, "text", video.owner, "rule")
        moderation.reject_and_suspend(flag, mo)
        if count:
            moderation.restore(User.objects.get(pk=video.owner.pk), mo)
        else:
            moderation.take_back(Flag.objects.get(pk=flag.pk), mo)
        assert row_of("Owners suspended") == count


def test_an_appeal_waits_from_when_it_was_made(video: Video, mo: User) -> None:
    flag = moderation.raise_flag(None, "text", video.owner, "rule")
    Flag.objects.filter(pk=flag.pk).update(created_at=timezone.now() - timedelta(days=2))
    moderation.reject(flag, mo)
    assert (numbers().waiting, numbers().oldest) == (0, None)
    moderation.appeal(flag, video.owner, "please")
    assert (numbers().waiting, numbers().oldest) == (1, flag.appealed_at)
    older = moderation.raise_flag(None, "text", video.owner, "rule")
    Flag.objects.filter(pk=older.pk).update(created_at=timezone.now() - timedelta(hours=1))
    older.refresh_from_db()
    assert (numbers().waiting, numbers().oldest) == (2, older.created_at)


def test_a_note_is_one_hit_though_it_is_taken_again_by_the_worker(video: Video) -> None:
    a_rule("green lake", action="note")
    for _ in range(2):
        request = a_request(video, prompt="a green lake")
        moderation.queue_or_hold(request)
        moderation.refuse_or_hold(request)
    assert Flag.objects.count() == 4
    assert [(row.key, row.hits) for row in numbers().rules] == [("ours", [2, 2, 2])]
    assert (row_of("Held for a moderator"), numbers().waiting) == (0, 0)


def test_numbers_outlive_moderator_owner_and_rule(history: None, video: Video, mo: User) -> None:
    before = numbers()
    mo.delete()
    video.owner.delete()
    Rule.objects.filter(key="ours").delete()
    after = numbers()
    assert (after.rows, after.waits) == (before.rows, before.waits)
    assert next((row.key, row.rule, row.hits) for row in after.rules) == ("ours", None, before.rules[0].hits)


def test_many_flags_cost_as_many_queries_as_few(video: Video) -> None:
    counts = []
    for number in (1, 20):
        for _ in range(number):
            moderation.raise_flag(None, "text", video.owner, "rule", rule=Rule.objects.get(key="nudity"))
        with CaptureQueriesContext(connection) as asked:
            numbers()
        counts.append(len(asked))
    assert counts[0] == counts[1] < 10


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
