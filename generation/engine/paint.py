"""Painting: jobs that share their size and settings become pictures, batch by batch, each from its own seed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from PIL import Image

    from generation.engine.jobs import PaintJob


def paint(
    pipe: Any, jobs: Sequence[PaintJob], max_batch: int, on_step: Callable[[int, int], None]
) -> list[Image.Image]:
    """One picture per job, in the jobs' order; `on_step(step, steps)` counts over all batches.

    ValueError where the jobs differ in size, steps, guidance or eta. What `on_step` raises comes out at once.
    """
    if len({(job.width, job.height, job.steps, job.guidance, job.eta) for job in jobs}) > 1:
        raise ValueError("Jobs painted together share their size, steps, guidance and eta.")
    batches = [jobs[start : start + max_batch] for start in range(0, len(jobs), max_batch)]
    images: list[Image.Image] = []
    for number, batch in enumerate(batches):
        images += _paint_batch(pipe, batch, _counter(on_step, number, len(batches)))
    return images


def _paint_batch(pipe: Any, jobs: Sequence[PaintJob], after_step: Callable[..., dict[str, Any]]) -> list[Image.Image]:
    first = jobs[0]
    pipe.scheduler = type(pipe.scheduler).from_config(pipe.scheduler.config)  # it keeps state from call to call
    painted = pipe(
        prompt=[job.prompt for job in jobs],
        negative_prompt=[job.negative for job in jobs],
        # On the CPU whatever the device: the same seed gives the same noise everywhere, whoever the neighbours are.
        generator=[torch.Generator("cpu").manual_seed(job.seed) for job in jobs],
        width=first.width,
        height=first.height,
        num_inference_steps=first.steps,
        guidance_scale=first.guidance,
        eta=first.eta,
        callback_on_step_end=after_step,
    )
    return list(painted.images)


def _counter(on_step: Callable[[int, int], None], batch: int, batches: int) -> Callable[..., dict[str, Any]]:
    """A diffusers callback: it must hand its dictionary back; `num_timesteps` may differ from the steps asked for."""

    def after_step(pipe: Any, index: int, timestep: Any, values: dict[str, Any]) -> dict[str, Any]:
        on_step(batch * pipe.num_timesteps + index + 1, batches * pipe.num_timesteps)
        return values

    return after_step
