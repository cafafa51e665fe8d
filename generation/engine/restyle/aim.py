"""What a restyled picture is to come near: the content's layer, and the Gram matrices of the style's five layers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

from generation.engine.restyle.network import CONTENT, STYLE

if TYPE_CHECKING:
    from generation.engine.restyle.network import Network
    from generation.engine.restyle.options import Restyle

OUTSIDE = 10.0  # what it costs to leave 0 … 1, where no picture can follow
TINY = 1e-8


class Aim:
    """Content and style at one size. Both losses are 1 for a picture that has nothing of the content, or of the style.

    Gatys et al.'s, equations 1 and 3 to 5, each divided by its target's own squares: so weights mean the same for all
    pictures, sizes and networks. The five style layers count alike, as in the paper.
    """

    def __init__(self, network: Network, content: torch.Tensor, style: torch.Tensor, options: Restyle) -> None:
        """Both pictures are (1, 3 or 1, height, width) in 0 … 1."""
        self._network = network
        self._options = options
        with torch.no_grad():
            self._content = network(coloured(content), [CONTENT])[CONTENT]
            self._grams = grams(network, style)
        self._content_norm = self._content.var().clamp(min=TINY)

    def loss(self, picture: torch.Tensor) -> torch.Tensor:
        """How far it is from both, weighted."""
        seen = self._network(coloured(picture), {CONTENT, *STYLE})
        content = (seen[CONTENT] - self._content).square().mean() / self._content_norm
        total = self._options.content_weight + self._options.style_weight
        loss = self._options.content_weight * content + self._options.style_weight * self._style(seen)
        outside = (picture - picture.clamp(0, 1)).square().mean()
        return loss / total + OUTSIDE * outside

    def _style(self, seen: dict[str, torch.Tensor]) -> torch.Tensor:
        return torch.stack([apart(gram(seen[name]), self._grams[name]) for name in STYLE]).mean()


def grams(network: Network, picture: torch.Tensor) -> dict[str, torch.Tensor]:
    """The Gram matrix of every style layer for (1, 3 or 1, height, width)."""
    return {name: gram(seen) for name, seen in network(coloured(picture), STYLE).items()}


def gram(seen: torch.Tensor) -> torch.Tensor:
    """(filters, filters): which filters answer together, on average over all places. `seen` is one picture's."""
    flat = seen[0].flatten(1)
    return flat @ flat.T / flat.shape[1]


def apart(one: torch.Tensor, other: torch.Tensor) -> torch.Tensor:
    """The squared distance of two Gram matrices, as a share of the other's own squares."""
    return (one - other).square().sum() / other.square().sum().clamp(min=TINY)


@torch.no_grad()
def style_distance(network: Network, picture: torch.Tensor, style: torch.Tensor) -> float:
    """How far a picture's style is from another's: the style loss."""
    ours, theirs = grams(network, picture), grams(network, style)
    return float(torch.stack([apart(ours[name], theirs[name]) for name in STYLE]).mean())


def coloured(picture: torch.Tensor) -> torch.Tensor:
    """Three channels of one that is grey."""
    return picture.expand(-1, 3, -1, -1)
