"""Memory that runs out while painting: fewer at once, then tiles, then one model at a time, then a plain failure."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

import pytest
import torch

from generation.engine import Engine, EngineError, Mask, Profile
from generation.engine import ladder as ladders
from generation.engine.ladder import Ladder, Rung
from generation.engine.watch import Watch
from tests.generation.engine.begun import a_mask, from_scene, scene
from tests.generation.engine.pictures import a_job, greatest_difference, levels

Listener = Callable[[int, int], None]

SHORTAGES = [
    torch.cuda.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB"),
    RuntimeError("[enforce fail at alloc_cpu.cpp] DefaultCPUAllocator: not enough memory: you tried to allocate"),
    MemoryError(),
    OSError(12, "Cannot allocate memory"),
]
FOUR = [a_job(prompt, seed=seed) for seed, prompt in enumerate(("a red house", "a blue boat, at night", "", "sun"))]
WIDE = (288, 112)  # more than one tile


@pytest.fixture
def painter(profile: Profile) -> Iterator[Engine]:
    """An engine of the test's own, for what it has learnt must not follow others."""
    engine = Engine(profile)
    yield engine
    engine.close()


class Room:
    """A machine on which at most `most` pictures can be painted at once; it remembers what was tried."""

    def __init__(self, engine: Engine, most: int, shortage: Exception = SHORTAGES[0]) -> None:
        self.most = most
        self.tried: list[int] = []
        unet = engine._models().pipe.unet
        forward = unet.forward

        def cramped(sample: torch.Tensor, *args: Any, **kwargs: Any) -> Any:
            batch = len(sample) // 2  # with and without the prompt
            if not self.tried or self.tried[-1] != batch:
                self.tried.append(batch)
            if batch > self.most:
                raise shortage
            return forward(sample, *args, **kwargs)

        unet.forward = cramped


def cannot_decode(engine: Engine, *, whole: bool = True, tiles: bool = True) -> Callable[[], None]:
    """Let decoding run out of memory; call what this returns, and it no longer does."""
    vae = engine._models().pipe.vae
    decode = vae.decode

    def fail(*args: Any, **kwargs: Any) -> Any:
        if tiles if vae.use_tiling else whole:
            raise SHORTAGES[0]
        return decode(*args, **kwargs)

    def recover() -> None:
        vae.decode = decode

    vae.decode = fail
    return recover


@pytest.mark.parametrize("mask", [None, Mask(a_mask())], ids=["image", "inpaint"])
def test_pictures_from_pictures_go_down_the_ladder_too(
    painter: Engine, engine: Engine, no_step: Listener, mask: Mask | None
) -> None:
    jobs = [from_scene(start=scene(seed=seed), seed=seed, mask=mask) for seed in range(4)]
    room = Room(painter, most=2)
    images = painter.paint(jobs, no_step)
    assert room.tried == [4, 2]
    alone = [engine.paint([job], no_step)[0] for job in jobs]
    assert all(greatest_difference(one, other) <= 1 for one, other in zip(images, alone, strict=True))


@pytest.mark.parametrize("shortage", SHORTAGES, ids=["cuda", "cpu", "python", "system"])
@pytest.mark.parametrize(("most", "tried"), [(2, [4, 2]), (1, [4, 2, 1])])
def test_fewer_are_painted_at_once_and_the_pictures_are_the_same(
    painter: Engine, no_step: Listener, shortage: Exception, most: int, tried: list[int]
) -> None:
    alone = [painter.paint([job], no_step)[0] for job in FOUR]
    room = Room(painter, most, shortage)
    images = painter.paint(FOUR, no_step)
    assert room.tried == tried
    assert all(greatest_difference(one, other) <= 1 for one, other in zip(images, alone, strict=True))
    assert painter.paint([FOUR[0]], no_step)[0].tobytes() == alone[0].tobytes()


def test_only_what_is_not_yet_painted_is_painted_again(painter: Engine, no_step: Listener) -> None:
    room = Room(painter, 4)
    steps: list[tuple[int, int]] = []

    def listen(step: int, total: int) -> None:
        steps.append((step, total))
        if step == 3:  # the first four are sampled
            room.most = 2

    images = painter.paint([*FOUR, *FOUR], listen)
    assert len(images) == 8
    assert steps == [(1, 6), (2, 6), (3, 6), *((step, 9) for step in range(4, 10))]
    assert room.tried == [4, 2]


def test_steps_never_exceed_their_total_when_a_batch_is_counted_again(painter: Engine) -> None:
    recover = cannot_decode(painter, tiles=False)
    steps: list[tuple[int, int]] = []
    painter.paint(FOUR, lambda *step: steps.append(step))
    assert steps == [(step, 3) for step in (1, 2, 3, 1, 2, 3)]
    recover()


def test_the_next_request_of_the_same_size_does_not_stumble_again(painter: Engine, no_step: Listener) -> None:
    room = Room(painter, 2)
    painter.paint(FOUR, no_step)
    room.tried.clear()
    painter.paint(FOUR, no_step)
    assert room.tried == [2]


def test_other_sizes_lose_nothing(painter: Engine, no_step: Listener) -> None:
    room = Room(painter, 1)
    painter.paint(FOUR, no_step)
    room.most = 4
    room.tried.clear()
    painter.paint([a_job(size=(72, 64), seed=seed) for seed in range(4)], no_step)
    assert room.tried == [4]
    room.tried.clear()
    painter.paint(FOUR, no_step)
    assert room.tried == [1]


def test_a_closed_engine_forgets(painter: Engine, no_step: Listener) -> None:
    Room(painter, 1)
    painter.paint(FOUR, no_step)
    painter.close()
    room = Room(painter, 4)
    painter.paint(FOUR, no_step)
    assert room.tried == [4]


def test_after_a_while_the_top_is_tried_again(
    painter: Engine, no_step: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ladders, "KEPT_FOR", 3)
    room = Room(painter, 2)
    painter.paint(FOUR, no_step)  # two batches
    painter.paint([FOUR[0]], no_step)
    room.most = 4
    room.tried.clear()
    painter.paint(FOUR, no_step)
    assert room.tried == [4]


def test_what_cannot_be_decoded_whole_is_decoded_in_tiles_and_as_many_at_once(
    painter: Engine, no_step: Listener
) -> None:
    jobs = [a_job(size=WIDE, seed=seed) for seed in range(4)]
    whole, other = painter.paint(jobs, no_step), painter.paint([a_job()], no_step)[0]
    room = Room(painter, 4)
    recover = cannot_decode(painter, tiles=False)
    tiled = painter.paint(jobs, no_step)
    assert room.tried == [4]
    assert all(abs(levels(one) - levels(two)).mean() < 8 for one, two in zip(whole, tiled, strict=True))
    recover()
    assert painter.paint([a_job()], no_step)[0].tobytes() == other.tobytes()
    assert not painter._models().pipe.vae.use_tiling


def test_a_single_picture_that_cannot_be_sampled_is_tried_with_tiles_last(painter: Engine, no_step: Listener) -> None:
    tiles: list[bool] = []
    room = Room(painter, 0)
    vae = painter._models().pipe.vae
    with pytest.raises(EngineError, match="out_of_memory"):
        painter.paint(FOUR, lambda *step: None)
    assert room.tried == [4, 2, 1]
    tiles.append(vae.use_tiling)
    room.most = 4
    painter.paint(FOUR, no_step)
    tiles.append(vae.use_tiling)
    assert tiles == [True, False]


def test_a_failure_is_plain_and_the_next_request_works(painter: Engine, no_step: Listener) -> None:
    before = painter.paint([a_job(size=WIDE)], no_step)[0]
    recover = cannot_decode(painter)
    for _ in range(2):
        with pytest.raises(EngineError) as caught:
            painter.paint([a_job(size=WIDE, seed=seed) for seed in range(3)], no_step)
        assert caught.value.code == "out_of_memory"
    recover()
    assert painter.paint([a_job(size=WIDE)], no_step)[0].tobytes() == before.tobytes()


def test_each_rung_is_logged(painter: Engine, no_step: Listener, caplog: pytest.LogCaptureFixture) -> None:
    Room(painter, 2)
    with caplog.at_level(logging.WARNING, logger="generation.engine"):
        painter.paint(FOUR, no_step)
    assert [record.getMessage() for record in caplog.records] == [
        "Out of memory with 4 of 64x64 at once: going on with 2 at once."
    ]


class Stop(Exception):
    """Raised by a listener."""


@pytest.mark.parametrize("most", [4, 2, 1])
@pytest.mark.parametrize("stop", [Stop(), SHORTAGES[0]], ids=["stop", "as if short of memory"])
def test_a_listener_leaves_at_once_on_every_rung(
    painter: Engine, no_step: Listener, most: int, stop: Exception
) -> None:
    before = painter.paint([FOUR[0]], no_step)[0]
    Room(painter, most)
    heard: list[int] = []

    def listen(step: int, steps: int) -> None:
        heard.append(step)
        if step == 2:
            raise stop

    with pytest.raises((Stop, EngineError)):
        painter.paint(FOUR, listen)
    assert heard == [1, 2]
    assert painter.paint([FOUR[0]], no_step)[0].tobytes() == before.tobytes()


class CardPipe:
    """Stands for a pipeline on a graphics card: notes what it is told."""

    def __init__(self) -> None:
        self.told: list[str] = []
        self.vae = SimpleNamespace(use_tiling=False, tile_sample_min_size=512, tile_latent_min_size=64)

    def enable_model_cpu_offload(self, device: torch.device) -> None:
        self.told.append(f"offload {device}")

    def remove_all_hooks(self) -> None:
        self.told.append("no hooks")

    def to(self, device: torch.device) -> None:
        self.told.append(f"to {device}")


def attempt(ladder: Ladder, size: tuple[int, int], problem: Exception | None) -> None:
    """One batch of the rung's own number that ends like this."""
    batch = ladder.rung(size).batch
    with ladder.attempt(size, batch, Watch(lambda *step: None, None, batch=0, batches=1, first=0)):
        if problem is not None:
            raise problem


def test_on_a_card_models_take_turns_before_it_fails_and_other_sizes_have_them_all() -> None:
    pipe = CardPipe()
    ladder = Ladder(pipe, torch.device("cuda"), 2)
    assert (pipe.vae.tile_sample_min_size, pipe.vae.tile_latent_min_size) == (256, 32)
    rungs = []
    for _ in range(3):
        attempt(ladder, WIDE, SHORTAGES[0])
        rungs.append(ladder.rung(WIDE))
    assert rungs == [Rung(1), Rung(1, tiled=True), Rung(1, tiled=True, offloaded=True)]
    attempt(ladder, WIDE, None)
    attempt(ladder, (64, 64), None)
    attempt(ladder, (64, 64), None)
    assert pipe.told == ["offload cuda", "no hooks", "to cuda"]
    with pytest.raises(EngineError):
        attempt(ladder, WIDE, SHORTAGES[0])
    assert ladder.rung(WIDE) == Rung(2)


def test_a_bounded_number_of_sizes_is_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ladders, "SIZES_KEPT", 2)
    ladder = Ladder(CardPipe(), torch.device("cpu"), 2)
    for width in (8, 16, 24):
        attempt(ladder, (width, 8), SHORTAGES[0])
    assert [ladder.rung((width, 8)).batch for width in (8, 16, 24)] == [2, 1, 1]


def test_other_errors_go_their_way(painter: Engine) -> None:
    room = Room(painter, 1, RuntimeError("something else"))
    with pytest.raises(RuntimeError, match="something else"):
        painter.paint(FOUR, lambda *step: None)
    assert room.tried == [4]
