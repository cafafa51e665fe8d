"""A worker that is killed in the middle of its work: nothing lost, nothing twice."""

from __future__ import annotations

import os
import signal
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.live.house import House, until

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.live.servers import Servers

pytestmark = pytest.mark.xdist_group("live")

ASK = """
from tests.rows import *
video = a_video(a_channel(a_user("alice")))
print(a_request(video, count=3, steps_asked={steps}).pk.hex)
"""
AGAIN = """
from channels_app.models import Video
from imagecreator.queue.changes import enqueue
from tests.rows import *
request = a_request(Video.objects.first() or a_video(a_channel(a_user("alice"))), count=4, steps_asked=2)
enqueue(request)
print(request.pk.hex)
"""
REQUEST = "SELECT {} FROM generation_generationrequest WHERE id = ?"


def ask(house: House, steps: int) -> str:
    return house.manage("shell", "--verbosity", "0", "-c", ASK.format(steps=steps)).split()[-1]


def ask_again(house: House) -> str:
    return house.manage("shell", "--verbosity", "0", "-c", AGAIN).split()[-1]


def a_file_came(house: House, before: set[str]) -> bool:
    return house.stored("images/") != before


def pid_of_child(house: House, pk: str) -> int:
    return int(house.value(REQUEST.format("worker"), pk).rpartition(":")[2])


def is_gone(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    return False


def loaded_libraries(pid: int) -> set[str]:
    """The names of the files that a process has mapped."""
    return {Path(line.split()[-1]).name for line in Path(f"/proc/{pid}/maps").read_text().splitlines() if "/" in line}


def test_torch_comes_into_the_child_alone(build_house: Callable[..., House]) -> None:
    house = build_house()
    pk = ask(house, steps=60)
    parent = house.start_worker()
    until(lambda: house.value(REQUEST.format("stage = 'paint' AND step > 2"), pk), "painting has begun")
    of_torch = {name for name in loaded_libraries(pid_of_child(house, pk)) if "torch" in name}
    assert of_torch
    assert not of_torch & loaded_libraries(parent.pid)


@pytest.mark.parametrize("victim", ["worker", "child"])
def test_a_request_whose_worker_is_killed_while_painting_is_done_once(
    build_house: Callable[..., House], either: Servers | None, victim: str
) -> None:
    house = build_house(either, LEASE_SECONDS="4", REAP_SECONDS="1")
    pk = ask(house, steps=60)
    first = house.start_worker()
    until(lambda: house.value(REQUEST.format("stage = 'paint' AND step > 5"), pk), "painting has begun")
    child = pid_of_child(house, pk)
    if victim == "worker":
        first.kill()
        first.wait()
        until(lambda: is_gone(child), "the orphaned child ended itself")
        house.start_worker()
    else:
        os.kill(child, signal.SIGKILL)
    until(lambda: house.value(REQUEST.format("state = 'done'"), pk), "the request is done")
    assert house.value(REQUEST.format("attempt"), pk) == 2
    count = "SELECT count(*) FROM generation_generatedimage WHERE request_id = ?"
    assert house.value(count, pk) == 3
    assert len(house.stored("images/")) == 3


def test_a_worker_that_is_killed_between_the_files_and_the_rows_leaves_no_file(
    build_house: Callable[..., House], either: Servers | None
) -> None:
    house = build_house(either, LEASE_SECONDS="4", REAP_SECONDS="1")
    worker = house.start_worker()
    for _ in range(20):  # until it was hit at the right moment
        pk = ask_again(house)
        before = house.stored("images/")
        until(partial(a_file_came, house, before), "a file is written", every=0.002)
        os.killpg(worker.pid, signal.SIGSTOP)
        if house.value(REQUEST.format("state = 'running'"), pk):
            break
        os.killpg(worker.pid, signal.SIGCONT)
    else:
        pytest.fail("it was never hit between the files and the rows")
    os.killpg(worker.pid, signal.SIGKILL)
    worker.wait()
    left = house.stored("images/") - before
    assert left
    house.start_worker()
    until(lambda: house.value(REQUEST.format("state = 'done'"), pk), "the request is done")
    until(lambda: not house.stored("images/") & left, "what was left is deleted", 30)
    assert len(house.stored("images/") - before) == 4


def test_a_request_is_cancelled_within_a_step_and_the_worker_goes_on(
    build_house: Callable[..., House], either: Servers | None
) -> None:
    house = build_house(either)
    slow, quick = ask(house, steps=900), ""
    house.start_worker()
    until(lambda: house.value(REQUEST.format("stage = 'paint' AND step > 2"), slow), "painting has begun")
    cancel = "from generation.models import *; from imagecreator.queue.changes import cancel; "
    cancel += f"print(cancel(GenerationRequest.objects.get(pk='{slow}')))"
    assert "True" in house.manage("shell", "--verbosity", "0", "-c", cancel)
    until(lambda: house.value(REQUEST.format("state = 'cancelled'"), slow), "the request is cancelled", 20)
    again = "from tests.rows import *; from channels_app.models import Video; "
    again += "print(a_request(Video.objects.get(), steps_asked=2).pk.hex)"
    quick = house.manage("shell", "--verbosity", "0", "-c", again).split()[-1]
    until(lambda: house.value(REQUEST.format("state = 'done'"), quick), "the next request is done")
