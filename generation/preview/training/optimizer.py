"""How the painter's weights are moved: Muon for matrices and kernels, AdamW for all else."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch

from generation.preview.training.model import quick_at_half

if TYPE_CHECKING:
    from torch import nn

RATE, OTHER_RATE = 2e-3, 1e-3
LEAST_SIDE = 32  # of a matrix that Muon is for


class Muon:
    """Muon (Jordan 2024, as in Liu et al. 2025, arXiv:2502.16982); a kernel counts as the matrix of its outputs.

    torch's own takes matrices alone, so it moves views of the kernels. It needs half as many steps as AdamW to the same
    loss, and each takes a third longer. It computes in bfloat16: where that is slow, AdamW moves everything.
    """

    def __init__(self, part: nn.Module, device: torch.device) -> None:
        self._kernels = [weight for weight in part.parameters() if quick_at_half(device) and _is_for_muon(weight)]
        others = {id(weight) for weight in self._kernels}
        rest = [weight for weight in part.parameters() if id(weight) not in others]
        self._adamw = torch.optim.AdamW(rest, OTHER_RATE, betas=(0.9, 0.99), weight_decay=0.01, fused=True)
        self._muon: torch.optim.Muon | None = None
        if self._kernels:
            self._matrices = [torch.nn.Parameter(_as_matrix(weight.data)) for weight in self._kernels]
            pairs = zip(self._matrices, self._kernels, strict=True)
            if any(matrix.data_ptr() != kernel.data_ptr() for matrix, kernel in pairs):
                raise ValueError("the kernels do not lie channels last: a copy would be moved in their place")
            self._muon = torch.optim.Muon(self._matrices, RATE, weight_decay=0.01, adjust_lr_fn="match_rms_adamw")

    @property
    def param_groups(self) -> list[dict[str, Any]]:
        """Both optimizers' groups, each with its rate."""
        return [*self._adamw.param_groups, *(self._muon.param_groups if self._muon else ())]

    def step(self) -> None:
        """Move every weight by its gradient, and forget the gradients."""
        if self._muon:
            for weight, matrix in zip(self._kernels, self._matrices, strict=True):
                assert weight.grad is not None
                matrix.grad, weight.grad = _as_matrix(weight.grad), None
            self._muon.step()
            self._muon.zero_grad()
        self._adamw.step()
        self._adamw.zero_grad()


def _is_for_muon(weight: torch.Tensor) -> bool:
    return weight.ndim >= 2 and min(weight.shape[0], weight[0].numel()) >= LEAST_SIDE


def _as_matrix(weight: torch.Tensor) -> torch.Tensor:
    """A kernel `(out, in, high, wide)` as `(out, high * wide * in)`: of a channels-last one, the same memory."""
    return weight.permute(0, 2, 3, 1).flatten(1) if weight.ndim == 4 else weight
