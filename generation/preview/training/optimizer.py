"""How the painter's weights are moved: Muon for matrices and kernels, AdamW for all else."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch

if TYPE_CHECKING:
    from torch import nn

RATE, OTHER_RATE = 2e-3, 1e-3
DECAY = 0.01
MOMENTUM = 0.95
LEAST_SIDE = 32  # of a matrix that Muon is for
QUINTIC = (3.4445, -4.7750, 2.0315)  # Jordan 2024: drives all singular values towards 1 within five rounds
ROUNDS = 5


class Muon:
    """Muon (Jordan 2024, as in Liu et al. 2025, arXiv:2502.16982); a kernel counts as the matrix of its outputs.

    It needs half as many steps as AdamW to the same loss, and each takes somewhat longer. Unlike `torch.optim.Muon` it
    takes kernels, and computes in float32: a processor without bfloat16 needs 14 seconds for a step otherwise.
    """

    def __init__(self, part: nn.Module) -> None:
        kernels = [weight for weight in part.parameters() if _is_for_muon(weight)]
        others = {id(weight) for weight in kernels}
        rest = [weight for weight in part.parameters() if id(weight) not in others]
        self._kernels: dict[str, Any] = {"params": kernels, "lr": RATE}
        self._momenta = [torch.zeros_like(weight) for weight in kernels]
        self._adamw = torch.optim.AdamW(rest, OTHER_RATE, betas=(0.9, 0.99), weight_decay=DECAY, fused=True)

    @property
    def param_groups(self) -> list[dict[str, Any]]:
        """AdamW's group and Muon's, each with its rate."""
        return [*self._adamw.param_groups, self._kernels]

    @torch.no_grad()
    def step(self) -> None:
        """Move every weight by its gradient, and forget the gradients."""
        rate = self._kernels["lr"]
        for weight, momentum in zip(self._kernels["params"], self._momenta, strict=True):
            momentum.lerp_(weight.grad, 1 - MOMENTUM)
            ahead = _as_matrix(weight.grad.lerp(momentum, MOMENTUM))
            moved = _orthogonal(ahead) * (0.2 * max(ahead.shape) ** 0.5)  # as far as AdamW would
            weight.mul_(1 - rate * DECAY).sub_(_like(weight, moved), alpha=rate)
            weight.grad = None
        self._adamw.step()
        self._adamw.zero_grad()


def _orthogonal(matrix: torch.Tensor) -> torch.Tensor:
    """Nearly the closest matrix whose singular values are all alike, by Newton-Schulz rounds.

    The rounds work on the product of the matrix with itself, which has the short side alone, and end in one square
    matrix that turns the given one: for kernels two fifths of the arithmetic. In float32 alone: small values of the
    product drown in the errors of bfloat16, and each round makes these ten times as large.
    """
    a, b, c = QUINTIC
    found = matrix.T if matrix.shape[0] > matrix.shape[1] else matrix
    found = found / found.norm().clamp(min=1e-7)
    gram = found @ found.T
    turn = torch.eye(len(gram), dtype=gram.dtype, device=gram.device)
    for _ in range(ROUNDS):
        factor = torch.addmm(gram, gram, gram, beta=b, alpha=c)
        factor.diagonal().add_(a)
        turn = factor @ turn
        gram = factor @ gram @ factor
    found = turn @ found
    return found.T if matrix.shape[0] > matrix.shape[1] else found


def _is_for_muon(weight: torch.Tensor) -> bool:
    return weight.ndim >= 2 and min(weight.shape[0], weight[0].numel()) >= LEAST_SIDE


def _as_matrix(weight: torch.Tensor) -> torch.Tensor:
    """A kernel `(out, in, high, wide)` as `(out, high * wide * in)`: of a channels-last one, the same memory."""
    return weight.permute(0, 2, 3, 1).flatten(1) if weight.ndim == 4 else weight


def _like(weight: torch.Tensor, matrix: torch.Tensor) -> torch.Tensor:
    """A matrix from `_as_matrix` in the weight's own shape."""
    if weight.ndim != 4:
        return matrix
    out, wide, high, across = weight.shape
    return matrix.view(out, high, across, wide).permute(0, 3, 1, 2)
