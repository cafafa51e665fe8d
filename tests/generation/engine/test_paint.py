"""Painting with the real pipeline on a tiny checkpoint: sizes, seeds, neighbours, steps and what interrupts them."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace

import pytest

from generation.engine import Engine, EngineError, Profile
from tests.generation.engine.pictures import a_job, greatest_difference, levels

Listener = Callable[[int, int], None]


class Stop(Exception):
    """Raised by a listener."""


@pytest.mark.parametrize("size", [(64, 64), (288, 112), (256, 144)])
def test_pictures_have_exactly_the_size_asked_for(engine: Engine, no_step: Listener, size: tuple[int, int]) -> None:
    [image] = engine.paint([a_job(size=size, steps=1)], no_step)
    assert (image.size, image.mode) == (size, "RGB")


@pytest.mark.parametrize("eta", [0, 0.99], ids=["", "new noise"])
def test_the_same_job_paints_the_same_picture(engine: Engine, no_step: Listener, eta: float) -> None:
    once, again = (engine.paint([a_job(eta=eta)], no_step)[0] for _ in range(2))
    assert once.tobytes() == again.tobytes()


def test_another_engine_paints_the_same_picture(engine: Engine, profile: Profile, no_step: Listener) -> None:
    other = Engine(profile)
    assert engine.paint([a_job()], no_step)[0].tobytes() == other.paint([a_job()], no_step)[0].tobytes()
    other.close()


@pytest.mark.parametrize(
    "other",
    [
        a_job(seed=8),
        a_job("a blue boat"),
        replace(a_job(), negative="red"),
        a_job(guidance=9),
        a_job(steps=4),
        a_job(eta=0.9),
    ],
    ids=["seed", "prompt", "negative", "guidance", "steps", "eta"],
)
def test_another_job_paints_another_picture(engine: Engine, no_step: Listener, other: object) -> None:
    assert isinstance(other, type(a_job()))
    assert greatest_difference(engine.paint([a_job()], no_step)[0], engine.paint([other], no_step)[0]) > 1


@pytest.mark.parametrize("eta", [0, 0.99], ids=["", "new noise"])
def test_a_picture_does_not_depend_on_its_neighbours(engine: Engine, no_step: Listener, eta: float) -> None:
    jobs = [a_job("a red house", seed=1, eta=eta), a_job("a blue boat", seed=2, eta=eta), a_job("", seed=3, eta=eta)]
    together = engine.paint(jobs, no_step)
    alone = [engine.paint([job], no_step)[0] for job in jobs]
    assert all(greatest_difference(one, other) <= 1 for one, other in zip(together, alone, strict=True))


def test_more_jobs_than_fit_are_painted_in_batches_and_in_order(profile: Profile, no_step: Listener) -> None:
    small = Engine(replace(profile, max_batch=2))
    steps: list[tuple[int, int]] = []
    images = small.paint([a_job(seed=seed) for seed in range(5)], lambda *step: steps.append(step))
    assert steps == [(step, 9) for step in range(1, 10)]
    assert greatest_difference(images[4], small.paint([a_job(seed=4)], no_step)[0]) <= 1
    small.close()


def test_pictures_are_colourful_and_neither_flat_nor_burnt_out(engine: Engine, no_step: Listener) -> None:
    [image] = engine.paint([a_job(size=(256, 144), steps=20)], no_step)
    pixels = levels(image)
    assert pixels.std() > 30
    assert (pixels.max(axis=2) - pixels.min(axis=2)).mean() > 30
    assert ((pixels == 0) | (pixels == 255)).mean() < 0.2


def test_what_a_listener_raises_leaves_at_once_and_the_engine_goes_on(engine: Engine, no_step: Listener) -> None:
    heard: list[int] = []

    def stop(step: int, steps: int) -> None:
        heard.append(step)
        if step == 2:
            raise Stop

    before = engine.paint([a_job()], no_step)[0]
    with pytest.raises(Stop):
        engine.paint([a_job(seed=seed, steps=9) for seed in range(6)], stop)
    assert heard == [1, 2]
    assert engine.paint([a_job()], no_step)[0].tobytes() == before.tobytes()


@pytest.mark.parametrize(
    "words", ["CUDA out of memory. Tried to allocate", "DefaultCPUAllocator: can't allocate memory"]
)
def test_running_out_of_memory_has_its_own_code(engine: Engine, words: str, no_step: Listener) -> None:
    def fail(step: int, steps: int) -> None:
        raise RuntimeError(words)

    with pytest.raises(EngineError) as caught:
        engine.paint([a_job()], fail)
    assert caught.value.code == "out_of_memory"
    assert engine.paint([a_job()], no_step)


def test_other_runtime_errors_stay_what_they_are(engine: Engine) -> None:
    def fail(step: int, steps: int) -> None:
        raise RuntimeError("something else")

    with pytest.raises(RuntimeError, match="something else"):
        engine.paint([a_job()], fail)


@pytest.mark.parametrize("other", [a_job(size=(64, 72)), a_job(steps=2), a_job(guidance=1), a_job(eta=0.5)])
def test_jobs_that_do_not_match_are_refused(engine: Engine, no_step: Listener, other: object) -> None:
    assert isinstance(other, type(a_job()))
    with pytest.raises(ValueError, match="share their size"):
        engine.paint([a_job(), other], no_step)


def test_no_jobs_no_pictures(engine: Engine, no_step: Listener) -> None:
    assert engine.paint([], no_step) == []


@pytest.mark.parametrize("prompt", ["word " * 1000, "", "\x00\u202eКот 🎬 قطة", "<|endoftext|> <|startoftext|>"])
def test_any_prompt_is_painted_without_a_word(
    engine: Engine, no_step: Listener, prompt: str, capfd: pytest.CaptureFixture[str]
) -> None:
    assert engine.paint([a_job(prompt, steps=1)], no_step)
    assert capfd.readouterr() == ("", "")


def test_loading_and_painting_are_silent(
    profile: Profile, no_step: Listener, capfd: pytest.CaptureFixture[str], recwarn: pytest.WarningsRecorder
) -> None:
    fresh = Engine(profile)
    fresh.paint([a_job(steps=1)], no_step)
    fresh.close()
    assert capfd.readouterr() == ("", "")
    assert not recwarn.list


def test_a_closed_engine_loads_anew(profile: Profile, no_step: Listener) -> None:
    fresh = Engine(profile)
    before = fresh.paint([a_job()], no_step)[0]
    fresh.close()
    fresh.close()
    assert fresh.paint([a_job()], no_step)[0].tobytes() == before.tobytes()
    fresh.close()


def test_the_engine_paints_in_another_thread(engine: Engine, no_step: Listener) -> None:
    painted: list[bytes] = []
    thread = threading.Thread(target=lambda: painted.append(engine.paint([a_job()], no_step)[0].tobytes()))
    thread.start()
    thread.join()
    assert painted == [engine.paint([a_job()], no_step)[0].tobytes()]


def test_tokens_are_counted_without_start_and_end(engine: Engine) -> None:
    assert [engine.count_tokens(text) for text in ("", "red", "red house", "red house,")] == [0, 1, 2, 3]
    assert engine.count_tokens("word " * 1000) >= 1000


def test_the_engine_says_whether_its_models_are_loaded(profile: Profile) -> None:
    engine = Engine(profile)
    assert not engine.loaded
    engine.load()
    assert engine.loaded
    engine.close()
    assert not engine.loaded
