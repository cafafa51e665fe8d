"""Training guides, a few steps of it: repeatable, and the model that they are for stays as it is."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import torch
from safetensors.torch import load_file

from generation.preview import scenes
from generation.preview.casts import draw_casts
from generation.preview.drawing.skeletons import skeleton
from generation.preview.evaluate import WEIGHTS
from generation.preview.figures import digest
from generation.preview.train import main
from generation.preview.training import model
from generation.preview.training.guide import _shaken, begin, guide_for

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("name", ["pose", "face"])
def test_a_few_steps_make_a_folder_and_leave_the_model_alone(name: str, tmp_path: Path) -> None:
    """The same one every time; and a second run goes on from it."""
    shutil.copytree(WEIGHTS, tmp_path / "model")
    folder = tmp_path / "guides" / name
    learnt = []
    for _ in range(2):
        shutil.rmtree(folder, ignore_errors=True)
        main([str(tmp_path / "model"), f"{name}=2", "--scenes", "20", "--seed", "3"])
        learnt.append(load_file(folder / "diffusion_pytorch_model.safetensors"))
    assert digest(tmp_path / "model") == digest(WEIGHTS)
    assert all(torch.equal(tensor, learnt[1][key]) for key, tensor in learnt[0].items())
    assert {tensor.dtype for tensor in learnt[0].values()} == {torch.float16}
    assert learnt[0]["controlnet_down_blocks.0.weight"].any(), "these begin as zeros"
    assert str(tmp_path) not in (folder / "config.json").read_text()
    main([str(tmp_path / "model"), f"{name}=1", "--scenes", "20", "--seed", "4"])
    moved = load_file(folder / "diffusion_pytorch_model.safetensors")
    assert 0 < max(float((tensor - learnt[0][key]).abs().max()) for key, tensor in moved.items()) < 0.01


def test_it_begins_as_the_models_way_down_and_changes_nothing() -> None:
    """Its text is read by as many heads as the model's."""
    unet: Any = model.load(WEIGHTS).unet.eval()
    net = begin(unet, 3).eval()
    assert net.config.addition_embed_type_num_heads == unet.config.addition_embed_type_num_heads
    noise, text = torch.randn(1, 4, 18, 32), torch.randn(1, 77, 192)
    with torch.no_grad():
        down, middle = net(noise, 500, text, torch.rand(1, 3, 144, 256), return_dict=False)
        guided = unet(noise, 500, text, down_block_additional_residuals=down, mid_block_additional_residual=middle)
        assert torch.equal(guided.sample, unet(noise, 500, text).sample)
    assert 0.3 < sum(w.numel() for w in net.parameters()) / sum(w.numel() for w in unet.parameters()) < 0.5


def test_a_guide_is_for_its_scene_and_nobody_has_none() -> None:
    rng = np.random.default_rng(2)
    for who in ("figures", "portrait"):
        for item in draw_casts(20, 4, who, nobody=0.3):
            guide = np.asarray(guide_for(item, rng))
            assert guide.shape == item.pixels.shape
            assert guide.any() == (item.scene.who is not None)


def test_skeletons_are_shaken_and_joints_stay_where_they_are() -> None:
    """Some are missing, some sides are swapped; what is there is a joint of the figure, or the other ear."""
    rng = np.random.default_rng(2)
    scene = scenes.Scene("waves", 5, who=scenes.Figures("walking", "red"), cast=8)
    pose = skeleton(scenes.draw_with_places(scene)[1][0], 16 / 9)
    many = [_shaken(pose, rng).points for _ in range(200)]
    assert all(set(points[1:14]) <= {*pose.points, None} for points in many)
    assert 5 <= sum(points[2] == pose.points[5] for points in many) <= 45
    assert 5 <= sum(points[0] is None for points in many) <= 60
    assert any(points[16] is not None and points[17] is not None for points in many)
