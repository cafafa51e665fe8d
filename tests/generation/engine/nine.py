"""A UNet for masks: the tiny one with five channels more, whose answers are as loud as those of the others."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import torch
from diffusers import UNet2DConditionModel

from generation.engine.roles import Role

if TYPE_CHECKING:
    from pathlib import Path

    from generation.engine import Profile


def a_nine(folder: Path, tiny: Path, *, seed: int = 1, **settings: Any) -> Path:
    """Write it to a folder; `settings` change the configuration, and all weights that then differ in shape are new."""
    base: Any = UNet2DConditionModel.from_pretrained(tiny / "unet")
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        nine: Any = UNet2DConditionModel.from_config(dict(base.config) | {"in_channels": 9} | settings)
        state = nine.state_dict()
        for name, tensor in base.state_dict().items():
            if name in state and state[name].shape == tensor.shape:
                state[name] = tensor
        first = base.conv_in.weight
        if nine.config.in_channels > 4 and state["conv_in.weight"].shape[0] == first.shape[0]:
            state["conv_in.weight"][:, :4] = first
            state["conv_in.weight"][:, 4:] = first.std() * torch.randn_like(state["conv_in.weight"][:, 4:])
    nine.load_state_dict(state)
    nine.save_pretrained(folder)
    return folder


def with_nine(profile: Profile, folder: Path) -> Profile:
    """The profile, which names that folder for masks."""
    return replace(profile, roles={**profile.roles, "inpaint": Role(folder, "none", "nowhere")})
