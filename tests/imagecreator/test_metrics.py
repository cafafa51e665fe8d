"""``/metrics``: who gets it, and that the numbers are those of the tables, in the form that Prometheus reads."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from prometheus_client.parser import text_string_to_metric_families

from imagecreator.queue.job import job_models
from imagecreator.queue.models import Measured, Worker
from imagecreator.queue.states import State
from tests.rows import a_draft, a_request, a_user, a_video

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.contrib.auth.models import User
    from django.test.client import _MonkeyPatchedWSGIResponse as Answer
    from pytest_django import Settings

    from channels_app.models import Channel, Video

TOKEN = "a long and random word"
REQUEST, VIDEO, DRAFT = "generation.generationrequest", "channels_app.video", "generation.promptdraft"


@pytest.fixture(autouse=True)
def token(settings: Settings, db: None) -> None:
    """The site's token; and nothing that another test counted."""
    cache.clear()
    settings.METRICS_TOKEN = TOKEN


def ask(authorization: str = f"Bearer {TOKEN}", **headers: str) -> Answer:
    return Client().get("/metrics", headers={"Authorization": authorization} | headers)


def ago(seconds: float) -> Any:
    return timezone.now() - timedelta(seconds=seconds)


def values(name: str) -> dict[tuple[str, ...], float]:
    """The values of one metric by its labels, in the order of their names."""
    answer = ask()
    assert answer.status_code == 200
    families = text_string_to_metric_families(answer.content.decode())
    (family,) = [family for family in families if family.name == f"imagecreator_queue_{name}"]
    return {tuple(sample.labels.values()): sample.value for sample in family.samples}


def test_without_a_token_in_the_settings_there_is_no_such_page(settings: Settings) -> None:
    settings.METRICS_TOKEN = ""
    for authorization in (f"Bearer {TOKEN}", "Bearer ", "Bearer", ""):
        assert ask(authorization).status_code == 404


@pytest.mark.parametrize(
    ("authorization", "status"),
    [
        ("", 401),
        (f"Basic {TOKEN}", 401),
        (TOKEN, 401),
        ("Bearer", 403),
        ("Bearer wrong", 403),
        (f"Bearer {TOKEN}x", 403),
        (f"Bearer {TOKEN[:-1]}", 403),
        ("Bearer жетон", 403),
        (f"Bearer {TOKEN}", 200),
        (f"bearer  {TOKEN} ", 200),
    ],
)
def test_the_token_opens_it_and_nothing_else(authorization: str, status: int) -> None:
    answer = ask(authorization)
    assert answer.status_code == status
    assert (b"imagecreator" in answer.content) == (status == 200)
    assert ("WWW-Authenticate" in answer.headers) == (status == 401)


def test_a_superuser_needs_the_token_too(as_user: Callable[[User], Client]) -> None:
    boss = as_user(a_user("boss", is_staff=True, is_superuser=True))
    assert boss.get(reverse("metrics")).status_code == 401


def test_it_is_only_read(video: Video) -> None:
    answer = Client().post("/metrics", headers={"Authorization": f"Bearer {TOKEN}"})
    assert answer.status_code == 405


def test_it_is_text_that_no_proxy_keeps_and_every_number_is_explained(video: Video) -> None:
    a_request(video)
    answer = ask()
    assert answer["Content-Type"].startswith("text/plain; version=")
    assert "no-store" in answer["Cache-Control"]
    families = list(text_string_to_metric_families(answer.content.decode()))
    parts = Counter(family.name.split("_")[1] for family in families if family.name.startswith("imagecreator_"))
    assert parts == {"queue": 7, "moderation": 5}
    assert len(families) == 12
    for family in families:
        assert family.documentation
        assert family.type == "gauge"
        assert len({tuple(sorted(sample.labels.items())) for sample in family.samples}) == len(family.samples)


def test_a_scraper_that_reads_openmetrics_gets_it() -> None:
    answer = ask(Accept="application/openmetrics-text; version=1.0.0")
    assert answer["Content-Type"].startswith("application/openmetrics-text")
    assert answer.content.endswith(b"# EOF\n")


def test_rows_are_counted_by_kind_and_state(video: Video) -> None:
    for state in (State.QUEUED, State.QUEUED, State.RUNNING, State.HELD):
        a_request(video, state=state)
    found = values("jobs")
    assert {state: found[REQUEST, "gpu", state] for state in State.values} == {
        **dict.fromkeys(State.values, 0),
        **{"queued": 2, "running": 1, "held": 1},
    }
    assert found[VIDEO, "cpu", "done"] == 1
    assert found[DRAFT, "cpu", "queued"] == 0


def test_what_is_dear_to_count_is_counted_seldom_and_what_is_in_hand_every_time(
    video: Video, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("imagecreator.queue.metrics.DEAR", 0.0)
    monkeypatch.setattr("imagecreator.queue.metrics.SHARE_OF_TIME", 1e-9)
    found = []
    for _ in range(2):
        for state in (State.DONE, State.QUEUED):
            a_request(video, state=state)
        numbers = values("jobs")
        found.append((numbers[REQUEST, "gpu", "done"], numbers[REQUEST, "gpu", "queued"]))
    assert found == [(1, 1), (1, 2)]


def test_the_oldest_that_waits_is_told_for_each_lane(video: Video, channel: Channel) -> None:
    assert values("oldest_waiting_seconds") == {("cpu",): 0, ("gpu",): 0}
    for seconds in (50, 400):
        a_request(video, queued_at=ago(seconds))
    a_request(video, queued_at=ago(9000), state=State.RUNNING)
    a_draft(video, state=State.QUEUED, queued_at=ago(20))
    a_video(channel, state=State.QUEUED, queued_at=ago(30))
    found = values("oldest_waiting_seconds")
    assert 400 <= found["gpu",] < 410
    assert 30 <= found["cpu",] < 40


def test_workers_that_live_are_counted_by_lane_and_by_what_they_have_loaded() -> None:
    assert values("workers") == {("cpu",): 0, ("gpu",): 0}
    Worker.objects.beat("host:1", ["cpu", "gpu"], "preview")
    Worker.objects.beat("host:2", ["gpu"], "preview, sd15")
    Worker.objects.beat("host:3", ["gpu"], "sdxl")
    Worker.objects.filter(name="host:3").update(seen_at=ago(500))
    assert values("workers") == {("cpu",): 1, ("gpu",): 2}
    assert values("workers_loaded") == {("preview",): 2, ("sd15",): 1}


def test_what_ended_is_counted_for_an_hour(video: Video) -> None:
    for seconds, state in ((10, State.DONE), (3500, State.DONE), (3700, State.DONE), (60, State.FAILED)):
        a_request(video, state=state, finished_at=ago(seconds))
    found = values("jobs_ended_last_hour")
    assert (found[REQUEST, "gpu", "done"], found[REQUEST, "gpu", "failed"]) == (2, 1)
    assert found[REQUEST, "gpu", "refused"] == 0
    assert (REQUEST, "gpu", "queued") not in found


def test_attempts_that_came_to_no_end_are_counted(video: Video) -> None:
    a_request(video, state=State.DONE, attempt=1, finished_at=ago(10))
    assert values("attempts_lost")[REQUEST, "gpu"] == 0
    a_request(video, state=State.DONE, attempt=2, finished_at=ago(10))  # 1
    a_request(video, state=State.FAILED, attempt=3, error="worker_lost", finished_at=ago(10))  # 3
    a_request(video, state=State.RUNNING, attempt=2)  # 1
    a_request(video, state=State.QUEUED, attempt=1)  # 1
    a_request(video, state=State.QUEUED)
    a_request(video, state=State.FAILED, attempt=3, error="worker_lost", finished_at=ago(4000))
    found = values("attempts_lost")
    assert found[REQUEST, "gpu"] == 6
    assert found[VIDEO, "cpu"] == 0


def test_what_jobs_took_is_told_as_the_median_of_the_latest() -> None:
    for seconds in (10.0, 30.0, 11.0):
        Measured.objects.note('generation.generationrequest text "p" 512x288 20', 4, seconds)
    Measured.objects.note("channels_app.video", 1, 2.5)
    assert values("measured_seconds") == {
        ("4", 'generation.generationrequest text "p" 512x288 20'): 11.0,
        ("1", "channels_app.video"): 2.5,
    }


def test_many_rows_cost_as_many_queries_as_few(video: Video) -> None:
    counts = []
    for number in (1, 30):
        for index in range(number):
            Worker.objects.beat(f"host:{index}", ["gpu"], "preview")
            Measured.objects.note("channels_app.video", index + 1, 1.0)
            for state in (State.QUEUED, State.RUNNING, State.DONE):
                a_request(video, state=state, finished_at=timezone.now())
        with CaptureQueriesContext(connection) as asked:
            ask()
        counts.append(len(asked))
    assert counts[0] == counts[1] < 15 + 3 * len(job_models())
