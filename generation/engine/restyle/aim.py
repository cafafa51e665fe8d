"""What a restyled picture is to come near: the content's layer, and the Gram matrices of the style's five layers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

from generation.engine.restyle.light import LUMA
from generation.engine.restyle.network import STYLE

if TYPE_CHECKING:
    from collections.abc import Iterable

    from generation.engine.restyle.network import Network
    from generation.engine.restyle.options import Restyle

EDGE = 16  # pixels: one answer of the deepest layer
OUTSIDE = 10.0  # what it costs to leave 0 … 1, where no picture can follow
SPECKLED = 0.5  # what it costs that colour changes from pixel to pixel: small networks hardly see that it does
CHROMA = ((0.5, 0.0, -0.5), (-0.25, 0.5, -0.25))
TINY = 1e-8
ENOUGH = 0.1  # of how far the content was from the style: beyond it a step counts more than its weight, within it less
ALIKE = 0.05  # a distance from which there is no far way to go
FLAT = 1e-4  # variance, of answers with a mean of 1, below which there are no forms


class Aim:
    """Content and style at one size: how much of what is to be seen is missing, and how far the style still is.

    Gatys et al.'s losses, equations 1 and 3 to 5, as shares, so that weights mean the same for all pictures, sizes and
    networks. Of content, `forms` of its light alone count: 1 where nothing of them is left. The style's five layers
    count alike, as in the paper, each divided by the style's own squares; their mean is a share of what it is for the
    content as it was, and is squared. Two small terms of our own keep the picture within its range and its colours from
    speckling.
    """

    def __init__(self, network: Network, content: torch.Tensor, style: torch.Tensor, options: Restyle) -> None:
        """Both pictures are (1, 3 or 1, height, width) in 0 … 1."""
        self._network = network
        self._options = options
        with torch.no_grad():
            self._content = self._forms(content)
            self._grams = grams(network, style)
            self._before = self._style(content).clamp(min=ALIKE)

    def loss(self, picture: torch.Tensor) -> torch.Tensor:
        """How far it is from both, weighted."""
        content = (self._forms(picture) - self._content).square().mean()
        style = (self._style(picture) / self._before).square() / (2 * ENOUGH)
        total = self._options.content_weight + self._options.style_weight
        loss = self._options.content_weight * content + self._options.style_weight * style
        outside = (picture - picture.clamp(0, 1)).square().mean()
        return loss / total + OUTSIDE * outside + SPECKLED * speckles(picture)

    def _forms(self, picture: torch.Tensor) -> torch.Tensor:
        return forms(answers(self._network, light(picture), [self._network.content])[self._network.content])

    def _style(self, picture: torch.Tensor) -> torch.Tensor:
        ours = grams(self._network, picture)
        return torch.stack([apart(ours[name], self._grams[name]) for name in STYLE]).mean()


def light(picture: torch.Tensor) -> torch.Tensor:
    """(1, 1, height, width): its luminance."""
    if picture.shape[1] == 1:
        return picture
    return torch.einsum("c,nchw->nhw", picture.new_tensor(LUMA), picture)[:, None]


def speckles(picture: torch.Tensor) -> torch.Tensor:
    """How much the two channels of chroma differ between neighbours; 0 for a picture without colour."""
    if picture.shape[1] == 1:
        return picture.new_zeros(())
    chroma = torch.einsum("oc,nchw->nohw", picture.new_tensor(CHROMA), picture)
    return 2 * (chroma.diff(dim=3).square().mean() + chroma.diff(dim=2).square().mean())


def grams(network: Network, picture: torch.Tensor) -> dict[str, torch.Tensor]:
    """The Gram matrix of every style layer for (1, 3 or 1, height, width)."""
    return {name: gram(seen) for name, seen in answers(network, picture, STYLE).items()}


def answers(network: Network, picture: torch.Tensor, names: Iterable[str]) -> dict[str, torch.Tensor]:
    """What the layers answer to (1, 3 or 1, height, width), as if the picture went on, mirrored, beyond its edges.

    What lies there is left out again. Else the zeros, which convolutions see beyond edges, would be part of the style,
    and the edges be drawn as a frame.
    """
    wide = torch.cat([picture[..., 1 : EDGE + 1].flip(3), picture, picture[..., -EDGE - 1 : -1].flip(3)], dim=3)
    whole = torch.cat([wide[:, :, 1 : EDGE + 1].flip(2), wide, wide[:, :, -EDGE - 1 : -1].flip(2)], dim=2)
    found = {}
    for name, seen in network(whole.expand(-1, 3, -1, -1), names).items():
        edge = EDGE >> (int(name[4]) - 1)  # conv<b>_<n>: each block halves the sides
        found[name] = seen[:, :, edge:-edge, edge:-edge]
    return found


def forms(seen: torch.Tensor) -> torch.Tensor:
    """Each filter's answers with a mean of 0 and a variance of 1: where things are, not how bright or colourful.

    Means and variances are themselves style (Huang and Belongie 2017, arXiv:1703.06868); content that holds on to them
    keeps its palette, and gives up its outlines for it.
    """
    middle = seen.mean(dim=(2, 3), keepdim=True)
    return (seen - middle) / (seen.var(dim=(2, 3), keepdim=True) + FLAT).sqrt()


def gram(seen: torch.Tensor) -> torch.Tensor:
    """(filters, filters): which filters answer together, on average over all places. `seen` is one picture's."""
    flat = seen[0].flatten(1)
    return flat @ flat.T / flat.shape[1]


def apart(one: torch.Tensor, other: torch.Tensor) -> torch.Tensor:
    """The squared distance of two Gram matrices, as a share of the other's own squares."""
    return (one - other).square().sum() / other.square().sum().clamp(min=TINY)
