"""Accounts in the admin: moderators keep somebody out and let them in, which is told and stands in the log."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from django.contrib.auth.models import User
from django.urls import reverse

from channels_app.models import Notice
from generation.models import GenerationRequest, ModerationAct
from imagecreator.queue.states import State
from tests.look import words
from tests.rows import a_request, a_user

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.test import Client

    from channels_app.models import Video

LIST = "admin:auth_user_changelist"


def act(client: Client, action: str, *users: User) -> str:
    form = {"action": action, "_selected_action": [user.pk for user in users]}
    return words(client.post(reverse(LIST), form, follow=True))


def active(user: User) -> bool:
    return User.objects.get(pk=user.pk).is_active


def test_somebody_is_kept_out_and_let_in_again(mos: Client, alice: User, video: Video) -> None:
    waiting = a_request(video)
    assert "1 account was suspended." in act(mos, "suspend_chosen", alice)
    assert not active(alice)
    assert GenerationRequest.objects.get(pk=waiting.pk).state == State.CANCELLED
    assert "suspended." not in act(mos, "suspend_chosen", alice)
    assert "1 account is open again." in act(mos, "restore_chosen", alice)
    assert active(alice)
    acts = ModerationAct.objects.order_by("id").values_list("act", "owner", "by")
    assert list(acts) == [("suspended", "alice", "mo"), ("restored", "alice", "mo")]
    assert set(Notice.objects.filter(person=alice).values_list("code", flat=True)) == {"suspended", "restored"}


def test_nobody_suspends_those_who_work_here_or_themselves(mos: Client, mo: User, db: None) -> None:
    boss = a_user("boss", is_staff=True, is_superuser=True)
    told = act(mos, "suspend_chosen", boss, mo)
    assert "“boss” works here, is you" in told
    assert "“mo” works here, is you" in told
    assert active(boss)
    assert active(mo)


def test_what_an_administrator_closed_no_moderator_opens(mos: Client, alice: User) -> None:
    User.objects.filter(pk=alice.pk).update(is_active=False)
    assert "“alice” works here, is you" in act(mos, "restore_chosen", alice)
    assert not active(alice)


@pytest.mark.parametrize("action", ["suspend_chosen", "restore_chosen", "delete_selected"])
def test_an_operator_does_neither(action: str, as_user: Callable[[User], Client], alice: User) -> None:
    op = as_user(a_user("olga", "operator", is_staff=True))
    assert action not in op.get(reverse(LIST)).content.decode()
    act(op, action, alice)
    assert active(alice)
    User.objects.filter(pk=alice.pk).update(is_active=False)
    act(op, action, alice)
    assert not active(alice)
