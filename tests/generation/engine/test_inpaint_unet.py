"""A UNet of nine channels for masks: it sees what is around them, and costs the rest nothing."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import torch

from generation.engine import Engine, EngineError, Guide, LoraUse, Mask, PaintJob, Profile
from generation.engine import inpaint_unet as module
from generation.engine.guides.skeleton import draw_poses
from generation.engine.inpaint_unet import inspect_inpaint
from generation.engine.ladder import Rung
from generation.engine.lora_file import lora_use
from generation.engine.mask import alpha
from imagecreator.errors import ERRORS
from tests.generation.engine.begun import a_mask, from_scene, mean_distance, scene
from tests.generation.engine.guides.people import STANDING
from tests.generation.engine.lora_files import a_lora
from tests.generation.engine.nine import a_nine, with_nine
from tests.generation.engine.pictures import a_job, greatest_difference, levels

if TYPE_CHECKING:
    from PIL import Image

Listener = Callable[[int, int], None]

MASKED = from_scene(mask=Mask(a_mask()), strength=1)
GUIDE = Guide("pose", draw_poses([STANDING], (64, 64)))


@pytest.fixture(scope="module")
def nine(tiny: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a UNet of nine channels; read only."""
    return a_nine(tmp_path_factory.mktemp("nine") / "unet", tiny)


@pytest.fixture
def seeing(profile: Profile, nine: Path) -> Iterator[Engine]:
    """An engine that has one."""
    engine = Engine(with_nine(profile, nine))
    yield engine
    engine.close()


def worn(place: Path, tiny: Path, **settings: Any) -> LoraUse:
    return lora_use(a_lora(place / "a.safetensors", tiny, **settings))


@pytest.mark.parametrize("strength", [0.5, 1])
@pytest.mark.parametrize("mask", [Mask(a_mask()), Mask(a_mask(), only_masked=True), Mask(a_mask(), invert=True)])
def test_what_is_not_painted_stays_bit_for_bit(
    seeing: Engine, engine: Engine, no_step: Listener, mask: Mask, strength: float
) -> None:
    job = from_scene(mask=mask, strength=strength)
    [image] = seeing.paint([job], no_step)
    painted = alpha(mask) > 0
    assert (levels(image)[~painted] == levels(scene())[~painted]).all()
    assert (levels(image)[painted] != levels(scene())[painted]).any()
    assert image.tobytes() != engine.paint([job], no_step)[0].tobytes()  # with four channels


def test_it_sees_what_is_around_the_mask_and_nothing_inside(seeing: Engine, no_step: Listener) -> None:
    """Channel 4 is the mask, 1 where it paints; 5 to 8 are the base's latents with grey in its place."""
    size, box = (64, 64), (16, 16, 48, 48)
    job = replace(MASKED, mask=Mask(a_mask(size, box), feather=0))
    unet, seen = seeing._models().inpaint_unet.open([]), []
    assert unet is not None
    hook = unet.register_forward_pre_hook(lambda _unet, values: seen.append(values[0][:, 4:].clone()))

    def shown(base: Image.Image) -> tuple[torch.Tensor, Image.Image]:
        seen.clear()
        [image] = seeing.paint([replace(job, start=base)], no_step)
        assert all(torch.equal(one, seen[0]) for one in seen)
        return seen[0], image

    base, inside, outside = scene(size), scene(size), scene(size, seed=3)
    inside.paste((255, 0, 0), box)
    outside.paste(base.crop(box), box)
    (own, image), (same, painted), (other, elsewhere) = map(shown, (base, inside, outside))
    hook.remove()
    assert own.shape == (2, 5, 8, 8)
    assert own[:, 0].unique().tolist() == [0, 1]
    assert own[0, 0, 2:6, 2:6].all()
    assert torch.equal(own, same)
    assert painted.crop(box).tobytes() == image.crop(box).tobytes()
    assert torch.equal(own[:, 0], other[:, 0])
    assert not torch.equal(own[:, 1:], other[:, 1:])
    assert elsewhere.crop(box).tobytes() != image.crop(box).tobytes()


def test_every_picture_of_a_batch_is_as_alone(seeing: Engine, no_step: Listener) -> None:
    small = scene((100, 80), seed=2)
    jobs = [
        MASKED,
        replace(MASKED, seed=8, prompt="boats"),
        replace(MASKED, start=small, mask=Mask(a_mask((100, 80), (10, 10, 50, 50)), only_masked=True)),
    ]
    together = seeing.paint(jobs, no_step)
    for job, image in zip(jobs, together, strict=True):
        assert greatest_difference(image, seeing.paint([job], no_step)[0]) <= 1


def test_everything_else_is_the_bases_own(seeing: Engine, engine: Engine, no_step: Listener) -> None:
    pipe = seeing._models().pipe
    before = {name: id(part) for name, part in pipe.components.items()}
    for job in (a_job(), from_scene()):
        assert seeing.paint([job], no_step)[0].tobytes() == engine.paint([job], no_step)[0].tobytes()
        assert not seeing._models().inpaint_unet.held
    seeing.paint([MASKED], no_step)
    assert seeing._models().inpaint_unet.held
    assert {name: id(part) for name, part in pipe.components.items()} == before
    assert pipe.unet.config.in_channels == 4
    assert seeing.paint([a_job()], no_step)[0].tobytes() == engine.paint([a_job()], no_step)[0].tobytes()


def test_it_is_read_once_and_kept_as_long_as_it_is_used(
    seeing: Engine, no_step: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "KEPT_FOR", 2)
    first = seeing.paint([MASKED], no_step)[0]
    unet = seeing._models().inpaint_unet.open([])
    seeing.paint([a_job()], no_step)
    assert seeing.paint([MASKED], no_step)[0].tobytes() == first.tobytes()
    assert seeing._models().inpaint_unet.open([]) is unet
    for _ in range(2):
        seeing.paint([a_job()], no_step)
    assert not seeing._models().inpaint_unet.held
    assert seeing.paint([MASKED], no_step)[0].tobytes() == first.tobytes()


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16], ids=str)
def test_it_comes_in_the_number_format_of_the_base(seeing: Engine, no_step: Listener, dtype: torch.dtype) -> None:
    seeing._models().pipe.to(dtype)
    [image] = seeing.paint([MASKED], no_step)
    unet = seeing._models().inpaint_unet.open([])
    assert unet is not None
    assert {one.dtype for one in unet.parameters()} == {dtype}
    assert mean_distance(image, scene()) > 1


@pytest.mark.parametrize("parts", [{}, {"text": False}, {"unet": False}, {"resnets": True}], ids=str)
def test_loras_act_on_it_and_leave_no_trace(
    seeing: Engine, no_step: Listener, tiny: Path, tmp_path: Path, parts: dict[str, bool]
) -> None:
    use = worn(tmp_path, tiny, **parts)
    plain = seeing.paint([MASKED], no_step)[0]
    dressed = seeing.paint([replace(MASKED, loras=(use,))], no_step)[0]
    assert mean_distance(dressed, plain) > 0.1
    assert seeing.paint([MASKED], no_step)[0].tobytes() == plain.tobytes()
    assert seeing.paint([replace(MASKED, loras=(use,))], no_step)[0].tobytes() == dressed.tobytes()
    unworn = seeing.paint([replace(MASKED, loras=(replace(use, weight=0),))], no_step)[0]
    assert unworn.tobytes() == plain.tobytes()


def test_a_lora_adds_the_same_to_it_as_to_the_base(
    seeing: Engine, no_step: Listener, tiny: Path, tmp_path: Path
) -> None:
    """Of `conv_in`, too: the latents are its first four channels, and nothing comes to the other five."""
    use = worn(tmp_path, tiny, text=False, resnets=True)
    seeing.paint([replace(MASKED, loras=(use,))], no_step)
    base, unet = seeing._models().pipe.unet, seeing._models().inpaint_unet.open([use])
    assert unet is not None
    added: list[torch.Tensor] = [one.conv_in.get_delta_weight(use.name) for one in (base, unet)]
    assert added[1].shape[1] == 9
    assert torch.equal(added[0], added[1][:, :4])
    assert not added[1][:, 4:].any()
    assert added[0].any()


def test_guides_lead_on_top_of_it(
    seeing: Engine, engine: Engine, no_step: Listener, tiny: Path, tmp_path: Path
) -> None:
    use = worn(tmp_path, tiny)
    jobs = [MASKED, replace(MASKED, guides=(GUIDE,)), replace(MASKED, guides=(GUIDE,), loras=(use,))]
    images = [seeing.paint([job], no_step)[0] for job in jobs]
    assert len({image.tobytes() for image in images}) == 3
    assert images[1].tobytes() != engine.paint([jobs[1]], no_step)[0].tobytes()
    kept = alpha(MASKED.mask) == 0 if MASKED.mask else None
    assert all((levels(image)[kept] == levels(scene())[kept]).all() for image in images)
    pair = seeing.paint([jobs[1], replace(jobs[1], seed=8)], no_step)
    assert greatest_difference(pair[0], images[1]) <= 1


@pytest.mark.parametrize("guides", [(), (GUIDE,)], ids=["alone", "guided"])
def test_it_paints_the_same_while_models_come_one_at_a_time(
    seeing: Engine,
    no_step: Listener,
    monkeypatch: pytest.MonkeyPatch,
    guides: tuple[Guide, ...],
    tiny: Path,
    tmp_path: Path,
) -> None:
    """The lowest rung; here the device that they come to is the processor itself."""
    job = replace(MASKED, guides=guides)
    use = worn(tmp_path, tiny)
    whole = seeing.paint([job], no_step)[0]
    dressed = seeing.paint([replace(job, loras=(use,))], no_step)[0]
    with monkeypatch.context() as patch:
        patch.setattr(seeing._models().ladder, "_top", Rung(1, offloaded=True))
        assert seeing.paint([job], no_step)[0].tobytes() == whole.tobytes()
        assert seeing.paint([replace(job, loras=(use,))], no_step)[0].tobytes() == dressed.tobytes()
        assert seeing.paint([a_job()], no_step)[0].size == (64, 64)
    assert seeing.paint([job], no_step)[0].tobytes() == whole.tobytes()
    unet = seeing._models().inpaint_unet.open([])
    assert unet is not None
    assert not any(hasattr(one, "_hf_hook") for one in unet.modules())


def test_memory_is_found_for_those_who_paint_without_masks(seeing: Engine, no_step: Listener) -> None:
    seeing.paint([MASKED], no_step)
    unet = seeing._models().pipe.unet
    real = unet.forward

    def cramped(sample: torch.Tensor, *args: Any, **values: Any) -> Any:
        if len(sample) > 2:
            raise torch.cuda.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB")
        return real(sample, *args, **values)

    unet.forward = cramped
    seeing.paint([a_job(), a_job(seed=8)], no_step)
    assert not seeing._models().inpaint_unet.held


def test_without_its_folder_four_channels_do_it(profile: Profile, engine: Engine, no_step: Listener) -> None:
    bare = Engine(with_nine(profile, Path("nowhere/at/all")))
    assert bare.paint([MASKED], no_step)[0].tobytes() == engine.paint([MASKED], no_step)[0].tobytes()
    assert not inspect_inpaint(bare.profile)
    bare.close()


def test_a_whole_checkpoint_will_do_and_only_its_unet_is_read(
    profile: Profile, seeing: Engine, nine: Path, no_step: Listener, tmp_path: Path
) -> None:
    whole = tmp_path / "whole"
    shutil.copytree(profile.folder, whole, ignore=shutil.ignore_patterns("unet", "*.safetensors"))
    shutil.copytree(nine, whole / "unet")
    engine = Engine(with_nine(profile, whole))
    assert inspect_inpaint(engine.profile)
    assert engine.paint([MASKED], no_step)[0].tobytes() == seeing.paint([MASKED], no_step)[0].tobytes()
    engine.close()


def refused(profile: Profile, folder: Path, *, by_its_weights: bool = False) -> EngineError:
    """By the check without torch and by painting alike; what only weights can say, by painting."""
    engine = Engine(with_nine(profile, folder))
    found: list[EngineError] = []
    jobs: list[PaintJob | None] = [MASKED] if by_its_weights else [None, MASKED]
    for job in jobs:
        with pytest.raises(EngineError) as caught:
            engine.paint([job], lambda *step: None) if job else inspect_inpaint(engine.profile)
        found.append(caught.value)
    engine.paint([a_job()], lambda *step: None)  # without a mask it goes on
    engine.close()
    assert len({(error.code, str(error.values)) for error in found}) == 1
    assert found[0].code in ERRORS
    return found[0]


@pytest.mark.parametrize(
    ("settings", "reason"),
    [
        ({"in_channels": 4}, "in_channels is 4, not 9"),
        ({"in_channels": 8}, "in_channels is 8, not 9"),
        ({"cross_attention_dim": 48}, "cross_attention_dim is 48, not 32"),
        ({"block_out_channels": [32, 32]}, "block_out_channels is [32, 32], not [32, 64]"),
        ({"layers_per_block": 2}, "layers_per_block is [2, 2], not [1, 1]"),
    ],
)
def test_one_that_cannot_take_the_bases_place_is_refused(
    profile: Profile, tiny: Path, tmp_path: Path, settings: dict[str, Any], reason: str
) -> None:
    error = refused(profile, a_nine(tmp_path / "other", tiny, **settings))
    assert (error.code, error.values["reason"]) == ("inpaint_misfit", reason)


def test_one_of_other_modules_or_another_prediction_is_refused(
    profile: Profile, tiny: Path, nine: Path, tmp_path: Path
) -> None:
    other = a_nine(tmp_path / "other", tiny, use_linear_projection=True)
    assert "proj_in" in str(refused(profile, other, by_its_weights=True).values["reason"])
    shutil.copytree(nine, tmp_path / "whole" / "unet")
    (tmp_path / "whole" / "scheduler").mkdir()
    (tmp_path / "whole" / "scheduler" / "scheduler_config.json").write_text(json.dumps({"prediction_type": "epsilon"}))
    error = refused(profile, tmp_path / "whole")
    assert (error.code, error.values["reason"]) == (
        "inpaint_misfit",
        "prediction_type is epsilon, not v_prediction",
    )


def test_one_that_is_not_whole_is_refused(profile: Profile, nine: Path, tmp_path: Path) -> None:
    folder = tmp_path / "unet"
    shutil.copytree(nine, folder)
    weights = folder / "diffusion_pytorch_model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-100])
    assert refused(profile, folder).code == "inpaint_wrong"
    weights.unlink()
    assert "is missing" in str(refused(profile, folder).values["reason"])
    (folder / "config.json").write_text("nonsense")
    assert refused(profile, folder).code == "inpaint_wrong"
