"""The scheduler that a job names is the one that paints, for it alone and without a trace for the next."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from generation.engine.schedulers import DDIM, SCHEDULERS, Scheduler
from tests.generation.engine.pictures import a_job, greatest_difference

if TYPE_CHECKING:
    from generation.engine import Engine

KARRAS = Scheduler("DPMSolverMultistepScheduler", (("use_karras_sigmas", True),))
NOISY = Scheduler("DPMSolverMultistepScheduler", (("algorithm_type", "sde-dpmsolver++"),))
ALL = [*map(Scheduler, SCHEDULERS), KARRAS, NOISY]
Listener = Callable[[int, int], None]


@pytest.mark.parametrize("scheduler", ALL, ids=lambda scheduler: scheduler.title)
def test_a_picture_is_the_same_each_time_alone_and_as_good_as_in_company(
    engine: Engine, no_step: Listener, scheduler: Scheduler
) -> None:
    jobs = [replace(a_job(seed=seed), scheduler=scheduler) for seed in (7, 8, 9)]
    alone, again = (engine.paint([jobs[0]], no_step)[0] for _ in range(2))
    assert alone.tobytes() == again.tobytes()
    assert greatest_difference(engine.paint(jobs, no_step)[0], alone) <= 1


def test_each_paints_another_picture_and_the_next_job_notices_nothing(engine: Engine, no_step: Listener) -> None:
    own = engine.paint([a_job()], no_step)[0].tobytes()
    pictures = {}
    for scheduler in ALL:
        pictures[scheduler.title] = engine.paint([replace(a_job(), scheduler=scheduler)], no_step)[0].tobytes()
        assert engine.paint([a_job()], no_step)[0].tobytes() == own
    assert pictures["DDIM"] == own, "it is the checkpoint's own"
    assert len(set(pictures.values())) == len(pictures)


def test_a_scheduler_keeps_what_the_checkpoint_says_of_its_noise() -> None:
    config = {"prediction_type": "v_prediction", "beta_start": 0.001, "beta_end": 0.02, "beta_schedule": "linear"}
    for scheduler in ALL:
        made = scheduler.on(config).config
        assert {key: made[key] for key in config} == config
        assert {key: made[key] for key, _ in scheduler.settings} == dict(scheduler.settings)


def test_looks_are_shown_with_any_of_them(engine: Engine, no_step: Listener, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("generation.engine.look.LOOK_EVERY", 0.0)
    for scheduler in ALL:
        seen: list[int] = []
        job = replace(a_job(steps=4), scheduler=scheduler)
        engine.paint([job], no_step, lambda number, _, seen=seen: seen.append(number))  # type: ignore[misc]
        assert seen == [0, 0, 0], scheduler.title


def test_jobs_of_two_schedulers_are_no_company(engine: Engine, no_step: Listener) -> None:
    jobs = [a_job(), replace(a_job(), scheduler=Scheduler(DDIM))]
    with pytest.raises(ValueError, match="all of their company"):
        engine.paint(jobs, no_step)
