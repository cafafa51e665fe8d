"""Warm LoRAs keep to their bounds, and give back their memory where it runs out."""

from __future__ import annotations

import gc
from typing import TYPE_CHECKING, Any

import pytest
import torch

from generation.engine import Engine, EngineError, LoraUse, Profile
from generation.engine import loras as wardrobe
from generation.engine.lora_file import lora_use
from generation.engine.quiet import quiet
from tests.generation.engine.lora.wearing import adapters, paint, wearing
from tests.generation.engine.lora_files import a_lora, changed
from tests.generation.engine.pictures import greatest_difference

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="module")
def eight(folder: Path, tiny: Path) -> list[LoraUse]:
    """Eight of them, all different and small; every other one for the UNet alone."""

    def few(name: str, tensor: torch.Tensor) -> torch.Tensor | None:
        return tensor if "attn2" in name or "q_proj" in name else None

    for number in range(8):
        whole = a_lora(folder / f"whole {number}.safetensors", tiny, seed=10 + number, text=number % 2 == 0)
        changed(folder / f"{number}.safetensors", whole, few)
    return [lora_use(folder / f"{number}.safetensors", 0.5) for number in range(8)]


def switch(engine: Engine, *uses: LoraUse) -> None:
    """What `paint` does before a batch."""
    with quiet():
        engine._models().loras.wear(uses)


def test_forty_swaps_among_eight_keep_to_the_bounds(
    profile: Profile, bare: bytes, eight: list[LoraUse], monkeypatch: pytest.MonkeyPatch
) -> None:
    fresh = Engine(profile)
    first = {use.name: paint(fresh, use).tobytes() for use in eight[:3]}
    biggest = max(fresh._models().loras.held.values())
    monkeypatch.setattr(wardrobe, "MOST_WARM", 5)
    monkeypatch.setattr(wardrobe, "WARM_BYTES", 4 * biggest)
    for number in range(40):
        uses = eight[number * 3 % 8], eight[number * 5 % 8]
        switch(fresh, *{use.name: use for use in uses}.values())
        held = fresh._models().loras.held
        assert adapters(fresh) == set(held)
        assert {use.name for use in uses} <= set(held)
        assert len(held) <= 5
        assert sum(held.values()) <= 4 * biggest
        tensors = sum(
            weight.nbytes
            for layer in fresh._models().loras._layers()
            for one in (layer.lora_A, layer.lora_B)
            for weight in one.parameters()
        )
        assert tensors == sum(held.values())
    assert {name: paint(fresh, use).tobytes() for use in eight[:3] for name in [use.name]} == first
    assert paint(fresh).tobytes() == bare
    fresh.close()


def test_the_least_recently_worn_goes_first(
    profile: Profile, eight: list[LoraUse], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wardrobe, "MOST_WARM", 3)
    fresh = Engine(profile)
    for number in (0, 1, 2, 0, 3):
        switch(fresh, eight[number])
    assert list(fresh._models().loras.held) == [eight[number].name for number in (2, 0, 3)]
    fresh.close()


def test_what_is_worn_is_kept_whatever_it_takes(
    profile: Profile, eight: list[LoraUse], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wardrobe, "MOST_WARM", 1)
    monkeypatch.setattr(wardrobe, "WARM_BYTES", 1)
    fresh = Engine(profile)
    switch(fresh, *eight[:3])
    assert set(fresh._models().loras.held) == {use.name for use in eight[:3]}
    switch(fresh, eight[7])
    assert set(fresh._models().loras.held) == {eight[7].name}
    fresh.close()


def test_dropped_tensors_are_freed(profile: Profile, eight: list[LoraUse]) -> None:
    def matrices() -> int:
        gc.collect()
        return sum(
            type(one) is torch.nn.Parameter and one.shape[:1] == (4,) and one.ndim == 2 for one in gc.get_objects()
        )

    fresh = Engine(profile)
    fresh.load()
    before = matrices()
    switch(fresh, *eight[:4])
    assert matrices() > before
    with quiet():
        fresh._models().loras.drop()
    assert matrices() == before
    fresh.close()


SHORTAGE = torch.cuda.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB")


def test_where_memory_runs_out_idle_loras_give_theirs_back(profile: Profile, one: Path, eight: list[LoraUse]) -> None:
    fresh = Engine(profile)
    jobs = [wearing((one, 1), seed=seed) for seed in range(4)]
    alone = [fresh.paint([job], lambda *step: None)[0] for job in jobs]
    switch(fresh, *eight[:3])
    unet = fresh._models().pipe.unet
    forward = unet.forward

    def cramped(sample: torch.Tensor, *args: Any, **kwargs: Any) -> Any:
        if len(sample) > 4 or len(fresh._models().loras.held) > 1:
            raise SHORTAGE
        return forward(sample, *args, **kwargs)

    unet.forward = cramped
    images = fresh.paint(jobs, lambda *step: None)
    assert list(fresh._models().loras.held) == [lora_use(one).name]
    assert all(greatest_difference(a, b) <= 1 for a, b in zip(images, alone, strict=True))
    fresh.close()


def test_loading_that_runs_out_of_memory_is_tried_without_the_idle_ones_then_fails_plainly(
    profile: Profile, bare: bytes, eight: list[LoraUse], monkeypatch: pytest.MonkeyPatch
) -> None:
    fresh = Engine(profile)
    switch(fresh, *eight[:3])
    pipe = fresh._models().pipe
    load, room = pipe.load_lora_weights, [1]

    def cramped(*args: Any, **kwargs: Any) -> None:
        load(*args, **kwargs)
        if len(adapters(fresh)) > room[0]:
            raise SHORTAGE

    monkeypatch.setattr(pipe, "load_lora_weights", cramped, raising=False)
    paint(fresh, eight[3])
    assert adapters(fresh) == {eight[3].name}
    room[0] = 0
    with pytest.raises(EngineError) as caught:
        paint(fresh, eight[4])
    assert caught.value.code == "out_of_memory"
    assert eight[4].name not in adapters(fresh)
    assert paint(fresh).tobytes() == bare
    fresh.close()
