"""How far upscaling is. Whoever listens is told after each step and each tile, and may leave by raising."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable


class Progress:
    """Steps of the sampler, and decoding as one more. `left`: the listener raised."""

    def __init__(self, on_step: Callable[[int, int], None], pipe: Any) -> None:
        self._on_step = on_step
        self._pipe = pipe
        self._done = 0
        self.left = False

    def begin(self) -> None:
        """Anew: what did not fit is counted again."""
        self._done = 0

    def step(self, index: int, _timestep: Any, _latents: Any) -> None:
        """diffusers' legacy callback: this pipeline knows no other, and what is raised in it is its only way out."""
        self._done = index + 1
        self.tile()

    def tile(self) -> None:
        """After a tile: as far as before, but an occasion to leave."""
        self.left = True
        self._on_step(self._done, self._steps + 1)
        self.left = False

    def finish(self) -> None:
        """All is decoded."""
        self._done = self._steps + 1
        self.tile()

    @property
    def _steps(self) -> int:
        scheduler = self._pipe.scheduler
        return len(scheduler.timesteps) // getattr(scheduler, "order", 1)
