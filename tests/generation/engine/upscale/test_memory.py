"""Memory that runs out while upscaling: smaller tiles, then one model at a time, then a plain failure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import torch

import generation.engine.load as models
from generation.engine import Engine, EngineError
from generation.engine.upscale import ladder as ladders
from generation.engine.upscale.ladder import Ladder, Rung
from generation.engine.upscale.progress import Progress
from tests.generation.engine.pictures import a_job, greatest_difference
from tests.generation.engine.upscale.test_upscale import a_picture

if TYPE_CHECKING:
    from collections.abc import Callable

    from generation.engine import Profile
    from generation.engine.load import Loaded

SHORT = torch.cuda.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB")
PICTURE, SIZE = (96, 72), (384, 288)


def cramp(engine: Engine, part: str, most: int) -> list[int]:
    """Let a part run out of memory for what is larger; what this returns remembers each size that was tried."""
    model: Any = getattr(engine._upscaler.get().pipe, part)
    name = "decode" if part == "vae" else "forward"
    real, tried = getattr(model, name), []

    def cramped(sample: torch.Tensor, *args: Any, **kwargs: Any) -> Any:
        if not tried or tried[-1] != max(sample.shape[2:]):
            tried.append(max(sample.shape[2:]))
        if max(sample.shape[2:]) > most:
            raise SHORT
        return real(sample, *args, **kwargs)

    setattr(model, name, cramped)
    return tried


@pytest.mark.parametrize("part", ["unet", "vae"])
def test_tiles_become_smaller_until_they_fit(painter: Engine, part: str) -> None:
    tried = cramp(painter, part, 64)
    made = painter.upscale(a_picture(PICTURE), SIZE)
    assert tried == [96, 64]
    assert greatest_difference(painter.upscale(a_picture(PICTURE), SIZE), made) == 0
    assert tried == [96, 64], "what was learnt is remembered"


def test_what_fits_nowhere_is_said_and_forgotten(painter: Engine) -> None:
    upscaler = painter._upscaler.get()
    real = upscaler.pipe.unet.forward
    tried = cramp(painter, "unet", 8)
    with pytest.raises(EngineError) as caught:
        painter.upscale(a_picture(PICTURE), SIZE)
    assert caught.value.code == "out_of_memory"
    assert tried == [96, 64]
    upscaler.pipe.unet.forward = real
    assert upscaler.ladder.rung == Rung(ladders.TILES[0])
    assert painter.upscale(a_picture(PICTURE), SIZE).size == SIZE


def test_the_top_is_tried_again_after_a_while(painter: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ladders, "KEPT_FOR", 2)
    tried = cramp(painter, "unet", 64)
    for _ in range(3):
        painter.upscale(a_picture(PICTURE), SIZE)
    assert tried == [96, 64, 96, 64]


def test_a_listener_that_runs_out_of_memory_is_no_shortage(painter: Engine) -> None:
    def listen(step: int, steps: int) -> None:
        raise MemoryError("mine")

    with pytest.raises(EngineError) as caught:
        painter.upscale(a_picture(PICTURE), SIZE, on_step=listen)
    assert isinstance(caught.value.__cause__, MemoryError)
    assert painter._upscaler.get().ladder.rung == Rung(ladders.TILES[0])


def test_on_a_graphics_card_models_come_one_at_a_time_before_it_fails() -> None:
    """Without a card: what the ladder asks of the pipeline."""
    asked: list[str] = []

    class Pipe:
        def enable_model_cpu_offload(self, device: torch.device) -> None:
            asked.append(f"offload to {device}")

        def remove_all_hooks(self) -> None:
            asked.append("no hooks")

        def to(self, device: torch.device) -> None:
            asked.append(f"all to {device}")

    ladder = Ladder(Pipe(), torch.device("cuda"))
    progress = Progress(lambda step, steps: None, Pipe())
    tried: list[Rung] = []

    def make(rung: Rung) -> int:
        tried.append(rung)
        if not rung.offloaded:
            raise SHORT
        return 7

    assert ladder.climb(make, 640, progress) == 7
    assert [str(rung) for rung in tried] == ["tiles of 256", "tiles of 128", "tiles of 64", "tiles of 64, offload"]
    assert asked == ["offload to cuda"]
    ladder.rung = Rung(256)
    with pytest.raises(EngineError):
        ladder.climb(lambda rung: (_ for _ in ()).throw(SHORT), 640, progress)
    assert asked[1:3] == ["no hooks", "all to cuda"]


def test_broken_numbers_are_decoded_once_more_then_said(painter: Engine) -> None:
    vae = painter._upscaler.get().pipe.vae
    real, seen = vae.decode, []

    def decode(latents: torch.Tensor, **kwargs: Any) -> Any:
        seen.append(latents.dtype)
        made = real(latents, **kwargs)
        return made if latents.dtype == torch.float32 and not broken else (made[0] * torch.nan,)

    vae.decode, broken = decode, False
    vae.to(torch.bfloat16)
    assert painter.upscale(a_picture(), (160, 96)).getextrema()[0][0] < 255
    assert seen == [torch.bfloat16, torch.float32]
    assert vae.dtype == torch.bfloat16
    broken = True
    with pytest.raises(EngineError) as caught:
        painter.upscale(a_picture(), (160, 96))
    assert caught.value.code == "bad_picture"


def test_who_paints_needs_memory_first(painter: Engine, no_step: Callable[[int, int], None]) -> None:
    """An upscaler that nobody uses now is let go before a painting fails."""
    painter.upscale(a_picture(), (160, 96))
    unet = painter._models().pipe.unet
    real = unet.forward

    def cramped(*args: Any, **kwargs: Any) -> Any:
        if painter._upscaler._upscaler is not None:
            raise SHORT
        return real(*args, **kwargs)

    unet.forward = cramped
    assert len(painter.paint([a_job(steps=1)], no_step)) == 1
    assert painter._upscaler._upscaler is None


def test_whoever_finishes_has_the_memory_of_those_who_paint(
    painter: Engine, no_step: Callable[[int, int], None]
) -> None:
    """A painted picture is not lost for want of memory: the models that painted it go, and come again when needed."""
    before = painter.paint([a_job(steps=1)], no_step)
    pipe = painter._upscaler.get().pipe
    real = pipe.unet.forward

    def cramped(*args: Any, **kwargs: Any) -> Any:
        if painter.loaded:
            raise SHORT
        return real(*args, **kwargs)

    pipe.unet.forward = cramped
    assert painter.upscale(a_picture(), (160, 96)).size == (160, 96)
    assert not painter.loaded
    assert greatest_difference(painter.paint([a_job(steps=1)], no_step)[0], before[0]) == 0


def test_models_that_do_not_fit_beside_an_upscaler_are_loaded_without_it(
    painter: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    painter.upscale(a_picture(), (160, 96))
    real = models.load

    def cramped(profile: Profile) -> Loaded:
        if painter._upscaler._upscaler is not None:
            raise EngineError("out_of_memory")
        return real(profile)

    monkeypatch.setattr(models, "load", cramped)
    painter.load()
    assert painter.loaded
    monkeypatch.setattr(models, "load", lambda profile: (_ for _ in ()).throw(EngineError("out_of_memory")))
    painter.close()
    with pytest.raises(EngineError) as caught:
        painter.load()
    assert caught.value.code == "out_of_memory"
