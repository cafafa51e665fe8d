"""ControlNets for UNets of any shape: diffusers' own class takes one number of layers for all levels."""

from __future__ import annotations

from functools import wraps
from typing import Any

from diffusers import ControlNetModel
from torch import nn

_Whole: Any = ControlNetModel  # whose types say too little


class ControlNet(_Whole):
    """diffusers' ControlNetModel, whose `layers_per_block` may be a list as in `UNet2DConditionModel`.

    With a number it is the same, so every ControlNet can be loaded with `ControlNet.from_pretrained`.
    """

    controlnet_down_blocks: nn.ModuleList

    @wraps(_Whole.__init__)  # type: ignore[misc]  # the configuration's keys are read from the signature
    def __init__(self, **settings: Any) -> None:
        layers = settings.get("layers_per_block", 2)
        if isinstance(layers, int):
            super().__init__(**settings)
            return
        whole = {count: _Whole(**settings | {"layers_per_block": count}) for count in sorted(set(layers))}
        super().__init__(**settings | {"layers_per_block": min(layers)})
        self.register_to_config(layers_per_block=list(layers))
        taps = list(self.controlnet_down_blocks[:1])
        for level, count in enumerate(layers):
            self.down_blocks[level] = whole[count].down_blocks[level]
            first = 1 + level * (count + 1)
            taps += whole[count].controlnet_down_blocks[first : first + count + 1]
        self.controlnet_down_blocks = nn.ModuleList(taps)
