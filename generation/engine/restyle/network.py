"""The network that style transfer looks through: the convolutions of VGG16, with average instead of maximum pooling.

Simonyan and Zisserman 2014, arXiv:1409.1556, configuration D; layers are named as torchvision names them, so that its
weights load as they are. A narrower network of the same shape is the same class. Average pooling, and every filter's
mean activation brought to 1, are Gatys et al.'s: pictures come out smoother, and weights mean the same for any network.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import nn

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

VGG16 = (64, 128, 256, 512, 512)  # filters in each of the five blocks
CONVOLUTIONS = (2, 2, 3, 3, 3)
CONTENT = "conv4_2"
STYLE = ("conv1_1", "conv2_1", "conv3_1", "conv4_1", "conv5_1")
MEAN, SPREAD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)  # of ImageNet's pixels, as torchvision's weights expect
RARE = 0.25  # of its layer's mean activation: filters that answer less are not brought to 1, or noise would be


class Network(nn.Module):
    """VGG16's 13 convolutions, or narrower ones. It never learns: its weights take no gradients.

    `content` names the layer in which content is compared. It is the paper's for VGG16; a network that has seen less
    may know forms only in an earlier one.
    """

    mean: torch.Tensor
    spread: torch.Tensor

    def __init__(self, widths: Sequence[int] = VGG16, content: str = CONTENT) -> None:
        super().__init__()
        self.widths, self.content = tuple(widths), content
        layers: list[nn.Module] = []
        self.places: dict[str, int] = {}  # of each convolution among the layers, by its name in the papers
        wide = 3
        for block, (count, wider) in enumerate(zip(CONVOLUTIONS, widths, strict=True), start=1):
            for number in range(1, count + 1):
                self.places[f"conv{block}_{number}"] = len(layers)
                layers += [nn.Conv2d(wide, wider, 3, padding=1), nn.ReLU()]
                wide = wider
            layers.append(nn.AvgPool2d(2))
        self.features = nn.Sequential(*layers)
        self.register_buffer("mean", torch.tensor(MEAN).view(1, 3, 1, 1), persistent=False)
        self.register_buffer("spread", torch.tensor(SPREAD).view(1, 3, 1, 1), persistent=False)
        self.eval().requires_grad_(False)

    def forward(self, pictures: torch.Tensor, names: Iterable[str]) -> dict[str, torch.Tensor]:
        """What the named layers answer, after their ReLU, to (batch, 3, height, width) in 0 … 1.

        conv<b>_<n> gives (batch, filters, height / 2^(b-1), width / 2^(b-1)). Layers behind the last one asked for are
        not computed.
        """
        wanted = {self.places[name] + 1: name for name in names}
        found = {}
        seen = (pictures - self.mean) / self.spread
        for place, layer in enumerate(self.features[: max(wanted) + 1]):
            seen = layer(seen)
            if place in wanted:
                found[wanted[place]] = seen
        return found


def shapes(widths: Sequence[int]) -> dict[str, tuple[int, ...]]:
    """The tensors that a network of these widths has, by torchvision's names."""
    with torch.device("meta"):
        return {name: tuple(tensor.shape) for name, tensor in Network(widths).state_dict().items()}


@torch.no_grad()
def balance(network: Network, pictures: Sequence[torch.Tensor]) -> None:
    """Bring every filter's mean activation over these pictures, (1, 3, height, width) in 0 … 1, to 1.

    What the network sees stays the same: a filter that answers k times as loud is heard 1/k as loud by the next layer.
    """
    means = {name: torch.zeros(1) for name in network.places}
    for picture in pictures:
        for name, seen in network(picture, network.places).items():
            means[name] = means[name] + seen.mean(dim=(0, 2, 3)) / len(pictures)
    before = torch.ones(3)
    for name, convolution in _convolutions(network):
        loud = means[name].clamp(min=float(RARE * means[name].mean())).clamp(min=torch.finfo(torch.float32).tiny)
        convolution.weight.mul_(before.view(1, -1, 1, 1) / loud.view(-1, 1, 1, 1))
        assert convolution.bias is not None
        convolution.bias.div_(loud)
        before = loud


def _convolutions(network: Network) -> Iterator[tuple[str, nn.Conv2d]]:
    for name, place in network.places.items():
        layer = network.features[place]
        assert isinstance(layer, nn.Conv2d)
        yield name, layer
