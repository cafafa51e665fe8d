"""Notices: whose they are, what they say in whose language, and e-mails that are sent once and tried again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from django.core import mail
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import override

from channels_app.models import Notice
from channels_app.models.notice import SENTENCES, tell
from channels_app.post import MOST_TRIES, send_waiting
from tests.look import words
from tests.rows import PASSWORD

if TYPE_CHECKING:
    from django.contrib.auth.models import User


def test_a_notice_is_its_persons_and_leads_somewhere(alice: User, alices: Client, bobs: Client) -> None:
    notice = tell(alice, "approved", "/held/", what="a <b>lake")
    page = alices.get(reverse("notices"))
    assert "A moderator allowed this: a <b>lake" in words(page)
    assert "Notices: 1 new" in page.content.decode()
    address = reverse("notice_open", args=[notice.pk])
    assert bobs.post(address).status_code == 404
    assert "a <b>lake" not in words(bobs.get(reverse("notices")))
    assert alices.get(address).status_code == 405
    assert alices.post(address).url == "/held/"
    notice.refresh_from_db()
    assert notice.read_at is not None
    assert "Notices: 0 new" in alices.get(reverse("notices")).content.decode()


def test_all_are_read_at_once(alice: User, bob: User, alices: Client) -> None:
    for person in (alice, alice, bob):
        tell(person, "approved", what=str(Notice.objects.count()))
    alices.post(reverse("notices_read"))
    assert set(Notice.objects.filter(read_at=None).values_list("person", flat=True)) == {bob.pk}


def test_what_is_told_and_not_read_is_not_told_twice(alice: User) -> None:
    first = tell(alice, "held", "/x/", what="a lake")
    assert tell(alice, "held", "/x/", what="a lake") == first
    assert tell(alice, "held", "/y/", what="a lake") != first
    Notice.objects.update(read_at=timezone.now())
    assert tell(alice, "held", "/x/", what="a lake") != first


@pytest.mark.parametrize("code", SENTENCES)
def test_each_sentence_is_in_both_languages(code: str) -> None:
    notice = Notice(code=code, values={"what": "a lake"})
    with override("ru"):
        russian = notice.text
    assert notice.text != russian
    assert "%" not in notice.text + russian


def test_it_is_mailed_once_in_the_language_of_the_person(alice: User, settings: Any) -> None:
    settings.SITE_ADDRESS = "https://images.example"
    alice.profile.language = "ru"
    alice.profile.save()
    tell(alice, "approved", "/held/", what="озеро\nBcc: x@example.org")
    assert [send_waiting(), send_waiting()] == [1, 0]
    (letter,) = mail.outbox
    assert letter.to == [alice.email]
    assert letter.subject == "Image Creator: новости для вас"
    assert "Модератор разрешил это: озеро" in letter.body
    assert "https://images.example/held/" in letter.body
    assert Notice.objects.get().mail == "sent"


def test_who_wants_none_or_has_no_address_gets_none(alice: User, bob: User) -> None:
    alice.profile.wants_mail = False
    alice.profile.save()
    bob.email = ""
    bob.save()
    tell(alice, "approved", what="x")
    tell(bob, "approved", what="x")
    assert send_waiting() == 0
    assert mail.outbox == []


def test_a_mail_server_that_is_away_is_tried_again_and_given_up_at_last(
    alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    tell(alice, "approved", what="x")

    def away(*_args: object, **_kwargs: object) -> None:
        raise ConnectionRefusedError

    monkeypatch.setattr("django.core.mail.backends.locmem.EmailBackend.send_messages", away)
    for tried in range(1, MOST_TRIES + 1):
        assert send_waiting() == 0
        notice = Notice.objects.get()
        assert notice.mail_tries == tried
        assert notice.mail_at > timezone.now()
        assert send_waiting() == 0, "not before its time"
        assert Notice.objects.get().mail_tries == tried
        Notice.objects.update(mail_at=timezone.now())
    assert Notice.objects.get().mail == "failed"
    monkeypatch.undo()
    assert send_waiting() == 0


def test_the_profile_has_the_address_and_the_wish(alice: User, alices: Client) -> None:
    page = alices.get(reverse("profile")).content.decode()
    assert f'value="{alice.email}"' in page
    alices.post(reverse("profile"), {"display_name": "Alice", "about": "", "email": "new@example.org"})
    alice.refresh_from_db()
    alice.profile.refresh_from_db()
    assert (alice.email, alice.profile.wants_mail) == ("new@example.org", False)
    answer = alices.post(reverse("profile"), {"display_name": "Alice", "email": "no address"})
    assert answer.status_code == 200
    alice.refresh_from_db()
    assert alice.email == "new@example.org"


def test_mails_are_in_the_browsers_language_until_another_is_chosen(alice: User, client: Client) -> None:
    form = {"username": alice.username, "password": PASSWORD}
    client.post(reverse("login"), form, headers={"Accept-Language": "ru-RU"})
    alice.profile.refresh_from_db()
    assert alice.profile.language == "ru"
    client.post(reverse("set_language"), {"language": "en", "next": "/"})
    Client().post(reverse("login"), form, headers={"Accept-Language": "ru-RU"})
    alice.profile.refresh_from_db()
    assert alice.profile.language == "en"


def test_the_language_of_the_site_is_that_of_the_mails(alice: User, alices: Client) -> None:
    alices.post(reverse("set_language"), {"language": "ru", "next": "/"})
    alice.profile.refresh_from_db()
    assert alice.profile.language == "ru"
    alices.post(reverse("set_language"), {"language": "xx", "next": "/"})
    alice.profile.refresh_from_db()
    assert alice.profile.language == "ru"


def test_without_notices_the_page_says_so(alices: Client) -> None:
    assert "No notices" in words(alices.get(reverse("notices")))
