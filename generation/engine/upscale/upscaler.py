"""A loaded upscaler: small pictures in, pictures of four times as many pixels each way out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image
from scipy.ndimage import gaussian_filter

from generation.engine.errors import EngineError
from generation.engine.jobs import PaintJob
from generation.engine.prompts import Prompts
from generation.engine.upscale.ladder import Ladder
from generation.engine.upscale.options import TIMES
from generation.engine.upscale.progress import Progress
from generation.engine.upscale.tiles import MULTIPLE, blend, tiled

if TYPE_CHECKING:
    from collections.abc import Callable

    from generation.engine.upscale.ladder import Rung
    from generation.engine.upscale.options import Settings

SOFTNESS = 4.0  # small pixels: differences in colour that are wider than this are the model's error, not its detail


class Upscaler:
    """A pipeline, its device, how it is called, and what was learnt of its memory."""

    def __init__(self, pipe: Any, device: torch.device, settings: Settings) -> None:
        self.pipe = pipe
        self.device = device
        self.settings = settings
        self.ladder = Ladder(pipe, device)

    def enlarge(
        self, small: Image.Image, prompt: str, negative: str, seed: int, on_step: Callable[[int, int], None]
    ) -> Image.Image:
        """An RGB picture at four times its pixels each way: bit for bit the same for the same seed and tiles.

        EngineError: out_of_memory; bad_picture where the model makes what are no numbers.
        """
        pixels = torch.from_numpy(np.asarray(small, dtype=np.float32)).permute(2, 0, 1)[None] / 127.5 - 1
        down, right = (-side % MULTIPLE for side in pixels.shape[2:])
        padded = F.pad(pixels, (0, right, 0, down), mode="replicate")
        progress = Progress(on_step, self.pipe)
        job = PaintJob(prompt, negative, seed, *small.size, self.settings.steps, self.settings.guidance)

        def make(rung: Rung) -> torch.Tensor:
            progress.begin()
            return self._decoded(self._latents(padded, job, rung.tile, progress), rung.tile, progress)

        made = self.ladder.climb(make, max(padded.shape[2:]), progress)
        large = made[..., : small.height * TIMES, : small.width * TIMES]
        values = (own_colours(large, pixels)[0].permute(1, 2, 0).numpy() + 1) * 127.5
        progress.finish()
        return Image.fromarray(values.clip(0, 255).round().astype(np.uint8))

    def _latents(self, pixels: torch.Tensor, job: PaintJob, tile: int, progress: Progress) -> torch.Tensor:
        """(1, channels, height, width) for as many pixels."""
        with tiled(self.pipe.unet, tile, progress.tile):
            made = self.pipe(
                **Prompts(self.pipe).arguments([job]),
                image=pixels / 2 + 0.5,  # the pipeline takes a bright picture in -1 … 1 for one in 0 … 1
                # On the CPU whatever the device, and for the whole picture at once: tiles take their part of it.
                generator=torch.Generator("cpu").manual_seed(job.seed),
                num_inference_steps=job.steps,
                guidance_scale=job.guidance,
                noise_level=self.settings.noise_level,
                output_type="latent",
                callback=progress.step,
                callback_steps=1,
            )
        latents: torch.Tensor = made.images
        return latents

    def _decoded(self, latents: torch.Tensor, tile: int, progress: Progress) -> torch.Tensor:
        """(1, 3, 4 × height, 4 × width) on the CPU, about -1 … 1.

        Once more in float32 where half precision overflows: this kind of VAE is known for it.
        """
        vae = self.pipe.vae
        own = vae.dtype
        first = torch.float32 if own == torch.float16 and vae.config.force_upcast else own
        try:
            for dtype in dict.fromkeys((first, torch.float32)):
                vae.to(dtype)
                made = blend(
                    self._decode, latents.to(dtype), tile, times=TIMES, where=torch.device("cpu"), on_tile=progress.tile
                )
                if bool(made.isfinite().all()):
                    return made
        finally:
            vae.to(own)
        raise EngineError("bad_picture")

    @torch.no_grad()
    def _decode(self, latents: torch.Tensor) -> torch.Tensor:
        vae = self.pipe.vae
        made: torch.Tensor = vae.decode(latents / vae.config.scaling_factor, return_dict=False)[0]
        return made


def own_colours(large: torch.Tensor, small: torch.Tensor) -> torch.Tensor:
    """`large` (1, 3, 4h, 4w) with the colours of `small` (1, 3, h, w) wherever they are wide: they tend to wander.

    What is fine is the model's own (StableSR's correction, Wang et al. 2023, arXiv:2305.07015, with one filter).
    """
    away = small - F.avg_pool2d(large, TIMES)
    wide = torch.from_numpy(gaussian_filter(away.numpy(), (0, 0, SOFTNESS, SOFTNESS), mode="nearest"))
    return large + F.interpolate(wide, scale_factor=TIMES, mode="bicubic")
