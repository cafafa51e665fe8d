"""The folder of a style network: its shape in `config.json`, weights in `model.safetensors`. Read and written."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file

from generation.engine.errors import EngineError
from generation.engine.load import best_device
from generation.engine.restyle.network import CONTENT, VGG16, Network, shapes

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

LAYOUT = "vgg16"
CONFIG, WEIGHTS = "config.json", "model.safetensors"


def open_network(folder: Path) -> Network:
    """The network in a folder, in float32, on the best device there is.

    EngineError("style_network_wrong", reason) for what is none; card_failed as in `best_device`.
    """
    try:
        widths, content = _shape(folder / CONFIG)
        try:
            weights = load_file(folder / WEIGHTS)
        except (SafetensorError, OSError) as error:
            raise ValueError(f"{WEIGHTS} is no whole safetensors file") from error
        return build(weights, widths, content).to(best_device())
    except ValueError as error:
        raise EngineError("style_network_wrong", reason=str(error)) from error


def build(weights: Mapping[str, torch.Tensor], widths: Sequence[int], content: str = CONTENT) -> Network:
    """A network with these weights. ValueError where one is missing, of another shape or not a number."""
    for name, shape in shapes(widths).items():
        if name not in weights:
            raise ValueError(f"there is no {name}")
        if tuple(weights[name].shape) != shape:
            raise ValueError(f"{name} has the shape {tuple(weights[name].shape)}, not {shape}")
        if not weights[name].is_floating_point() or not torch.isfinite(weights[name]).all():
            raise ValueError(f"{name} holds what are no numbers")
    network = Network(widths, content)
    network.load_state_dict({name: weights[name].float() for name in network.state_dict()})
    return network


def write_network(network: Network, folder: Path) -> None:
    """Write the folder, in half precision; weights first, each file whole."""
    folder.mkdir(parents=True, exist_ok=True)
    weights = {name: tensor.half().contiguous() for name, tensor in network.state_dict().items()}
    new = folder / f"{WEIGHTS}.new"
    save_file(weights, new, metadata={"format": "pt"})
    new.chmod(0o644)
    new.replace(folder / WEIGHTS)
    shape = {"layout": LAYOUT, "widths": list(network.widths), "content": network.content}
    (folder / CONFIG).write_text(json.dumps(shape, indent=2) + "\n", encoding="utf-8")


def _shape(path: Path) -> tuple[tuple[int, ...], str]:
    """The five widths, and the layer for content."""
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ValueError(f"{path.name} is missing or cannot be read") from error
    widths = values.get("widths") if isinstance(values, dict) and values.get("layout") == LAYOUT else None
    if not isinstance(widths, list) or len(widths) != len(VGG16):
        raise ValueError(f"{path.name} names no layout {LAYOUT} with its five widths")
    if not all(type(width) is int and 0 < width <= full for width, full in zip(widths, VGG16, strict=True)):
        raise ValueError(f"{path.name} names widths other than 1 to {', '.join(map(str, VGG16))}")
    content = values.get("content", CONTENT)
    if not isinstance(content, str) or content not in Network(widths).places:
        raise ValueError(f"{path.name} names no layer for content, such as {CONTENT}")
    return tuple(widths), content
