"""The search for a picture of the least loss, by L-BFGS, as in the paper. It ends with the best that was seen."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import torch

if TYPE_CHECKING:
    from collections.abc import Callable

HISTORY = 10  # steps that L-BFGS remembers
FIRST_MOVE = 0.02  # how far the first step changes a pixel on average: L-BFGS knows no scale yet


class _Done(Exception):
    """As many evaluations as were asked for."""


def search(
    loss_of: Callable[[torch.Tensor], torch.Tensor],
    start: torch.Tensor,
    iterations: int,
    watch: Callable[[int, torch.Tensor], None],
) -> torch.Tensor:
    """The best picture among `iterations` evaluations of the loss and its gradient, the first being of `start`.

    `watch(number, picture)` is called after each, with the best by then; what it raises comes out at once. Where the
    loss is not a number the search ends there; ArithmeticError where it never was one.
    """
    picture = start.clone().requires_grad_(True)
    best, least, done = start, math.inf, 0

    def evaluate() -> torch.Tensor:
        nonlocal best, least, done
        if done >= iterations:
            raise _Done
        optimizer.zero_grad()
        loss = loss_of(picture)
        loss.backward()
        done += 1
        value = float(loss.detach())
        if picture.grad is None or not math.isfinite(value) or not torch.isfinite(picture.grad).all():
            raise _Done
        if value < least:
            best, least = picture.detach().clone(), value
        watch(done, best)
        return loss

    optimizer = torch.optim.LBFGS(
        [picture],
        lr=FIRST_MOVE * picture.numel(),
        max_iter=1,
        history_size=HISTORY,
        tolerance_grad=0,
        tolerance_change=0,
        line_search_fn="strong_wolfe",
    )
    try:
        optimizer.step(evaluate)
        optimizer.param_groups[0] |= {"lr": 1.0, "max_iter": iterations, "max_eval": 2 * iterations}
        optimizer.step(evaluate)
    except _Done:
        pass
    if least == math.inf:
        raise ArithmeticError("The network's answers to this picture are no numbers.")
    return best
