"""The painter's optimizer: every weight is moved, kernels by Muon as the matrices they are."""

from __future__ import annotations

import copy
from typing import Any

import pytest
import torch
from torch import nn

from generation.preview.training import optimizer
from generation.preview.training.optimizer import Muon


def a_part() -> nn.Module:
    """Kernels, a matrix, a thin kernel and what is no matrix at all, as they lie in a painter."""
    torch.manual_seed(1)
    layers = nn.Sequential(
        nn.Conv2d(4, 48, 3, padding=1), nn.Conv2d(48, 32, 3, padding=1), nn.GroupNorm(4, 32), nn.Conv2d(32, 40, 1)
    )
    part: nn.Module = nn.ModuleList([layers, nn.Linear(40, 64)]).to(memory_format=torch.channels_last)
    return part


def loss_of(part: nn.Module, pictures: torch.Tensor) -> torch.Tensor:
    """How far the part is from giving ones for pictures."""
    layers, last = part.children()
    loss: torch.Tensor = (last(layers(pictures).mean(dim=(2, 3))) - 1).square().mean()
    return loss


def test_every_weight_is_moved_and_the_loss_falls() -> None:
    """The weights themselves, not copies; and no gradient is left."""
    part, pictures = a_part(), torch.randn(8, 4, 6, 6)
    before = {name: weight.detach().clone() for name, weight in part.named_parameters()}
    mover = Muon(part)
    losses = []
    for _ in range(60):
        loss = loss_of(part, pictures)
        torch.autograd.backward(loss)
        mover.step()
        losses.append(loss.item())
        assert all(weight.grad is None for weight in part.parameters())
    assert losses[-1] < losses[0] / 2
    assert not [name for name, weight in part.named_parameters() if torch.equal(weight, before[name])]


def test_muon_turns_a_kernel_alike_in_all_directions() -> None:
    """The mark of Muon: no direction of the matrix is moved much more than another, whatever the gradient."""
    part, pictures = a_part(), torch.randn(8, 4, 6, 6)
    kernel = part.get_parameter("0.1.weight")
    before = kernel.detach().clone()
    mover = Muon(part)
    torch.autograd.backward(loss_of(part, pictures))
    mover.step()
    sizes = torch.linalg.svdvals((kernel.detach() - before).flatten(1))
    assert sizes.max() / sizes.median() < 3


def test_a_rate_can_be_set_for_all_of_it() -> None:
    """A run that slows down slows everything: at a rate of nothing, nothing moves."""
    part = a_part()
    before = [weight.detach().clone() for weight in part.parameters()]
    mover = Muon(part)
    for group in mover.param_groups:
        group["lr"] = 0.0
    torch.autograd.backward(loss_of(part, torch.randn(2, 4, 6, 6)))
    mover.step()
    assert all(torch.equal(weight, old) for weight, old in zip(part.parameters(), before, strict=True))


def test_a_matrix_is_moved_as_by_torch_itself() -> None:
    """torch's own Muon takes matrices alone, and computes in bfloat16; of these both make nearly the same."""
    torch.manual_seed(2)
    ours = nn.Linear(64, 48, bias=False)
    theirs = copy.deepcopy(ours)
    before = ours.weight.detach().clone()
    mover = Muon(nn.Sequential(ours, nn.Linear(1, 1)))
    reference: Any = torch.optim.Muon(
        theirs.parameters(), optimizer.RATE, weight_decay=optimizer.DECAY, adjust_lr_fn="match_rms_adamw"
    )
    for _ in range(5):
        pictures = torch.randn(16, 64)
        for layer in (ours, theirs):
            torch.autograd.backward((layer(pictures) - 1).square().mean())
        mover.step()
        reference.step()
        reference.zero_grad()
    moves = [(layer.weight - before).detach() for layer in (ours, theirs)]
    apart = (moves[0] - moves[1]).norm() / moves[1].norm()
    assert apart < 0.05  # bfloat16 has three digits, and five rounds pass them on


@pytest.mark.parametrize("shape", [(64, 576), (96, 32), (48, 48)])
def test_the_rounds_on_the_product_are_those_on_the_matrix(shape: tuple[int, int]) -> None:
    """Newton and Schulz's iteration as it is written down, in double precision; singular values over four decades."""
    torch.manual_seed(3)
    matrix = torch.randn(shape) * torch.logspace(0, -4, shape[1])
    a, b, c = optimizer.QUINTIC
    wanted = matrix.double() / matrix.double().norm()
    for _ in range(optimizer.ROUNDS):
        product = wanted @ wanted.T
        wanted = a * wanted + (b * product + c * product @ product) @ wanted
    assert torch.allclose(optimizer._orthogonal(matrix).double(), wanted, rtol=0, atol=1e-3)


def test_a_kernel_is_moved_alike_however_it_lies_in_memory() -> None:
    """Channels last or not: the same numbers."""
    pictures = torch.randn(8, 4, 6, 6)
    moved = []
    for layout in (torch.channels_last, torch.contiguous_format):
        part = a_part().to(memory_format=layout)
        mover = Muon(part)
        torch.autograd.backward(loss_of(part, pictures))
        mover.step()
        moved.append(part.get_parameter("0.1.weight").detach().clone())
    assert torch.allclose(moved[0], moved[1], atol=1e-5)
