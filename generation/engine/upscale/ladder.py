"""The memory ladder for upscaling: smaller tiles, then one model at a time, then a plain failure."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from traceback import clear_frames
from typing import TYPE_CHECKING, Any, TypeVar

from generation.engine.errors import EngineError
from generation.engine.memory import SHORTAGES, free, is_about_memory

if TYPE_CHECKING:
    from collections.abc import Callable

    import torch

    from generation.engine.upscale.progress import Progress

T = TypeVar("T")

TILES = (256, 128, 64)  # small pixels along a side, largest first
KEPT_FOR = 64  # pictures on a lower rung: then the top is tried again, for the shortage may have been another's

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Rung:
    """How large tiles are, and whether all models are on the device or one at a time."""

    tile: int
    offloaded: bool = False

    def __str__(self) -> str:
        return f"tiles of {self.tile}{', offload' if self.offloaded else ''}"


class Ladder:
    """Where one loaded upscaler stands."""

    def __init__(self, pipe: Any, device: torch.device) -> None:
        self._pipe = pipe
        self._device = device
        self._left = 0
        self._offloaded = False
        self._top = self.rung = Rung(TILES[0])

    def climb(self, make: Callable[[Rung], T], longest: int, progress: Progress) -> T:
        """What `make` gives, on the first rung on which it fits; `longest` is the small picture's longer side.

        EngineError("out_of_memory") where it fits on none. What a listener raises is no shortage, whatever it says.
        """
        while True:
            rung = self.rung
            try:
                self._stand_on(rung)
                made = make(rung)
            except SHORTAGES as error:
                if progress.left or not is_about_memory(error):
                    raise
                clear_frames(error.__traceback__)  # they hold the tensors that did not fit
                lower = self._below(rung, longest)
                self.rung, self._left = lower or self._top, KEPT_FOR
                if lower is None:
                    free(self._device)
                    raise EngineError("out_of_memory") from error
                logger.warning("Out of memory while upscaling: going on with %s.", lower)
            else:
                self._left = max(0, self._left - 1)
                if not self._left:
                    self.rung = self._top
                return made
            free(self._device)

    def _below(self, rung: Rung, longest: int) -> Rung | None:
        for tile in TILES:
            if tile < min(rung.tile, longest):
                return Rung(tile, rung.offloaded)
        if self._device.type == "cuda" and not rung.offloaded:
            return Rung(rung.tile, offloaded=True)
        return None

    def _stand_on(self, rung: Rung) -> None:
        if rung.offloaded:
            self._offloaded = True
            self._pipe.enable_model_cpu_offload(device=self._device)  # again, if a cancelled call left models behind
        elif self._offloaded:
            self._pipe.remove_all_hooks()
            self._pipe.to(self._device)
            self._offloaded = False
