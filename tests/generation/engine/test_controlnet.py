"""ControlNets for UNets whose levels differ in their number of layers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch
from diffusers import ControlNetModel, UNet2DConditionModel

from generation.engine.controlnet import ControlNet

if TYPE_CHECKING:
    from pathlib import Path

SMALL: dict[str, Any] = {
    "block_out_channels": (8, 16, 16),
    "down_block_types": ("DownBlock2D", "CrossAttnDownBlock2D", "DownBlock2D"),
    "cross_attention_dim": 8,
    "attention_head_dim": 2,
    "norm_num_groups": 4,
}


def a_unet(layers: int | tuple[int, ...]) -> Any:
    """A tiny UNet with so many layers in its levels."""
    torch.manual_seed(1)
    up = ("UpBlock2D", "CrossAttnUpBlock2D", "UpBlock2D")
    unet: Any = UNet2DConditionModel
    return unet(**SMALL, up_block_types=up, layers_per_block=layers, sample_size=8).eval()


def answers(unet: Any, net: Any) -> tuple[torch.Tensor, torch.Tensor]:
    """What the UNet says of some noise, alone and guided."""
    noise, text, guide = torch.randn(1, 4, 8, 8), torch.randn(1, 5, 8), torch.rand(1, 3, 64, 64)
    with torch.no_grad():
        down, middle = net(noise, 300, text, guide, return_dict=False)
        guided = unet(noise, 300, text, down_block_additional_residuals=down, mid_block_additional_residual=middle)
        return unet(noise, 300, text).sample, guided.sample


def test_it_fits_a_unet_of_other_layers_at_every_level_and_begins_by_changing_nothing() -> None:
    for layers in ((2, 1, 1), (1, 3, 2), (2, 2, 2)):
        unet = a_unet(layers)
        net: Any = ControlNet.from_unet(unet)
        alone, guided = answers(unet, net)
        assert torch.equal(alone, guided)
        for tap in (*net.controlnet_down_blocks, net.controlnet_mid_block):
            torch.nn.init.ones_(tap.weight)
        assert not torch.allclose(*answers(unet, net), atol=1e-3)


def test_it_comes_back_from_its_folder_as_it_was(tmp_path: Path) -> None:
    net: Any = ControlNet.from_unet(a_unet((2, 1, 1)))
    net.save_pretrained(tmp_path)
    again: Any = ControlNet.from_pretrained(tmp_path, local_files_only=True)
    assert list(again.config.layers_per_block) == [2, 1, 1]
    assert again.state_dict().keys() == net.state_dict().keys()
    assert all(torch.equal(tensor, again.state_dict()[name]) for name, tensor in net.state_dict().items())


def test_with_one_number_it_is_the_usual_class(tmp_path: Path) -> None:
    usual: Any = ControlNetModel.from_unet(a_unet(2))
    usual.save_pretrained(tmp_path)
    ours: Any = ControlNet.from_pretrained(tmp_path, local_files_only=True)
    assert ours.config.layers_per_block == 2
    assert [tuple(weight.shape) for weight in ours.parameters()] == [
        tuple(weight.shape) for weight in usual.parameters()
    ]
