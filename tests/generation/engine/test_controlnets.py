"""ControlNets that do not belong to the UNet, or are not whole, are refused; memory for them is found."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
import torch

from generation.engine import Engine, EngineError, Guide, Profile, controlnets
from generation.engine.controlnets import inspect_role
from generation.engine.guides.skeleton import draw_poses
from generation.engine.ladder import Rung
from generation.engine.roles import Role
from imagecreator.errors import ERRORS
from tests.generation.engine.guides.people import STANDING
from tests.generation.engine.pictures import a_job, greatest_difference

if TYPE_CHECKING:
    from pathlib import Path

Listener = Callable[[int, int], None]

LED = replace(a_job(), guides=(Guide("pose", draw_poses([STANDING], (64, 64))),))


def with_pose(profile: Profile, folder: Path) -> Profile:
    return replace(profile, roles={"pose": Role(folder, "none", "nowhere")})


@pytest.fixture
def copied_guide(profile: Profile, tmp_path: Path) -> Path:
    """A ControlNet of its own, to be damaged."""
    folder = tmp_path / "pose"
    shutil.copytree(profile.roles["pose"].folder, folder)
    return folder


def change(folder: Path, **values: Any) -> None:
    path = folder / "config.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | values))


def refused(profile: Profile, folder: Path) -> EngineError:
    """By the check without torch and by painting alike."""
    with pytest.raises(EngineError) as looked:
        inspect_role(with_pose(profile, folder), "pose")
    engine = Engine(with_pose(profile, folder))
    with pytest.raises(EngineError) as painted:
        engine.paint([LED], lambda *step: None)
    engine.paint([a_job()], lambda *step: None)  # without a guide it goes on
    engine.close()
    assert (looked.value.code, looked.value.values) == (painted.value.code, painted.value.values)
    assert looked.value.code in ERRORS
    return looked.value


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ({"cross_attention_dim": 768}, "cross_attention_dim is 768, not 32"),
        ({"block_out_channels": [32, 64, 64]}, "block_out_channels is [32, 64, 64], not [32, 64]"),
        ({"layers_per_block": 2}, "layers_per_block is [2, 2], not [1, 1]"),
        ({"layers_per_block": [1, 2]}, "layers_per_block is [1, 2], not [1, 1]"),
        ({"in_channels": 9}, "in_channels is 9, not 4"),
        ({"addition_embed_type": "text_time"}, "addition_embed_type is text_time, not None"),
        ({"conditioning_channels": 1}, "it reads pictures of 1 channels"),
    ],
)
def test_one_for_another_unet_is_refused(
    profile: Profile, copied_guide: Path, values: dict[str, Any], reason: str
) -> None:
    change(copied_guide, **values)
    error = refused(profile, copied_guide)
    assert (error.code, error.values["reason"]) == ("guide_misfit", reason)


def test_one_that_is_not_whole_is_refused(profile: Profile, copied_guide: Path) -> None:
    weights = copied_guide / "diffusion_pytorch_model.safetensors"
    whole = weights.read_bytes()
    weights.write_bytes(whole[:-100])
    assert refused(profile, copied_guide).code == "guide_wrong"
    weights.unlink()
    assert "is missing" in str(refused(profile, copied_guide).values["reason"])
    weights.write_bytes(whole)
    change(copied_guide, _class_name="UNet2DConditionModel")
    assert "UNet2DConditionModel" in str(refused(profile, copied_guide).values["reason"])
    (copied_guide / "config.json").write_text("nonsense")
    assert refused(profile, copied_guide).code == "guide_wrong"


def test_one_in_half_precision_alone_is_read_in_the_unets_own(
    profile: Profile, copied_guide: Path, no_step: Listener
) -> None:
    """As ControlNetMediaPipeFace is published."""
    engine = Engine(with_pose(profile, copied_guide))
    before = engine.paint([LED], no_step)[0]
    [net] = engine._models().controlnets.open(LED.followed)
    net.half().save_pretrained(copied_guide, variant="fp16")
    (copied_guide / "diffusion_pytorch_model.safetensors").unlink()
    engine.close()
    image = engine.paint([LED], no_step)[0]
    [net] = engine._models().controlnets.open(LED.followed)
    assert {each.dtype for each in net.parameters()} == {torch.float32}
    assert greatest_difference(image, before) <= 2
    engine.close()


def test_guided_pictures_go_down_the_ladder_too(profile: Profile, no_step: Listener) -> None:
    jobs = [replace(LED, seed=seed) for seed in range(4)]
    engine = Engine(profile)
    alone = [engine.paint([job], no_step)[0] for job in jobs]
    networks = engine._models().controlnets
    networks.open([Guide("face", LED.guides[0].picture)])
    [net] = networks.open(LED.followed)
    forward, tried = net.forward, []

    def cramped(sample: torch.Tensor, *args: Any, **values: Any) -> Any:
        tried.append(len(sample) // 2)
        if len(sample) > 4:
            raise torch.cuda.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB")
        return forward(sample, *args, **values)

    net.forward = cramped
    images = engine.paint(jobs, no_step)
    assert tried == [4, *[2] * 6]
    assert all(greatest_difference(one, other) <= 1 for one, other in zip(images, alone, strict=True))
    assert networks.held == ("pose",)  # the other gave back its memory
    engine.close()


def test_a_guided_picture_is_the_same_while_models_come_one_at_a_time(
    profile: Profile, no_step: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The lowest rung; here the device that they come to is the processor itself."""
    engine = Engine(profile)
    whole = engine.paint([LED], no_step)[0]
    ladder = engine._models().ladder
    with monkeypatch.context() as patch:
        patch.setattr(ladder, "_top", Rung(1, offloaded=True))
        assert engine.paint([LED, replace(LED, seed=8)], no_step)[0].tobytes() == whole.tobytes()
        assert engine.paint([a_job()], no_step)[0].size == (64, 64)
    [net] = engine._models().controlnets.open(LED.followed)
    assert engine.paint([LED], no_step)[0].tobytes() == whole.tobytes()
    assert not any(hasattr(module, "_hf_hook") for module in net.modules())
    engine.close()


def test_a_controlnet_that_nobody_follows_gives_back_its_memory(
    profile: Profile, no_step: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(controlnets, "KEPT_FOR", 2)
    engine = Engine(profile)
    led, plain = replace(LED, steps=1), a_job(steps=1)
    networks = engine._models().controlnets
    held = []
    for job in (led, plain, led, plain, plain, led):
        engine.paint([job], no_step)
        held.append(networks.held)
    assert held == [("pose",)] * 4 + [(), ("pose",)]
    engine.close()
