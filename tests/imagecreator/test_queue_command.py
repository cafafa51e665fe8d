"""``manage.py queue``: what an operator reads, what a machine reads, and when it says that something is wrong."""

from __future__ import annotations

import json
from datetime import timedelta
from io import StringIO
from typing import TYPE_CHECKING, Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from imagecreator.queue.job import job_models
from imagecreator.queue.models import Measured, Worker
from imagecreator.queue.standing import what
from imagecreator.queue.states import State
from tests.rows import a_draft, a_request, a_video

if TYPE_CHECKING:
    from channels_app.models import Channel, Video
    from generation.models import GenerationRequest

NOW = "0:00 ago"


def show(*arguments: str) -> str:
    said = StringIO()
    call_command("queue", *arguments, stdout=said)
    return said.getvalue()


def data(*arguments: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(show("--json", *arguments))
    return found


def lines(text: str) -> list[list[str]]:
    return [line.split() for line in text.splitlines()]


def ago(seconds: float) -> Any:
    return timezone.now() - timedelta(seconds=seconds)


def a_worker(name: str = "host:1", *lanes: str, loaded: str = "", silent: float = 0) -> None:
    Worker.objects.beat(name, lanes or ("cpu", "gpu"), loaded)
    Worker.objects.filter(name=name).update(seen_at=ago(silent))


def running(video: Video, **fields: Any) -> GenerationRequest:
    values = {"state": State.RUNNING, "worker": "host:1", "attempt": 1, "started_at": ago(30)} | fields
    return a_request(video, **values)


def test_an_empty_queue_is_two_sentences(db: None) -> None:
    nobody = "No worker lives, and none was lost within the last hour."
    assert show() == f"Nothing waits, and nothing is worked on.\n\n{nobody}\n"


def test_lanes_workers_and_what_they_do(video: Video, channel: Channel) -> None:
    a_worker("host:1", "gpu", loaded="preview")
    a_worker("host:22", "cpu", silent=300)
    row = running(video, stage="paint", step=5, steps=20, attempt=2)
    for seconds in (247, 10):
        a_request(video, queued_at=ago(seconds))
    a_video(channel, state=State.QUEUED)
    said = show()
    assert ["cpu", "1", "0", "0", "0:00", "unknown"] in lines(said)
    assert ["gpu", "2", "1", "1", "4:07", "unknown"] in lines(said)
    assert ["host:1", "alive", "gpu", "preview", "1", *NOW.split()] in lines(said)
    assert ["host:22", "lost", "cpu", "-", "0", "5:00", "ago"] in lines(said)
    assert [str(row.pk), "request", "alice", "paint", "5/20", "0:30"] == lines(said)[-1][:6]
    assert lines(said)[-1][-2:] == ["2", "host:1"]
    assert said.index("host:1 ") < said.index("host:22"), "the living first"


def test_the_columns_stand_below_each_other(video: Video) -> None:
    a_worker("host:1", "gpu")
    a_worker("a-much-longer-name.example:12345", "cpu")
    head, *rows = show().split("\n\n")[1].splitlines()
    assert len(rows) == 2
    for word, below in (("state", "alive"), ("in hand", "0")):
        assert [row.index(f" {below} ") for row in rows] == [head.index(f" {word} ")] * 2


def test_what_was_measured_says_how_long_it_takes(video: Video) -> None:
    a_worker("host:1", "gpu")
    a_worker("host:2", "gpu")
    row = running(video, count=4, stage="paint", started_at=ago(10))
    for _ in range(3):
        a_request(video, count=4)
    Measured.objects.note(what(row), 4, 40.0)
    assert ["gpu", "3", "1", "2", "0:00", "1:00"] in lines(show()), "three times 40 seconds on two workers"
    assert "0:30" in lines(show())[-1]
    found = data()
    assert found["lanes"]["gpu"]["estimated_seconds"] == 60.0
    assert 28 <= found["running"][0]["left_seconds"] <= 30


def test_where_one_thing_was_never_measured_the_whole_is_unknown(video: Video) -> None:
    a_worker()
    known = a_request(video)
    Measured.objects.note(what(known), 1, 40.0)
    assert data()["lanes"]["gpu"]["estimated_seconds"] == 40.0
    a_request(video, steps_asked=4)
    assert data()["lanes"]["gpu"]["estimated_seconds"] is None


def test_requests_with_loras_take_as_long_as_without(video: Video) -> None:
    a_worker()
    Measured.objects.note(what(a_request(video, count=1)), 1, 40.0)
    a_request(video, count=1, loras=[{"key": "ink", "sha256": "0" * 64, "weight": 0.5, "own": True}])
    assert data()["lanes"]["gpu"]["estimated_seconds"] == 80.0


def test_machines_read_the_same_under_keys_that_stay(video: Video) -> None:
    a_worker("host:1", "gpu", loaded="preview, sd15")
    row = running(video, stage="paint", step=5, steps=20)
    a_request(video, queued_at=ago(247))
    found = data()
    assert list(found) == ["lanes", "workers", "workers_total", "running", "running_total", "problems"]
    gpu = found["lanes"]["gpu"]
    assert 247 <= gpu.pop("oldest_waiting_seconds") < 260
    assert gpu == {"waiting": 1, "running": 1, "workers": 1, "estimated_seconds": None}
    nothing = {"oldest_waiting_seconds": None, "estimated_seconds": None}
    assert found["lanes"]["cpu"] == {"waiting": 0, "running": 0, "workers": 0} | nothing
    (worker,) = found["workers"]
    assert worker.pop("silent_seconds") < 10
    assert worker == {"name": "host:1", "alive": True, "lanes": ["gpu"], "loaded": ["preview", "sd15"], "in_hand": 1}
    (one,) = found["running"]
    assert 30 <= one.pop("age_seconds") < 40
    assert 90 <= one.pop("left_seconds") < 120, "by its own pace: a quarter took 30 seconds"
    assert one == {
        "id": str(row.pk),
        "kind": "generation.generationrequest",
        "lane": "gpu",
        "owner": "alice",
        "stage": "paint",
        "step": 5,
        "steps": 20,
        "attempt": 1,
        "worker": "host:1",
    }
    assert (found["workers_total"], found["running_total"], found["problems"]) == (1, 1, [])


def test_an_empty_queue_has_the_same_keys(db: None) -> None:
    found = data()
    assert (found["workers"], found["running"], found["problems"]) == ([], [], [])
    assert set(found["lanes"]) == {"cpu", "gpu"}


def test_the_longest_running_come_first_and_the_rest_is_a_number(video: Video, channel: Channel) -> None:
    for number in range(5):
        a_worker(f"host:{number}")
        second = running(video, started_at=ago(10 + number), worker=f"host:{number}")
    eldest = a_video(channel, state=State.RUNNING, started_at=ago(99), worker="host:0")
    said = show("--rows", "2")
    assert said.count("and 3 more") == 1
    assert said.count("and 4 more") == 1
    listed = data("--rows", "2")["running"]
    assert [one["id"] for one in listed] == [str(eldest.pk), str(second.pk)]
    assert data("--rows", "2")["running_total"] == 6
    assert "more" not in show("--rows", "6")


def test_what_a_lost_worker_has_in_hand_is_counted_although_the_row_is_not_listed(video: Video) -> None:
    a_worker("host:1", silent=300)
    for seconds in (50, 40, 30):
        running(video, started_at=ago(seconds))
    (worker,) = data("--rows", "1")["workers"]
    assert (worker["alive"], worker["in_hand"]) == (False, 3)


def test_many_rows_cost_as_many_queries_as_few(video: Video) -> None:
    counts = []
    for number in (1, 30):
        for _ in range(number):
            a_worker(f"host:{number}")
            a_request(video)
            running(video)
            a_draft(video, state=State.RUNNING, started_at=ago(5))
        with CaptureQueriesContext(connection) as asked:
            show()
        counts.append(len(asked))
    assert counts[0] == counts[1] < 5 + 3 * len(job_models())


@pytest.mark.parametrize("arguments", [("--rows", "0"), ("--rows", "-3"), ("--rows", "all"), ("--older-than", "x")])
def test_numbers_that_are_none_are_refused(db: None, arguments: tuple[str, str]) -> None:
    with pytest.raises(CommandError, match="is not a whole number above 0"):
        show(*arguments)


def test_a_check_of_an_empty_or_a_served_queue_passes(video: Video) -> None:
    show("--check")
    a_worker()
    a_request(video)
    running(video, started_at=ago(5000))
    show("--check")


def test_rows_that_wait_for_nobody_are_a_problem(video: Video) -> None:
    a_request(video)
    a_worker("host:1", "cpu")
    a_worker("host:2", "gpu", silent=300)
    with pytest.raises(CommandError, match=r"^Lane gpu: 1 waiting, 0 in hand, and no worker lives\.$") as failure:
        show("--check")
    assert failure.value.returncode == 1
    assert show(), "without --check it only shows"
    (problem,) = data()["problems"]
    assert (problem["lane"], problem["code"]) == ("gpu", "no_worker")


def test_a_row_in_hand_of_the_last_worker_that_died_is_a_problem(video: Video) -> None:
    running(video)
    a_worker("host:1", "gpu", silent=300)
    with pytest.raises(CommandError, match=r"^Lane gpu: 0 waiting, 1 in hand, and no worker lives\.$"):
        show("--check")


@pytest.mark.parametrize(
    ("limit", "ill"), [((), False), (("--older-than", "60"), True), (("--older-than", "90"), False)]
)
def test_a_row_that_waits_too_long_is_a_problem(video: Video, limit: tuple[str, ...], ill: bool) -> None:
    a_worker()
    a_request(video, queued_at=ago(75))
    if ill:
        with pytest.raises(CommandError, match=r"Lane gpu: the oldest has waited for 1:1\d\."):
            show("--check", *limit)
    else:
        show("--check", *limit)


def test_a_machine_gets_its_object_and_the_exit_status(video: Video) -> None:
    a_request(video, queued_at=ago(5000))
    said = StringIO()
    with pytest.raises(CommandError):
        call_command("queue", "--json", "--check", stdout=said)
    assert [one["code"] for one in json.loads(said.getvalue())["problems"]] == ["no_worker", "too_old"]


def test_a_database_without_its_tables_is_one_sentence(db: None) -> None:
    with (
        pytest.raises(CommandError, match=r"cannot be read: .*measured.* Has `manage\.py migrate` run\?"),
        transaction.atomic(),
    ):
        with connection.cursor() as cursor:
            cursor.execute(f"ALTER TABLE {Measured._meta.db_table} RENAME TO gone")
        show()
