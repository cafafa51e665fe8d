"""LoRAs while painting, with real files on the real pipeline: they change pictures, leave no trace, and are bounded."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
import torch
from safetensors.torch import load_file, save_file

from generation.engine import Engine, EngineError, LoraUse, PaintJob, Profile
from generation.engine import loras as wardrobe
from generation.engine.lora_file import inspect, lora_use
from generation.engine.loras import Loras
from generation.engine.quiet import quiet
from imagecreator.errors import ERRORS, explain
from tests.generation.engine.lora_files import (
    a_lora,
    changed,
    kohya,
    old_diffusers,
    oldest_diffusers,
    only_attention,
    shaped,
)
from tests.generation.engine.pictures import a_job, greatest_difference

if TYPE_CHECKING:
    from pathlib import Path

    from PIL import Image

Change = Callable[[str, torch.Tensor], torch.Tensor | None]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("loras")


@pytest.fixture(scope="module")
def one(folder: Path, tiny: Path) -> Path:
    """For the UNet and the text encoder."""
    return a_lora(folder / "one.safetensors", tiny, seed=1, scale=0.2)


@pytest.fixture(scope="module")
def other(folder: Path, tiny: Path) -> Path:
    """Another, of another rank, for the UNet alone."""
    return a_lora(folder / "other.safetensors", tiny, seed=2, rank=8, text=False, scale=0.2)


@pytest.fixture(scope="module")
def painter(profile: Profile) -> Iterator[Engine]:
    """An engine of this module's own."""
    engine = Engine(profile)
    yield engine
    engine.close()


@pytest.fixture(scope="module")
def bare(profile: Profile) -> bytes:
    """A picture by an engine that never saw a LoRA."""
    engine = Engine(profile)
    picture = engine.paint([a_job()], lambda *step: None)[0]
    engine.close()
    return picture.tobytes()


def wearing(*loras: tuple[Path, float] | LoraUse, **job: Any) -> PaintJob:
    """A small job with these files at these weights."""
    uses = tuple(use if isinstance(use, LoraUse) else lora_use(*use) for use in loras)
    return replace(a_job(**job), loras=uses)


def paint(engine: Engine, *loras: tuple[Path, float] | LoraUse) -> Image.Image:
    return engine.paint([wearing(*loras)], lambda *step: None)[0]


def base_state(engine: Engine) -> dict[str, torch.Tensor]:
    pipe = engine._models().pipe
    return {
        f"{part}.{name}": tensor for part in wardrobe.PARTS for name, tensor in getattr(pipe, part).state_dict().items()
    }


def adapters(engine: Engine) -> set[str]:
    """All that peft's layers hold, whatever anybody else believes."""
    return {name for layer in engine._models().loras._layers() for name in (*layer.lora_A, *layer.scaling)}


def refusal(engine: Engine, path: Path) -> EngineError:
    """Why it is refused; nothing of it may stay, and it must be one sentence."""
    before = adapters(engine)
    with pytest.raises(EngineError) as caught:
        paint(engine, (path, 1))
    error = caught.value
    assert error.code in ERRORS
    assert "\n" not in str(explain(error.code, error.values))
    assert len(str(explain(error.code, error.values))) < 400
    assert adapters(engine) == before
    return error


@pytest.mark.parametrize("resnets", [False, True], ids=["attention", "everything"])
def test_every_layout_paints_the_same_picture(
    painter: Engine, bare: bytes, tiny: Path, tmp_path: Path, resnets: bool
) -> None:
    whole = a_lora(tmp_path / "a.safetensors", tiny, seed=5, resnets=resnets, scale=0.1)
    files = [
        whole,
        old_diffusers(tmp_path / "b.safetensors", whole),
        kohya(tmp_path / "c.safetensors", whole),
        kohya(tmp_path / "d.safetensors", whole, sgm=True),
    ]
    pictures = [paint(painter, (file, 1)).tobytes() for file in files]
    assert len({lora_use(file).name for file in files}) == 4
    assert len(set(pictures)) == 1
    assert pictures[0] != bare


def test_the_oldest_layout_of_attention_processors_loads_too(painter: Engine, one: Path, tmp_path: Path) -> None:
    old = oldest_diffusers(tmp_path / "a.safetensors", one)
    new = only_attention(tmp_path / "b.safetensors", one)
    assert paint(painter, (old, 1)).tobytes() == paint(painter, (new, 1)).tobytes()


def test_our_names_are_those_that_diffusers_finds(painter: Engine, tiny: Path, tmp_path: Path) -> None:
    """The file as diffusers itself converts it from kohya's and from the original names."""
    pipe = painter._models().pipe
    whole = a_lora(tmp_path / "a.safetensors", tiny, resnets=True, text=False)
    for sgm in (False, True):
        state = load_file(kohya(tmp_path / "b.safetensors", whole, sgm=sgm))
        for name in list(state):
            if "upsamplers" in name or "output_blocks_1_1" in name or "time_embed" in name or "conv_" in name:
                del state[name]  # which diffusers takes for an attention, or for nothing
        theirs, _ = pipe.lora_state_dict(dict(state), unet_config=pipe.unet.config)
        found = painter._models().loras._places
        ours = {found["unet", name.removeprefix("lora_unet_").partition(".")[0]].path for name in state}
        assert {
            name.removeprefix("unet.")
            .partition(".lora")[0]
            .partition("_lora")[0]
            .replace(".processor", "")
            .replace(".to_out", ".to_out.0")
            .replace(".to_out.0.0", ".to_out.0")
            for name in theirs
        } == ours


def test_alphas_scale_each_module(painter: Engine, one: Path, tmp_path: Path) -> None:
    """Half the rank is half the effect; and each module keeps to its own."""
    plain = kohya(tmp_path / "a.safetensors", one)
    half = kohya(tmp_path / "b.safetensors", one, alpha=2)
    assert greatest_difference(paint(painter, (half, 1)), paint(painter, (plain, 0.5))) <= 1
    mixed = kohya(tmp_path / "c.safetensors", one, alphas={"to_k": 1.0, "to_v": 8.0, "q_proj": 2.0, "fc1": 0.0})

    def folded(name: str, tensor: torch.Tensor) -> torch.Tensor:
        by = {"to_k": 0.25, "to_v": 2.0, "q_proj": 0.5, "fc1": 0.0}
        module = name.partition(".lora_")[0].rpartition(".")[2]
        return tensor * by.get(module, 1) if ".lora_B" in name else tensor

    same = changed(tmp_path / "d.safetensors", one, folded)
    assert greatest_difference(paint(painter, (mixed, 1)), paint(painter, (same, 1))) <= 1
    assert greatest_difference(paint(painter, (mixed, 1)), paint(painter, (plain, 1))) > 1


def test_alphas_in_the_notes_of_diffusers_trainers_count(painter: Engine, tiny: Path, tmp_path: Path) -> None:
    noted = a_lora(tmp_path / "a.safetensors", tiny, alpha=2, notes=True, scale=0.2)
    plain = changed(tmp_path / "b.safetensors", noted, lambda name, tensor: tensor)
    assert paint(painter, (noted, 1)).tobytes() == paint(painter, (plain, 0.5)).tobytes()
    assert paint(painter, (noted, 1)).tobytes() != paint(painter, (plain, 1)).tobytes()


def test_a_weight_is_how_much_and_may_be_negative(painter: Engine, bare: bytes, one: Path) -> None:
    pictures = {weight: paint(painter, (one, weight)) for weight in (-2, -1, 0.1, 1, 2)}
    assert len({picture.tobytes() for picture in pictures.values()} | {bare}) == 6
    base = paint(painter)

    def far(weight: float) -> float:
        return sum(abs(a - b) for a, b in zip(pictures[weight].tobytes(), base.tobytes(), strict=True))

    assert 0 < far(0.1) < far(1)


def test_weight_zero_is_none_at_all(painter: Engine, bare: bytes, one: Path, tmp_path: Path) -> None:
    held = painter._models().loras.held
    assert paint(painter, (one, 0)).tobytes() == bare
    nowhere = LoraUse(tmp_path / "nowhere", "0" * 64, 0)
    assert paint(painter, nowhere).tobytes() == bare
    assert painter._models().loras.held == held


def test_two_at_once_are_not_either_alone_and_come_in_any_order(painter: Engine, one: Path, other: Path) -> None:
    both, turned = paint(painter, (one, 1), (other, 0.5)), paint(painter, (other, 0.5), (one, 1))
    assert both.tobytes() == turned.tobytes()
    alone = {paint(painter, (one, 1)).tobytes(), paint(painter, (other, 0.5)).tobytes(), paint(painter).tobytes()}
    assert len(alone | {both.tobytes()}) == 4


def test_the_text_encoders_part_counts(painter: Engine, bare: bytes, one: Path, tmp_path: Path) -> None:
    def only(part: str) -> Change:
        return lambda name, tensor: tensor if name.startswith(f"{part}.") else None

    text = changed(tmp_path / "a.safetensors", one, only("text_encoder"))
    unet = changed(tmp_path / "b.safetensors", one, only("unet"))
    pictures = [paint(painter, (file, 1)).tobytes() for file in (text, unet, one)]
    assert len({*pictures, bare}) == 4
    assert inspect(text).parts == ("text_encoder",)


def test_jobs_between_are_painted_as_if_there_had_never_been_a_lora(
    painter: Engine, bare: bytes, one: Path, other: Path
) -> None:
    first = paint(painter, (one, 1)).tobytes()
    for _ in range(3):
        assert paint(painter).tobytes() == bare
        assert paint(painter, (other, 1)).tobytes() != first
        assert paint(painter, (one, 1)).tobytes() == first
        assert paint(painter).tobytes() == bare


def test_a_picture_does_not_depend_on_what_else_is_warm(
    profile: Profile, painter: Engine, one: Path, other: Path
) -> None:
    """Neither what was loaded before, nor what is loaded after."""
    paint(painter, (other, 1))
    fresh = Engine(profile)
    alone = paint(fresh, (one, 0.8)).tobytes()
    assert paint(painter, (one, 0.8)).tobytes() == alone
    paint(fresh, (other, 1))
    assert paint(fresh, (one, 0.8)).tobytes() == alone
    fresh.close()


def test_after_unloading_weights_and_pictures_are_the_same_bits(
    profile: Profile, bare: bytes, one: Path, other: Path
) -> None:
    fresh = Engine(profile)
    before = {name: tensor.clone() for name, tensor in base_state(fresh).items()}
    modules = [type(module) for module in fresh._models().pipe.unet.modules()]
    paint(fresh, (one, 1), (other, -2))
    with quiet():
        fresh._models().loras.drop()
    after = base_state(fresh)
    assert list(after) == list(before)
    assert all(torch.equal(after[name], tensor) for name, tensor in before.items())
    assert [type(module) for module in fresh._models().pipe.unet.modules()] == modules
    assert fresh._models().pipe.get_list_adapters() == {}
    assert paint(fresh).tobytes() == bare
    fresh.close()


def test_the_base_is_never_loaded_anew(painter: Engine, one: Path, other: Path) -> None:
    loaded = painter._models()
    weights = loaded.pipe.unet.conv_norm_out.weight.data_ptr()
    for file in (one, other, one):
        paint(painter, (file, 1))
    assert painter._models() is loaded
    assert loaded.pipe.unet.conv_norm_out.weight.data_ptr() == weights


def test_a_file_is_read_once(painter: Engine, one: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy.safetensors"
    copy.write_bytes(one.read_bytes())
    use = lora_use(copy)
    picture = paint(painter, use).tobytes()
    copy.unlink()
    assert paint(painter, use).tobytes() == picture


@pytest.mark.parametrize("bad", [float("nan"), float("inf"), -float("inf")])
def test_what_is_not_a_number_is_refused(painter: Engine, bare: bytes, one: Path, tmp_path: Path, bad: float) -> None:
    def spoil(name: str, tensor: torch.Tensor) -> torch.Tensor:
        if name.startswith("text_encoder.") and ".layers.1." in name and "fc2.lora_B" in name:
            tensor[0, 0] = bad
        return tensor

    assert refusal(painter, changed(tmp_path / "a.safetensors", one, spoil)).code == "lora_not_numbers"
    alpha = kohya(tmp_path / "b.safetensors", one, alphas={"to_k": bad})
    assert refusal(painter, alpha).code == "lora_not_numbers"
    assert paint(painter).tobytes() == bare


def test_what_half_precision_cannot_hold_is_refused(one: Path, painter: Engine, tmp_path: Path) -> None:
    from generation.engine.lora_weights import read

    big = changed(tmp_path / "a.safetensors", one, lambda name, tensor: tensor * 1e6)
    places = painter._models().loras._places
    assert read(lora_use(big), places, torch.float32)
    with pytest.raises(EngineError, match="lora_not_numbers"):
        read(lora_use(big), places, torch.float16)


@pytest.mark.parametrize("end", ["lora_A", "lora_B", "alpha"])
def test_what_would_change_nothing_is_refused(painter: Engine, one: Path, tmp_path: Path, end: str) -> None:
    if end == "alpha":
        path = kohya(tmp_path / "a.safetensors", one, alpha=0)
    else:
        path = changed(tmp_path / "a.safetensors", one, lambda name, tensor: tensor * 0 if end in name else tensor)
    assert refusal(painter, path).code == "lora_no_effect"


def renamed(path: Path, source: Path, old: str, new: str) -> Path:
    save_file({name.replace(old, new): tensor for name, tensor in load_file(source).items()}, path)
    return path


def test_keys_without_a_module_are_refused_in_one_sentence(
    painter: Engine, bare: bytes, one: Path, tmp_path: Path
) -> None:
    error = refusal(painter, renamed(tmp_path / "a.safetensors", one, "down_blocks.0", "down_blocks.7"))
    assert error.code == "lora_mismatch"
    assert 0 < int(str(error.values["count"])) < int(str(error.values["total"]))
    assert str(error.values["first"]).startswith("down_blocks.7.")
    nothing = refusal(painter, renamed(tmp_path / "b.safetensors", one, "blocks.0", "blocks.9"))
    assert nothing.code == "lora_mismatch"
    assert paint(painter).tobytes() == bare


def test_shapes_of_another_model_are_refused_in_one_sentence(painter: Engine, tmp_path: Path) -> None:
    base = "unet.down_blocks.0.attentions.0.transformer_blocks.0.attn2.to_k"
    shapes = {f"{base}.lora_A.weight": (4, 768), f"{base}.lora_B.weight": (320, 4)}
    assert refusal(painter, shaped(tmp_path / "a.safetensors", shapes)).code == "lora_mismatch"
    second = "lora_te2_text_model_encoder_layers_0_mlp_fc1"
    shapes = {f"{second}.lora_down.weight": (2, 8), f"{second}.lora_up.weight": (8, 2)}
    assert refusal(painter, shaped(tmp_path / "b.safetensors", shapes)).code == "lora_mismatch"


def test_two_names_of_one_module_are_refused(painter: Engine, one: Path, tmp_path: Path) -> None:
    state = load_file(one)
    state |= {
        name.replace("text_encoder.", "text_encoder.text_model."): tensor.clone()
        for name, tensor in state.items()
        if name.startswith("text_encoder.") and "text_model" not in name
    }
    save_file(state, tmp_path / "a.safetensors")
    assert refusal(painter, tmp_path / "a.safetensors").code == "lora_damaged"


def test_a_file_that_was_replaced_is_refused(painter: Engine, one: Path, other: Path, tmp_path: Path) -> None:
    path = tmp_path / "a.safetensors"
    changed(path, one, lambda name, tensor: tensor * 1.5)
    use = lora_use(path)
    path.write_bytes(other.read_bytes())
    with pytest.raises(EngineError, match="lora_changed"):
        paint(painter, use)
    path.unlink()
    with pytest.raises(EngineError, match="file_missing"):
        paint(painter, use)


def test_a_one_by_one_convolution_saved_as_a_linear_layer_loads(painter: Engine, tiny: Path, tmp_path: Path) -> None:
    whole = a_lora(tmp_path / "a.safetensors", tiny, text=False, resnets=True)

    def other_way(name: str, tensor: torch.Tensor) -> torch.Tensor:
        if tensor.ndim == 4 and tensor.shape[2:] == (1, 1):
            return tensor[:, :, 0, 0]
        return tensor[:, :, None, None] if tensor.ndim == 2 else tensor

    turned = changed(tmp_path / "b.safetensors", whole, other_way)
    assert paint(painter, (turned, 1)).tobytes() == paint(painter, (whole, 1)).tobytes()


@pytest.mark.parametrize("stage", ["unet", "text_encoder", "settle"])
@pytest.mark.parametrize("warm", [False, True], ids=["", "beside others"])
def test_a_load_that_breaks_off_leaves_nothing_behind(
    profile: Profile, bare: bytes, one: Path, other: Path, monkeypatch: pytest.MonkeyPatch, stage: str, warm: bool
) -> None:
    fresh = Engine(profile)
    pipe = fresh._models().pipe
    expected = paint(fresh, (other, 1)).tobytes()
    if not warm:
        with quiet():
            fresh._models().loras.drop()

    def fail(*args: Any, **kwargs: Any) -> None:
        raise RuntimeError("the power went out")

    with monkeypatch.context() as patch:
        if stage == "settle":
            patch.setattr(Loras, "_settle", fail)
        elif stage == "unet":
            patch.setattr("peft.set_peft_model_state_dict", fail)
        else:
            patch.setattr(type(pipe.text_encoder), "load_adapter", fail)
        with pytest.raises(RuntimeError, match="power"):
            paint(fresh, (other, 1), (one, 1)) if warm else paint(fresh, (one, 1))
    assert lora_use(one).name not in adapters(fresh)
    assert paint(fresh).tobytes() == bare
    assert paint(fresh, (other, 1)).tobytes() == expected
    assert paint(fresh, (one, 1)).tobytes() not in (bare, expected)
    fresh.close()


class Stop(Exception):
    """Raised by a listener."""


def test_cancelling_in_the_middle_leaves_nothing_to_the_next(
    painter: Engine, bare: bytes, one: Path, other: Path
) -> None:
    first = paint(painter, (one, 1)).tobytes()

    def stop(step: int, steps: int) -> None:
        if step == 2:
            raise Stop

    for loras in ([(one, 1.0), (other, 1.0)], [(other, -1.0)]):
        with pytest.raises(Stop):
            painter.paint([wearing(*loras)], stop)
        assert paint(painter).tobytes() == bare
        assert paint(painter, (one, 1)).tobytes() == first


def test_looks_are_shown_as_without(painter: Engine, one: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("generation.engine.look.LOOK_EVERY", 0)
    shown: list[int] = []
    job = wearing((one, 1))
    [image] = painter.paint([job], lambda *step: None, lambda number, look: shown.append(number))
    assert shown == [0, 0]
    assert image.tobytes() == paint(painter, *job.loras).tobytes()


def test_neighbours_with_the_same_loras_share_a_batch(painter: Engine, one: Path, other: Path) -> None:
    jobs = [wearing((one, 1), (other, 0.5), seed=seed) for seed in range(3)]
    jobs[1] = replace(jobs[1], loras=tuple(reversed(jobs[1].loras)))
    together = painter.paint(jobs, lambda *step: None)
    alone = [painter.paint([job], lambda *step: None)[0] for job in jobs]
    assert all(greatest_difference(a, b) <= 1 for a, b in zip(together, alone, strict=True))


def test_company_is_the_same_set_of_contents_and_weights(one: Path, other: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy.safetensors"
    copy.write_bytes(one.read_bytes())
    job = wearing((one, 1), (other, 0.5))
    assert job.company == wearing((other, 0.5), (copy, 1)).company
    assert a_job().company == wearing((one, 0)).company
    for different in (wearing((one, 1)), wearing((one, 1), (other, 0.6)), a_job()):
        assert different.company != job.company
    with pytest.raises(ValueError, match="each LoRA once"):
        wearing((one, 1), (copy, 0.5))


def test_jobs_with_other_loras_are_not_painted_together(painter: Engine, one: Path) -> None:
    with pytest.raises(ValueError, match="LoRAs"):
        painter.paint([a_job(), wearing((one, 1))], lambda *step: None)


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


def test_a_pipeline_in_half_precision_wears_them_too(profile: Profile, one: Path, tmp_path: Path) -> None:
    fresh = Engine(profile)
    fresh._models().pipe.to(torch.bfloat16)
    before = paint(fresh).tobytes()
    half = changed(tmp_path / "a.safetensors", one, lambda name, tensor: tensor.half())
    for file in (one, half):
        assert paint(fresh, (file, 1)).tobytes() != before
    assert {weight.dtype for layer in fresh._models().loras._layers() for weight in layer.lora_A.parameters()} == {
        torch.bfloat16
    }
    assert paint(fresh).tobytes() == before
    fresh.close()


def test_wearing_is_silent(
    profile: Profile,
    one: Path,
    other: Path,
    capfd: pytest.CaptureFixture[str],
    recwarn: pytest.WarningsRecorder,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(wardrobe, "MOST_WARM", 1)
    fresh = Engine(profile)
    capfd.readouterr()
    for loras in ([(one, 1.0)], [(other, 1.0)], [], [(one, 1.0), (other, 1.0)]):
        paint(fresh, *loras)
    fresh.close()
    assert capfd.readouterr() == ("", "")
    assert not recwarn.list
