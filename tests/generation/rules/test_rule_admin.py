"""The rules in the admin: who may write them, and the box in which one is tried before it is in force."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from django.urls import reverse

from generation.models import Rule
from tests.look import words
from tests.rows import a_channel, a_request, a_rule, a_user, a_video

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.contrib.auth.models import User
    from django.test import Client

TRY = {"terms": "green lake", "together": "", "within": "0", "exceptions": "green lake house", "action": "hold"}


@pytest.fixture
def moderator(db: None, as_user: Callable[[User], Client]) -> Client:
    return as_user(a_user("mara", "moderator", is_staff=True))


@pytest.fixture
def asked(alice: User) -> None:
    video = a_video(a_channel(alice))
    for prompt in ("a green lake", "a Gr33n  lаke at dawn", "a green lake house", "a red lake", "<b>green lake</b>"):
        a_request(video, prompt=prompt, negative="clothes" if "red" in prompt else "")


def tried(client: Client, **more: str) -> str:
    answer = client.post(reverse("admin:generation_rule_try"), TRY | {"category": "other"} | more)
    assert answer.status_code == 200
    assert b"<b>green" not in answer.content
    return words(answer)


def test_a_rule_is_tried_on_the_latest_prompts_and_nothing_is_stored(moderator: Client, asked: None) -> None:
    before = Rule.objects.count()
    page = tried(moderator)
    assert "In the last 5 prompts" in page
    assert "3 hits" in page
    assert "Gr33n lаke" in page
    assert Rule.objects.count() == before


def test_a_rule_for_negative_prompts_is_tried_on_those(moderator: Client, asked: None) -> None:
    page = tried(moderator, terms="clothes", negative="on")
    assert "1 hit" in page


def test_a_text_can_be_tried(moderator: Client) -> None:
    assert "No hit" in tried(moderator, try_text="a red lake")
    assert "see a g.r.e.e.n lake now" in tried(moderator, try_text="see a g.r.e.e.n lake now")


def test_what_cannot_be_read_is_told(moderator: Client) -> None:
    page = tried(moderator, terms="ab~")
    assert "at least three letters stand before ~" in page


def test_moderators_write_rules_and_operators_read_them(
    moderator: Client, as_user: Callable[[User], Client], alices: Client
) -> None:
    operator = as_user(a_user("olga", "operator", is_staff=True))
    add = reverse("admin:generation_rule_add")
    assert moderator.get(add, {"terms": "a lake", "key": "lakes"}).status_code == 200
    assert b"a lake" in moderator.get(add, {"terms": "a lake"}).content
    form = TRY | {"key": "lakes", "name_en": "Lakes", "category": "other", "active": "on"}
    assert moderator.post(add, form).status_code == 302
    row = Rule.objects.get(key="lakes")
    change = reverse("admin:generation_rule_change", args=[row.pk])
    assert operator.get(change).status_code == 200
    for client in (operator, alices):
        assert client.get(add).status_code in (302, 403)
        assert client.post(change, form | {"terms": "x"}).status_code in (302, 403)
        assert client.post(reverse("admin:generation_rule_try"), TRY).status_code in (302, 403)
    row.refresh_from_db()
    assert row.terms == "green lake"


def test_what_ships_is_switched_off_and_not_deleted(as_user: Callable[[User], Client], db: None) -> None:
    boss = as_user(a_user("boss", is_staff=True, is_superuser=True))
    shipped, own = Rule.objects.get(key="nudity"), a_rule("lake")
    delete = "admin:generation_rule_delete"
    assert boss.get(reverse(delete, args=[shipped.pk])).status_code == 403
    assert boss.get(reverse(delete, args=[own.pk])).status_code == 200
