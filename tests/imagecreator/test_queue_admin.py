"""Quotas and workers in the admin: what an operator may set and see, and that nobody else may."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from django.contrib.auth.models import Group
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from generation.models import GenerationRequest
from imagecreator.queue.models import Quota, Worker
from imagecreator.queue.states import State
from tests.look import words
from tests.rows import a_request, a_user, a_video

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.contrib.auth.models import User
    from django.test import Client

    from channels_app.models import Channel, Video

QUOTAS, WORKERS = "admin:queue_quota_changelist", "admin:queue_worker_changelist"
EMPTY = {"person": "", "group": "", "running": "", "queued": "", "daily": ""}


@pytest.fixture
def op(db: None, as_user: Callable[[User], Client]) -> Client:
    """An operator's browser."""
    return as_user(a_user("olga", "operator", is_staff=True))


def add(client: Client, **fields: object) -> int:
    return client.post(reverse("admin:queue_quota_add"), EMPTY | fields).status_code


def test_an_operator_gives_changes_and_takes_a_quota(op: Client, alice: User) -> None:
    assert add(op, person=alice.pk, daily=9) == 302
    quota = Quota.objects.get()
    assert (quota.person, quota.group, quota.running, quota.queued, quota.daily) == (alice, None, None, None, 9)
    page = reverse("admin:queue_quota_change", args=[quota.pk])
    assert op.post(page, EMPTY | {"person": alice.pk, "queued": 0}).status_code == 302
    quota.refresh_from_db()
    assert (quota.queued, quota.daily) == (0, None), "0 and nothing are two things"
    assert op.post(page.replace("/change/", "/delete/"), {"post": "yes"}).status_code == 302
    assert not Quota.objects.exists()


def test_a_group_has_a_quota_too(op: Client, db: None) -> None:
    group = Group.objects.create(name="painters")
    assert add(op, group=group.pk, daily=500) == 302
    assert "painters" in words(op.get(reverse(QUOTAS)))


def test_the_page_explains_the_numbers_and_asks_for_the_person_by_key(op: Client) -> None:
    answer = op.get(reverse("admin:queue_quota_add"))
    said = words(answer)
    assert "An empty number is the site's; 0 waiting or 0 pictures means that nothing may be asked for." in said
    assert "What failed, was refused, or was cancelled while it waited does not count." in said
    assert "vForeignKeyRawIdAdminField" in answer.content.decode(), "not a list of all people"


@pytest.mark.parametrize("both", [True, False])
def test_a_quota_is_of_a_person_or_of_a_group(op: Client, alice: User, both: bool) -> None:
    fields = {"person": alice.pk, "group": Group.objects.first().pk} if both else {}  # type: ignore[union-attr]
    answer = op.post(reverse("admin:queue_quota_add"), EMPTY | {"daily": 5} | fields)
    assert "Choose a person or a group, one of the two." in words(answer)
    assert "Constraint" not in words(answer)
    assert not Quota.objects.exists()


@pytest.mark.parametrize("fields", [{"daily": -1}, {"daily": "many"}, {"person": 10**6, "daily": 1}])
def test_nonsense_is_refused(op: Client, alice: User, fields: dict[str, object]) -> None:
    assert add(op, **({"person": alice.pk} | fields)) == 200
    assert not Quota.objects.exists()


def test_one_person_has_one_quota(op: Client, alice: User) -> None:
    assert [add(op, person=alice.pk, daily=number) for number in (1, 2)] == [302, 200]
    assert Quota.objects.get().daily == 1


@pytest.mark.parametrize("who", ["mos", "new_staff", "alices", "visitor"])
def test_nobody_else_sees_or_gives_quotas(
    who: str, mos: Client, alices: Client, alice: User, as_user: Callable[[User], Client], client: Client
) -> None:
    browser = {"mos": mos, "alices": alices, "visitor": client}.get(who) or as_user(a_user("new", is_staff=True))
    quota = Quota.objects.create(person=alice, daily=1)
    page = reverse("admin:queue_quota_change", args=[quota.pk])
    shut = 403 if who in ("mos", "new_staff") else 302  # those without the staff mark are asked to log in
    for address in (reverse(QUOTAS), reverse(WORKERS), page, reverse("admin:queue_quota_add")):
        assert browser.get(address).status_code == shut
    browser.post(page, EMPTY | {"person": alice.pk, "daily": 1000})
    browser.post(page.replace("/change/", "/delete/"), {"post": "yes"})
    quota.refresh_from_db()
    assert quota.daily == 1


def test_the_list_of_workers_says_who_lives_with_what_and_on_how_much_it_works(
    op: Client, video: Video, channel: Channel
) -> None:
    Worker.objects.beat("host:1", ["cpu", "gpu"], "preview")
    Worker.objects.beat("host:2", ["cpu"], "")
    Worker.objects.filter(name="host:2").update(seen_at=timezone.now() - timedelta(minutes=5))
    for _ in range(2):
        a_request(video, state=State.RUNNING, worker="host:1")
    a_video(channel, state=State.RUNNING, worker="host:1")
    a_request(video, state=State.DONE, worker="host:1")
    said = words(op.get(reverse(WORKERS)))
    assert "host:1 cpu, gpu preview 3 " in said
    assert "host:2 cpu - 0 " in said
    page = op.get(reverse(WORKERS)).content.decode()
    assert page.count('alt="True"') == page.count('alt="False"') == 1


def test_the_list_of_workers_asks_as_often_for_many_as_for_one(op: Client, video: Video) -> None:
    counts = []
    for number in range(12):
        Worker.objects.beat(f"host:{number}", ["gpu"], "preview")
        a_request(video, state=State.RUNNING, worker=f"host:{number}")
        with CaptureQueriesContext(connection) as asked:
            op.get(reverse(WORKERS))
        counts.append(len(asked))
    assert counts[-1] == counts[1]


def test_a_worker_is_only_looked_at(op: Client, as_user: Callable[[User], Client]) -> None:
    Worker.objects.beat("host:1", ["gpu"], "preview")
    worker = Worker.objects.get()
    page = reverse("admin:queue_worker_change", args=[worker.pk])
    for browser in (op, as_user(a_user("boss", is_staff=True, is_superuser=True))):
        assert "host:1" in words(browser.get(page))
        assert browser.post(page, {"name": "x"}).status_code == 403
        assert browser.post(page.replace("/change/", "/delete/"), {"post": "yes"}).status_code == 403
        assert browser.get(reverse("admin:queue_worker_add")).status_code == 403
    worker.refresh_from_db()
    assert worker.name == "host:1"


def test_what_an_operator_gives_is_what_the_person_has(op: Client, alices: Client, alice: User, video: Video) -> None:
    add(op, person=alice.pk, queued=1)
    a_request(video)
    form = {"id": "0b0b6e7c-6f0a-4a3e-9d53-6a3f4c1d2e5f", "prompt": "a boat", "negative": "", "count": 1, "seed": ""}
    alices.post(reverse("generate_thumbnail", args=[video.pk]), form)
    assert GenerationRequest.objects.count() == 1
    add(op, person=alice.pk, queued=2)
    Quota.objects.update(queued=2)
    alices.post(reverse("generate_thumbnail", args=[video.pk]), form)
    assert GenerationRequest.objects.count() == 2
