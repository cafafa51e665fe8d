"""The end of every step of the sampler: whoever listens is told, and may leave."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from generation.engine.look import Looks


class Watch:
    """A diffusers callback for batch number `batch` (from 0) of `batches`, whose first picture is number `first`.

    `sampled`: every step is done, what comes is decoding. `left`: a listener raised.
    """

    def __init__(
        self, on_step: Callable[[int, int], None], looks: Looks | None, *, batch: int, batches: int, first: int
    ) -> None:
        self._on_step = on_step
        self._looks = looks
        self._batch = batch
        self._batches = batches
        self._first = first
        self.sampled = False
        self.left = False

    def __call__(self, pipe: Any, index: int, timestep: Any, values: dict[str, Any]) -> dict[str, Any]:
        """It must hand its dictionary back; `num_timesteps` may differ from the steps asked for."""
        done, steps = index + 1, pipe.num_timesteps
        self.sampled = done == steps
        self.left = True
        self._on_step(self._batch * steps + done, self._batches * steps)
        if self._looks is not None and not self.sampled:
            self._looks.show(self._first)
        self.left = False
        return values
