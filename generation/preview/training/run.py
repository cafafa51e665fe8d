"""How long a stage runs, how fast it learns, and what it says meanwhile."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

WARM_UP = 100  # steps
LAST_RATE = 0.03  # of the learning rate, at the end of a stage


@dataclass(frozen=True)
class Amount:
    """So many steps, or so many minutes. Steps give the same weights every time; minutes do not."""

    steps: int | None = None
    minutes: float | None = None

    @classmethod
    def parse(cls, text: str) -> Amount:
        """`1200` is steps, `20m` minutes. ValueError for anything else, and for nothing to do."""
        amount = cls(minutes=float(text[:-1])) if text.endswith("m") else cls(steps=int(text))
        if not 0 < (amount.steps or amount.minutes or 0) < math.inf:
            raise ValueError(f"{text} is nothing to do")
        return amount


class Rated(Protocol):
    """What has learning rates: an optimizer."""

    @property
    def param_groups(self) -> list[dict[str, Any]]:
        """Groups of weights, each with its rate under "lr"."""


class Run:
    """The steps of a stage: counts them, sets the learning rate of `optimizer`, and tells every `every` steps."""

    def __init__(
        self, name: str, amount: Amount, optimizer: Rated, say: Callable[[str], None], every: int = 100
    ) -> None:
        self.name, self.amount, self.say, self.every = name, amount, say, every
        self._optimizer = optimizer
        self._rates = [group["lr"] for group in optimizer.param_groups]
        self._began = time.monotonic()
        self._losses: list[float] = []
        self.step = 0

    def __iter__(self) -> Iterator[int]:
        while (done := self.done) < 1:
            share = min(1, (self.step + 1) / WARM_UP) * (1 - (1 - LAST_RATE) * done)
            for group, rate in zip(self._optimizer.param_groups, self._rates, strict=True):
                group["lr"] = rate * share
            yield self.step
            self.step += 1
            if self.step % self.every == 0 or self.done >= 1:
                self._tell()

    @property
    def done(self) -> float:
        """How much of the stage is behind it, 0 … 1."""
        if self.amount.steps is not None:
            return self.step / self.amount.steps
        assert self.amount.minutes is not None
        return (time.monotonic() - self._began) / 60 / self.amount.minutes

    def note(self, loss: float) -> None:
        """Remember a step's loss for the next line of the log."""
        self._losses.append(loss)

    def _tell(self) -> None:
        mean = sum(self._losses) / max(1, len(self._losses))
        seconds = (time.monotonic() - self._began) / self.step
        self.say(f"{self.name}  step {self.step}  {self.done:.0%}  loss {mean:.4f}  {seconds:.3f} s a step")
        self._losses.clear()
