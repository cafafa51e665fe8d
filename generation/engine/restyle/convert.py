"""torchvision's VGG16, as a file of PyTorch or safetensors, made the folder of a style network."""

from __future__ import annotations

import pickle
from typing import TYPE_CHECKING, Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file

from generation.engine.errors import EngineError
from generation.engine.restyle.files import build, write_network
from generation.engine.restyle.network import VGG16, balance

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


def convert_vgg(file: Path, folder: Path, pictures: Sequence[torch.Tensor], widths: Sequence[int] = VGG16) -> None:
    """Write the folder; its filters are balanced over the pictures, (1, 3, height, width) in 0 … 1.

    No program in a pickle is run. What classifies is left out. EngineError("style_network_wrong", reason) for a file
    that is no VGG16.
    """
    try:
        weights = _read(file)
        if wrong := [name for name, tensor in weights.items() if not torch.isfinite(tensor).all()]:
            raise ValueError(f"{wrong[0]} holds what are no numbers; take the weights that classify ImageNet")
        network = build(weights, widths)
        balance(network, pictures)
    except ValueError as error:
        raise EngineError("style_network_wrong", reason=str(error)) from error
    write_network(network, folder)


def _read(file: Path) -> dict[str, torch.Tensor]:
    try:
        values: Any = (
            load_file(file)
            if file.suffix == ".safetensors"
            else torch.load(file, map_location="cpu", weights_only=True)
        )
    except (SafetensorError, pickle.UnpicklingError, RuntimeError, EOFError, ValueError, KeyError) as error:
        raise ValueError(f"{file.name} is no file of weights, or is not whole") from error
    if not isinstance(values, dict) or not all(isinstance(value, torch.Tensor) for value in values.values()):
        raise ValueError(f"{file.name} holds something else than tensors by their names")
    return values
