"""Style networks for tests: the one that ships, small random ones, and files as torchvision's."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import torch
from torch import nn

from generation.engine import load_profile, role
from generation.engine.restyle.aim import apart, grams
from generation.engine.restyle.network import STYLE, VGG16, Network

if TYPE_CHECKING:
    from collections.abc import Sequence

PREVIEW = load_profile("preview", models_dir=Path("nowhere"))
SHIPPED = role(PREVIEW, "style_network").folder
NARROW = (3, 4, 5, 6, 7)


def random_network(seed: int = 0, widths: Sequence[int] = NARROW) -> Network:
    """Untrained, with filters that answer, each more or less loud."""
    torch.manual_seed(seed)
    network = Network(widths)
    for layer in network.features:
        if isinstance(layer, nn.Conv2d):
            nn.init.kaiming_normal_(layer.weight)
            layer.weight.mul_(1 + torch.rand(layer.out_channels, 1, 1, 1))
    return network


def as_torchvision(network: Network, path: Path, **more: torch.Tensor) -> Path:
    """A file as torchvision's: the convolutions by their names, and what classifies."""
    classifier = {"classifier.0.weight": torch.zeros(4, 7), "classifier.0.bias": torch.zeros(4)}
    torch.save({**network.state_dict(), **classifier, **more}, path)
    return path


def some_pictures(count: int = 3) -> list[torch.Tensor]:
    """(1, 3, 48, 64) each, 0 … 1."""
    torch.manual_seed(5)
    return [torch.rand(1, 3, 48, 64) for _ in range(count)]


@torch.no_grad()
def style_distance(network: Network, picture: torch.Tensor, style: torch.Tensor) -> float:
    """How far a picture's style is from another's: the style loss."""
    ours, theirs = grams(network, picture), grams(network, style)
    return float(torch.stack([apart(ours[name], theirs[name]) for name in STYLE]).mean())


__all__ = [
    "NARROW", "PREVIEW", "SHIPPED", "VGG16", "as_torchvision", "random_network", "some_pictures", "style_distance",
]  # fmt: skip
