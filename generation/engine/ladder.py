"""The memory ladder: what does not fit is painted fewer at once, then decoded in tiles, then a model at a time.

Down one rung at a time, until it fits or there is no rung left. Where a size fits is remembered, so that not every
request stumbles anew; other sizes lose nothing by it.
"""

from __future__ import annotations

import logging
from contextlib import contextmanager
from dataclasses import dataclass, replace
from traceback import clear_frames
from typing import TYPE_CHECKING, Any

from generation.engine.errors import EngineError
from generation.engine.memory import SHORTAGES, free, is_about_memory

if TYPE_CHECKING:
    from collections.abc import Iterator

    import torch

    from generation.engine.watch import Watch

Size = tuple[int, int]

TILE = 256  # pixels; diffusers' own tiles are as large as the pictures that a model is made for, and save nothing there
SIZES_KEPT = 32
KEPT_FOR = 64  # batches on a lower rung: then the top is tried again, for the shortage may have been another's

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Rung:
    """How to paint: so many pictures at once, decoded whole or in tiles, all models on the device or one at a time."""

    batch: int
    tiled: bool = False
    offloaded: bool = False

    def __str__(self) -> str:
        ways = [f"{self.batch} at once", *(["tiles"] if self.tiled else []), *(["offload"] if self.offloaded else [])]
        return ", ".join(ways)


class Ladder:
    """The rungs of one loaded pipeline, and where each size (width, height in pixels) stands."""

    def __init__(self, pipe: Any, device: torch.device, max_batch: int) -> None:
        self._pipe = pipe
        self._device = device
        self._top = Rung(max_batch)
        self._known: dict[Size, tuple[Rung, int]] = {}  # the rung, and for how many batches more
        self._can_tile = hasattr(pipe.vae, "use_tiling")
        self._offloaded = False
        if self._can_tile:
            _set_tile(pipe.vae)

    def rung(self, size: Size) -> Rung:
        """The rung that pictures of this size are painted on."""
        return self._known.get(size, (self._top, 0))[0]

    @contextmanager
    def attempt(self, size: Size, batch: int, watch: Watch) -> Iterator[None]:
        """Around the painting of `batch` pictures. Where memory runs out, the next attempt is one rung lower.

        EngineError("out_of_memory") on the last rung; the size is then forgotten. What the listeners of `watch` raise
        is no shortage, whatever it says.
        """
        rung = self.rung(size)
        lower: Rung | None = None
        try:
            self._stand_on(rung)
            yield
        except SHORTAGES as error:
            if watch.left or not is_about_memory(error):
                raise
            clear_frames(error.__traceback__)  # they hold the tensors that did not fit
            lower = self._below(rung, batch, decoding=watch.sampled)
            if lower is None:
                self._known.pop(size, None)
                free(self._device)
                raise EngineError("out_of_memory") from error
        if lower is None:
            self._count_down(size)
            return
        free(self._device)
        logger.warning("Out of memory with %d of %dx%d at once: going on with %s.", batch, *size, lower)
        self._known.pop(size, None)
        self._known[size] = lower, KEPT_FOR
        for oldest in list(self._known)[:-SIZES_KEPT]:
            del self._known[oldest]

    def _below(self, rung: Rung, batch: int, *, decoding: bool) -> Rung | None:
        can_tile = self._can_tile and not rung.tiled
        if decoding and can_tile:  # pictures are decoded one by one: fewer of them would need no less
            return replace(rung, tiled=True)
        if batch > 1:
            return replace(rung, batch=batch // 2)
        if can_tile:
            return replace(rung, batch=1, tiled=True)
        if self._device.type == "cuda" and not rung.offloaded:
            return replace(rung, batch=1, offloaded=True)
        return None

    def _stand_on(self, rung: Rung) -> None:
        if self._can_tile:
            self._pipe.vae.use_tiling = rung.tiled
        if rung.offloaded:
            self._offloaded = True
            self._pipe.enable_model_cpu_offload(device=self._device)  # again, if a cancelled call left models behind
        elif self._offloaded:
            self._pipe.remove_all_hooks()
            self._pipe.to(self._device)
            self._offloaded = False

    def _count_down(self, size: Size) -> None:
        if size in self._known:
            rung, left = self._known.pop(size)
            if left > 1:
                self._known[size] = rung, left - 1


def _set_tile(vae: Any) -> None:
    """Tiles of at most TILE pixels: AutoencoderKL and AutoencoderTiny call the two sides of a tile the same."""
    pixels, latents = vae.tile_sample_min_size, vae.tile_latent_min_size
    if pixels > TILE:
        vae.tile_sample_min_size, vae.tile_latent_min_size = TILE, TILE * latents // pixels
