"""The log of moderation: what each row says, and that the site's own code has no way to change it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from asgiref.sync import async_to_sync
from django.db import IntegrityError
from django.urls import reverse
from django.utils.translation import override

from generation import moderation
from generation.models import Flag, GenerationRequest, ModerationAct, Rule
from generation.models.act import AppendOnly
from tests.generation.asking import RUSSIAN
from tests.look import words
from tests.rows import a_request, a_rule, a_user

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.contrib.auth.models import User
    from django.test import Client

    from channels_app.models import Video


@pytest.fixture
def flag(video: Video) -> Flag:
    """Of held words of Alice's."""
    a_rule("green lake", action="hold", category="hate")
    moderation.queue_or_hold(a_request(video, prompt="a green lake"))
    return Flag.objects.get()


def test_each_act_says_who_did_what_to_what_and_why(flag: Flag, mo: User, alice: User) -> None:
    mara = a_user("mara", "moderator")
    moderation.reject(flag, mo, "no lakes")
    moderation.take_back(flag, mo)
    moderation.reject_and_suspend(flag, mo, "enough")
    moderation.restore(alice, mara, "a mistake")
    moderation.appeal(flag, alice, "a real lake")
    moderation.decide_appeal(flag, mara, "so it is", grant=True)
    rows = ModerationAct.objects.order_by("id")
    assert list(rows.values_list("act", "by", "words")) == [
        ("flagged", "", ""),
        ("rejected", "mo", "no lakes"),
        ("reopened", "mo", ""),
        ("rejected", "mo", "enough"),
        ("suspended", "mo", "enough"),
        ("restored", "mara", "a mistake"),
        ("appealed", "alice", "a real lake"),
        ("granted", "mara", "so it is"),
    ]
    assert set(rows.values_list("owner", flat=True)) == {"alice"}
    for row in rows.exclude(act="restored"):
        assert (row.flag_id, row.rule_key, row.category) == (flag.pk, "ours", "hate")
        assert row.what == "a green lake"
        assert (row.detail["kind"], row.detail["reason"], row.detail["term"]) == ("text", "rule", "green lake")
        assert row.detail["words"][0] == {"field": "prompt", "text": "a green lake"}


def test_it_reads_the_same_whoever_acted_in_which_language(
    flag: Flag, mo: User, as_user: Callable[[User], Client]
) -> None:
    with override("ru"):
        moderation.reject(flag, mo)
    log = reverse("admin:generation_moderationact_changelist")
    assert words(as_user(mo).get(log)).count("Text a green lake") == 2
    assert words(as_user(mo).get(log, **RUSSIAN)).count("Текст a green lake") == 2


def test_a_row_is_not_written_over_another(flag: Flag) -> None:
    there = ModerationAct.objects.get()
    with pytest.raises(IntegrityError):
        ModerationAct(pk=there.pk, act="approved", words="forged").save()


def test_no_other_row_of_the_site_can_take_one_along() -> None:
    assert [field.name for field in ModerationAct._meta.get_fields() if field.is_relation] == []


def test_what_is_waited_for_changes_it_no_more_than_what_is_not(flag: Flag) -> None:
    rows = ModerationAct.objects.all()
    with pytest.raises(AppendOnly):
        async_to_sync(rows.aupdate)(words="forged")
    with pytest.raises(AppendOnly):
        async_to_sync(rows.adelete)()


def test_an_ordered_or_sliced_query_changes_it_no_more_than_a_plain_one(flag: Flag) -> None:
    rows = ModerationAct.objects.filter(act="flagged").order_by("at")
    for change in (
        rows.delete,
        lambda: rows.update(words="forged"),
        lambda: rows.update_or_create(defaults={"by": "x"}),
    ):
        with pytest.raises(AppendOnly):
            change()
    assert ModerationAct.objects.get().by == ""


def test_it_stays_when_all_that_it_speaks_of_is_gone(flag: Flag, mo: User, alice: User) -> None:
    moderation.reject(flag, mo, "no")
    before = list(ModerationAct.objects.values())
    GenerationRequest.objects.all().delete()
    Rule.objects.all().delete()
    Flag.objects.all().delete()
    for person in (alice, mo):
        person.delete()
    assert list(ModerationAct.objects.values()) == before
    assert len(before) == 2
