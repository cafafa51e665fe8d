"""Accounts: signing up, logging in and out, the password, and what a person shows of themselves."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from tests.look import page, words
from tests.rows import PASSWORD, a_user

if TYPE_CHECKING:
    from django.test.client import _MonkeyPatchedWSGIResponse as Answer

NEW_PASSWORD = "a lake at sunrise, 1974"


def sign_up(username: str, password: str, again: str | None = None) -> tuple[Client, Answer]:
    client = Client()
    form = {"username": username, "password1": password, "password2": password if again is None else again}
    return client, client.post(reverse("signup"), form)


def log_in(username: str, password: str, client: Client | None = None) -> Answer:
    return (client or Client()).post(reverse("login"), {"username": username, "password": password})


def is_inside(client: Client) -> bool:
    return client.get(reverse("profile")).status_code == 200


def test_signing_up_makes_an_account_with_a_profile_and_logs_in(db: None) -> None:
    client, answer = sign_up("carol", NEW_PASSWORD)
    assert answer["Location"] == reverse("home")
    assert User.objects.get(username="carol").profile.display_name == "carol"
    home = words(client.get(reverse("home")))
    assert "Welcome! Make your first channel to begin." in home
    assert "Log out" in home
    assert is_inside(client)


def test_who_was_suspended_is_told_and_nobody_else(alice: User) -> None:
    User.objects.filter(pk=alice.pk).update(is_active=False)
    told = "This account was suspended."
    client = Client()
    assert told in words(log_in("alice", PASSWORD, client))
    assert not is_inside(client)
    assert told not in words(log_in("alice", "not my password"))
    assert told not in words(log_in("nobody", PASSWORD))


@pytest.mark.parametrize(
    ("username", "password", "again", "sentence"),
    [
        ("carol", "short", None, "too short"),
        ("carol", "password123", None, "too common"),
        ("carolina", "carolina1", None, "too similar to the username"),
        ("carol", NEW_PASSWORD, "something else", "match"),
        ("alice", NEW_PASSWORD, None, "already exists"),
        ("ALICE", NEW_PASSWORD, None, "already exists"),
        ("ca rol", NEW_PASSWORD, None, "valid username"),
        ("c" * 151, NEW_PASSWORD, None, "at most 150 characters"),
        ("", NEW_PASSWORD, None, "required"),
        ("carol", "", None, "required"),
    ],
)
def test_what_is_wrong_with_a_sign_up_is_said(
    alice: User, username: str, password: str, again: str | None, sentence: str
) -> None:
    client, answer = sign_up(username, password, again)
    assert answer.status_code == 200
    assert any(sentence in problem for problem in page(answer).problems), page(answer).problems
    assert page(answer).form(having="password1").fields["username"] == username
    assert User.objects.count() == 1
    assert not is_inside(client)


def test_a_password_is_never_written_into_a_page(alice: User) -> None:
    assert NEW_PASSWORD not in sign_up("alice", NEW_PASSWORD)[1].content.decode()


@pytest.mark.parametrize("name", ["signup", "login"])
def test_who_is_inside_already_is_led_to_the_first_page(alices: Client, name: str) -> None:
    assert alices.get(reverse(name))["Location"] == reverse("home")


def test_an_account_that_was_made_in_the_shell_has_a_profile_too(db: None) -> None:
    user = a_user("dora", first_name="Dora", last_name="Marquez")
    assert user.profile.display_name == "Dora Marquez"


def test_logging_in_and_out(alice: User) -> None:
    client = Client()
    assert log_in("alice", PASSWORD, client)["Location"] == reverse("home")
    assert is_inside(client)
    assert client.post(reverse("logout"))["Location"] == reverse("home")
    assert not is_inside(client)
    assert "Log in" in words(client.get(reverse("home")))


@pytest.mark.parametrize(("username", "password"), [("alice", "wrong"), ("nobody", PASSWORD), ("", "")])
def test_a_wrong_name_or_password_lets_nobody_in(alice: User, username: str, password: str) -> None:
    client = Client()
    answer = log_in(username, password, client)
    assert answer.status_code == 200
    assert page(answer).problems
    assert not is_inside(client)


def test_an_account_that_was_closed_lets_nobody_in(alice: User) -> None:
    User.objects.update(is_active=False)
    assert page(log_in("alice", PASSWORD)).problems


def test_logging_in_leads_to_where_one_wanted_to_go_but_never_off_the_site(alice: User) -> None:
    form = {"username": "alice", "password": PASSWORD}
    asked = Client().get(reverse("requests"))["Location"]
    assert Client().post(asked, form)["Location"] == reverse("requests")
    for evil in ("https://evil.example/", "//evil.example/", "javascript:alert(1)"):
        assert Client().post(reverse("login") + "?next=" + evil, form)["Location"] == reverse("home")


def test_looking_at_the_address_of_log_out_logs_nobody_out(alices: Client) -> None:
    assert alices.get(reverse("logout")).status_code == 405
    assert is_inside(alices)


def change_password(client: Client, old: str, new: str) -> Answer:
    form = {"old_password": old, "new_password1": new, "new_password2": new}
    return client.post(reverse("password_change"), form)


def test_changing_the_password_keeps_one_inside_and_only_the_new_one_counts(alices: Client) -> None:
    answer = change_password(alices, PASSWORD, NEW_PASSWORD)
    assert answer["Location"] == reverse("password_change_done")
    assert alices.get(reverse("password_change_done")).status_code == 200
    assert is_inside(alices)
    assert log_in("alice", PASSWORD).status_code == 200
    assert log_in("alice", NEW_PASSWORD).status_code == 302


def test_other_browsers_are_logged_out_when_the_password_changes(alices: Client) -> None:
    elsewhere = Client()
    log_in("alice", PASSWORD, elsewhere)
    change_password(alices, PASSWORD, NEW_PASSWORD)
    assert not is_inside(elsewhere)


@pytest.mark.parametrize(("old", "new"), [("wrong", NEW_PASSWORD), (PASSWORD, "short"), (PASSWORD, "12345678")])
def test_a_password_is_not_changed_without_the_old_one_nor_to_a_weak_one(alices: Client, old: str, new: str) -> None:
    assert page(change_password(alices, old, new)).problems
    assert log_in("alice", PASSWORD).status_code == 302


def test_the_profile_keeps_what_can_be_seen(alices: Client, alice: User) -> None:
    form = {"display_name": " Alice\u202e \x07the\tFirst 🎬 ", "about": "One\r\n\r\n\r\n\r\nTwo <b>three</b>"}
    assert alices.post(reverse("profile"), form)["Location"] == reverse("profile")
    alice.profile.refresh_from_db()
    assert (alice.profile.display_name, alice.profile.about) == ("Alice the First 🎬", "One\n\nTwo <b>three</b>")
    again = alices.get(reverse("profile"))
    assert "Your profile was saved." in words(again)
    assert page(again).form(having="about").fields["about"] == "One\n\nTwo <b>three</b>"


@pytest.mark.parametrize(
    ("name", "about"), [("", "x"), (" \u200e\u202e ", "x"), ("n" * 101, "x"), ("Alice", "a" * 2001)]
)
def test_a_profile_without_a_name_or_with_too_much_text_is_not_saved(
    alices: Client, alice: User, name: str, about: str
) -> None:
    answer = alices.post(reverse("profile"), {"display_name": name, "about": about})
    assert answer.status_code == 200
    assert page(answer).problems
    alice.profile.refresh_from_db()
    assert (alice.profile.display_name, alice.profile.about) == ("alice", "")
