"""Moderation on ``/metrics``: who gets it is in ``test_metrics``; here, that the numbers are those of the flags."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from django.core.cache import cache
from django.test import Client
from django.utils import timezone
from prometheus_client.parser import text_string_to_metric_families

from generation import moderation
from generation.models import Flag
from tests.rows import a_picture, a_request, a_rule, a_user

if TYPE_CHECKING:
    from django.contrib.auth.models import User
    from pytest_django import Settings

    from channels_app.models import Video

TOKEN = "a long and random word"


@pytest.fixture(autouse=True)
def token(settings: Settings, db: None) -> None:
    """The site's token; and nothing that another test counted."""
    cache.clear()
    settings.METRICS_TOKEN = TOKEN


def values(name: str) -> dict[tuple[str, ...], float]:
    """The values of one metric by its labels, in the order of their names."""
    answer = Client().get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"})
    families = text_string_to_metric_families(answer.content.decode())
    (family,) = [family for family in families if family.name == f"imagecreator_moderation_{name}"]
    return {tuple(value for _, value in sorted(each.labels.items())): each.value for each in family.samples}


def held(video: Video, prompt: str = "a green lake", **back: float) -> Flag:
    """A held text, flagged so long ago."""
    request = a_request(video, prompt=prompt)
    moderation.queue_or_hold(request)
    flag = Flag.objects.get(object_id=str(request.pk))
    flag.created_at = timezone.now() - timedelta(**back)
    flag.save(update_fields=["created_at"])
    return flag


@pytest.fixture
def rule(db: None) -> None:
    """One that holds."""
    a_rule("green lake", action="hold")


def test_what_waits_is_told_by_kind_and_how_long_it_does(video: Video, rule: None, mo: User) -> None:
    assert values("waiting") == {(kind,): 0 for kind in ("text", "picture", "upload", "report", "appeal")}
    assert values("oldest_waiting_seconds") == {(): 0}
    held(video, minutes=10)
    moderation.raise_flag(a_picture(video, "thumbnail"), "report", video.owner, "reported")
    decided = held(video, days=3)
    moderation.reject(decided, mo)
    moderation.appeal(decided, video.owner, "please")
    waiting = values("waiting")
    assert {kind: waiting[kind,] for kind in ("text", "report", "appeal", "picture")} == {
        **{"text": 1, "report": 1, "appeal": 1, "picture": 0},
    }
    assert 600 <= values("oldest_waiting_seconds")[()] < 610


def test_what_came_and_what_became_of_it_is_told_for_each_period(video: Video, rule: None, mo: User) -> None:
    moderation.approve(held(video, seconds=10), mo)
    moderation.reject(held(video, "another green lake", days=2), mo)
    held(video, "one more green lake", days=8)
    flags = values("flags")
    assert [flags[period, "held"] for period in ("24h", "7d", "30d")] == [1, 2, 3]
    assert [flags[period, "approved"] for period in ("24h", "7d", "30d")] == [1, 1, 1]
    assert [flags[period, "rejected"] for period in ("24h", "7d", "30d")] == [1, 1, 1]
    assert flags["24h", "granted"] == 0
    assert values("rule_hits") == {("24h", "ours"): 1, ("7d", "ours"): 2, ("30d", "ours"): 3}


def test_the_median_is_told_where_something_was_decided(video: Video, rule: None, mo: User) -> None:
    assert values("decision_seconds") == {}
    for number, seconds in enumerate((10, 20, 900)):
        moderation.approve(held(video, f"a green lake {number}", seconds=seconds), mo)
    found = values("decision_seconds")
    assert set(found) == {("24h",), ("7d",), ("30d",)}
    assert 20 <= found["24h",] <= 25


def test_an_owner_who_was_suspended_is_counted(video: Video, rule: None) -> None:
    moderation.suspend(video.owner, a_user("mara", "moderator"), "enough")
    flags = values("flags")
    assert [flags[period, "suspended"] for period in ("24h", "7d", "30d")] == [1, 1, 1]


def test_what_is_dear_to_count_is_counted_seldom_and_what_waits_every_time(
    video: Video, rule: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("imagecreator.queue.metrics.DEAR", 0.0)
    monkeypatch.setattr("imagecreator.queue.metrics.SHARE_OF_TIME", 1e-9)
    found = []
    for number in range(2):
        held(video, f"a green lake {number}")
        found.append((values("flags")["24h", "held"], values("waiting")["text",]))
    assert found == [(1, 1), (1, 2)]
