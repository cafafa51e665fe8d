"""Looks at a picture while it is painted: like what it becomes, now and then, and without a trace in the picture."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

from generation.engine import Engine, PaintJob, Profile, load_profile, look
from generation.engine.look import Colours, fit
from tests.generation.engine.pictures import a_job, levels
from tests.generation.engine.test_checkpoint import edit

Listener = Callable[[int, int], None]

PREVIEW = load_profile("preview", models_dir=Path("nowhere"))
SIZE = (256, 144)
PROMPTS = ("orange desert, sunrise", "purple and orange space")


@pytest.fixture
def always(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every step but the last has its look."""
    monkeypatch.setattr(look, "LOOK_EVERY", 0)


@pytest.fixture
def preview() -> Iterator[Engine]:
    """The painter that ships."""
    engine = Engine(PREVIEW)
    yield engine
    engine.close()


def small(image: Image.Image) -> Any:
    """One pixel for 8x8 of a finished picture of SIZE, flat."""
    return levels(image.resize((SIZE[0] // 8, SIZE[1] // 8), Image.Resampling.BOX)).ravel()


def likeness(one: Image.Image, other: Image.Image) -> float:
    """The correlation of two pictures, -1 … 1."""
    return float(np.corrcoef(small(one), small(other))[0, 1])


@pytest.mark.usefixtures("always")
def test_looks_are_like_the_finished_picture_and_more_and_more_so(preview: Engine) -> None:
    seen: dict[int, list[Image.Image]] = {0: [], 1: []}
    jobs = [
        PaintJob(prompt, "", seed, *SIZE, 10, PREVIEW.standard.guidance, PREVIEW.standard.eta)
        for seed, prompt in enumerate(PROMPTS)
    ]
    pictures = preview.paint(jobs, lambda step, steps: None, lambda number, image: seen[number].append(image))
    for number, picture in enumerate(pictures):
        looks, other = seen[number], pictures[1 - number]
        assert len(looks) == 9
        assert {(image.size, image.mode) for image in looks} == {((128, 72), "RGB")}
        assert likeness(looks[4], picture) > max(0.7, likeness(looks[4], other) + 0.2)
        assert likeness(looks[-1], picture) > 0.85
        assert abs(small(looks[-1]) - small(picture)).mean() < 25  # of 255; forms smaller than a latent are lost
        assert abs(levels(looks[-1]).mean(axis=(0, 1)) - levels(picture).mean(axis=(0, 1))).max() < 20


@pytest.mark.usefixtures("always")
@pytest.mark.parametrize("eta", [0, 0.99], ids=["", "new noise"])
def test_a_picture_is_the_same_looked_at_or_not(profile: Profile, no_step: Listener, eta: float) -> None:
    jobs = [a_job(seed=seed, eta=eta) for seed in range(3)]
    unseen, seen = Engine(profile), Engine(profile)
    numbers: list[int] = []
    images = seen.paint(jobs, no_step, lambda number, image: numbers.append(number))
    assert [one.tobytes() for one in images] == [one.tobytes() for one in unseen.paint(jobs, no_step)]
    assert numbers == [0, 1, 2] * 2
    assert "_map" not in vars(unseen._models().colours)


@pytest.mark.usefixtures("always")
def test_looks_are_numbered_through_all_batches(engine: Engine, no_step: Listener) -> None:
    numbers: list[int] = []
    engine.paint(
        [a_job(seed=seed, steps=2) for seed in range(5)], no_step, lambda number, image: numbers.append(number)
    )
    assert numbers == [0, 1, 2, 3, 4]


def test_looks_keep_their_distance(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    now, shown = 100.0, list[float]()
    monkeypatch.setattr(look, "monotonic", lambda: now)

    def step_takes_a_fifth_of_a_second(step: int, steps: int) -> None:
        nonlocal now
        now += 0.2

    engine.paint([a_job(steps=10)], step_takes_a_fifth_of_a_second, lambda number, image: shown.append(round(now, 1)))
    assert shown == [100.2, 100.8, 101.4]  # not at 102.0, which is the last step


def test_what_a_watcher_raises_leaves_at_once(engine: Engine, no_step: Listener) -> None:
    before = engine.paint([a_job()], no_step)[0]
    steps: list[int] = []

    def stop(number: int, image: Image.Image) -> None:
        raise MemoryError("not ours")

    with pytest.raises(Exception, match="out_of_memory"):
        engine.paint([a_job()], lambda step, steps_: steps.append(step), stop)
    assert steps == [1]
    assert engine.paint([a_job()], no_step)[0].tobytes() == before.tobytes()


def test_a_vae_that_cannot_encode_costs_the_looks_and_not_the_picture(
    profile: Profile, no_step: Listener, caplog: pytest.LogCaptureFixture
) -> None:
    engine = Engine(profile)
    vae = engine._models().pipe.vae
    vae.encoder.conv_in.weight.data.fill_(float("nan"))
    seen: list[int] = []
    with caplog.at_level(logging.WARNING, logger="generation.engine"):
        for _ in range(2):
            assert engine.paint([a_job()], no_step, lambda number, image: seen.append(number))
    assert seen == []
    assert [record.levelname for record in caplog.records] == ["WARNING"]


@pytest.mark.usefixtures("always")
@pytest.mark.parametrize(
    "scheduler", ["EulerDiscreteScheduler", "LCMScheduler", "DPMSolverMultistepScheduler", "PNDMScheduler"]
)
def test_other_samplers_are_looked_at_too(copied: Profile, no_step: Listener, scheduler: str) -> None:
    edit(copied.folder / "model_index.json", scheduler=["diffusers", scheduler])
    edit(copied.folder / "scheduler/scheduler_config.json", _class_name=scheduler, skip_prk_steps=True)
    painter = Engine(copied)
    seen: list[Image.Image] = []
    [image] = painter.paint([a_job(steps=4)], no_step, lambda number, image: seen.append(image))
    assert len(seen) >= 3
    assert image.tobytes() == painter.paint([a_job(steps=4)], no_step)[0].tobytes()


def test_latents_long_and_thin_give_a_picture_no_longer_than_allowed(engine: Engine) -> None:
    loaded = engine._models()
    [picture] = Colours(loaded.pipe.vae, loaded.device).pictures(torch.randn(1, 4, 2, 300))
    assert picture.size == (256, 2)


def test_the_map_is_the_same_every_time(engine: Engine) -> None:
    loaded = engine._models()
    once, again = (fit(loaded.pipe.vae, loaded.device) for _ in range(2))
    assert once.shape == (5, 3)
    assert np.array_equal(once, again)
