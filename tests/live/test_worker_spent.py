"""A worker's process that can no longer work, for its card failed or its work hangs: it ends, and another goes on."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.live.house import until
from tests.live.test_worker_death import REQUEST, ask, is_gone, pid_of_child

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.live.house import House

pytestmark = pytest.mark.xdist_group("live")

SETTINGS = {"DJANGO_SETTINGS_MODULE": "tests.live.breaking_once", "LEASE_SECONDS": "4", "REAP_SECONDS": "1"}


def test_a_card_that_fails_costs_an_attempt_and_a_process_and_no_request(build_house: Callable[..., House]) -> None:
    house = build_house(BREAKING="card", **SETTINGS)
    pk = ask(house, steps=2)
    house.start_worker()
    until(lambda: house.value(REQUEST.format("state = 'done'"), pk), "the request is done")
    assert house.value(REQUEST.format("attempt"), pk) == 2
    assert house.log("worker").count("the graphics card failed; this process ends") == 1
    assert house.rows("SELECT count(*) FROM queue_worker") == [(1,)], "the first one signed off"


@pytest.mark.parametrize("how", ["hang", "hang with Python's lock"])
def test_a_job_that_hangs_ends_its_process_and_is_tried_again(build_house: Callable[..., House], how: str) -> None:
    house = build_house(BREAKING=how, STUCK_SECONDS="20", **SETTINGS)
    pk = ask(house, steps=2)
    house.start_worker()
    until((house.data / "broken").exists, "it hangs")
    child = pid_of_child(house, pk)
    until(lambda: house.value(REQUEST.format("state = 'done'"), pk), "the request is done")
    assert is_gone(child)
    log = house.log("worker")
    assert "Timeout (0:00:20)!" in log
    assert "in _break" in log, "where it hung"
