"""LoRAs on a UNet alone: one that stands in for a pipeline's own and shares its text encoder."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import torch

from generation.engine.loras import Loras

if TYPE_CHECKING:
    from collections.abc import Sequence

    from generation.engine.jobs import LoraUse
    from generation.engine.lora_places import Places
    from generation.engine.lora_weights import Weights


class UnetLoras(Loras):
    """The adapters of a UNet whose modules are those of the base's; only its `conv_in` may read more channels.

    `places` are the base's: a file is judged by what it was made for, and its text encoder's part left to the base.
    """

    def __init__(self, unet: Any, device: torch.device, places: Places) -> None:
        super().__init__(_Alone(unet), device, places)

    def _read(self, use: LoraUse) -> list[Weights]:
        channels = self._pipe.unet.config.in_channels
        return [_widened(one, channels) for one in super()._read(use) if one.place.part == "unet"]

    def _add(self, name: str, weights: Sequence[Weights]) -> None:
        if weights:
            super()._add(name, weights)


class _Alone:
    """A UNet, asked what `Loras` asks of a pipeline."""

    def __init__(self, unet: Any) -> None:
        self.unet = unet
        self.enable_lora, self.disable_lora = unet.enable_lora, unet.disable_lora
        self.delete_adapters, self.unload_lora_weights = unet.delete_adapters, unet.unload_lora

    def load_lora_weights(self, state: dict[str, torch.Tensor], adapter_name: str) -> None:
        self.unet.load_lora_adapter(state, prefix="unet", adapter_name=adapter_name, low_cpu_mem_usage=True)


def _widened(one: Weights, channels: int) -> Weights:
    """The latents are the first channels that such a UNet reads; what comes after them, no LoRA for the base knows."""
    if one.place.path != "conv_in" or one.down.shape[1] == channels:
        return one
    more = one.down.new_zeros(one.down.shape[0], channels - one.down.shape[1], *one.down.shape[2:])
    return replace(one, down=torch.cat([one.down, more], dim=1))
