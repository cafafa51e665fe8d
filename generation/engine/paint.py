"""Painting: jobs that share their size and settings become pictures, batch by batch, each from its own seed."""

from __future__ import annotations

from itertools import groupby
from math import ceil
from typing import TYPE_CHECKING, Any

import torch

from generation.engine.controls import control_arguments, inspect_guides
from generation.engine.faces import face
from generation.engine.prompts import Prompts
from generation.engine.schedulers import Scheduler
from generation.engine.start import Starts, inspect
from generation.engine.watch import Watch

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from PIL import Image

    from generation.engine.jobs import PaintJob
    from generation.engine.load import Loaded
    from generation.engine.look import Looks


def paint(
    loaded: Loaded,
    jobs: Sequence[PaintJob],
    on_step: Callable[[int, int], None],
    looks: Looks | None = None,
) -> list[Image.Image]:
    """One picture per job, in the jobs' order; `on_step(step, steps)` counts over all batches.

    As many at once as the ladder says, and as need as many windows of the text encoder: a batch that does not fit is
    painted again, smaller, and counted again; LoRAs and ControlNets that nobody needs then give back their memory.
    ValueError where the jobs may not share a batch; EngineError: those of `start.inspect` and `inspect_guides`, before
    anything is painted, and of `Loras.wear` and `ControlNets.open`; out_of_memory. What listeners raise comes out at
    once.
    """
    if len({job.company for job in jobs}) > 1:
        raise ValueError("Jobs painted together share their size, settings, LoRAs and guides: all of their company.")
    for job in {(id(job.start), id(job.mask)): job for job in jobs}.values():
        inspect(job.start, job.mask)
    inspect_guides(jobs)
    worn, led = (jobs[0].worn, jobs[0].followed) if jobs else ((), ())
    ladder, loras, controlnets = loaded.ladder, loaded.loras, loaded.controlnets
    nets = controlnets.open(led)
    loras.wear(worn)
    prompts = Prompts(loaded.pipe)
    images: list[Image.Image] = []
    batches = 0
    while rest := jobs[len(images) :]:
        size = rest[0].width, rest[0].height
        most = ladder.rung(size).batch
        _windows, alike = next(groupby(rest[:most], key=prompts.windows))
        batch = list(alike)
        watch = Watch(on_step, looks, batch=batches, batches=batches + ceil(len(rest) / most), first=len(images))
        with ladder.attempt(size, len(batch), watch):
            controlnets.place(offloaded=ladder.rung(size).offloaded)
            images += _paint_batch(loaded, batch, prompts, watch, looks, nets)
            batches += 1
        if len(rest) == len(jobs) - len(images):
            loras.drop(keep=[use.name for use in worn])
            controlnets.drop(keep=[guide.kind for guide in led])
    return images


def _paint_batch(
    loaded: Loaded,
    jobs: Sequence[PaintJob],
    prompts: Prompts,
    watch: Watch,
    looks: Looks | None,
    nets: Sequence[Any],
) -> list[Image.Image]:
    first, pipe = jobs[0], loaded.pipe
    starts = Starts(jobs, block=pipe.vae_scale_factor)
    own = pipe.scheduler
    chosen = first.scheduler or Scheduler(type(own).__name__)
    pipe.scheduler = chosen.on(own.config)  # a new one each time: it keeps state from call to call
    if looks is not None:
        looks.follow(pipe.scheduler)
    try:
        painter = face(pipe, first.kind, nets)
        if nets and loaded.ladder.rung((first.width, first.height)).offloaded:
            painter.enable_model_cpu_offload(device=loaded.device)  # anew, with the ControlNets
        painted = painter(
            **prompts.arguments(jobs),
            **starts.arguments(),
            **(control_arguments(jobs, starts) if nets else {}),
            # On the CPU whatever the device: the same seed gives the same noise everywhere, whoever the neighbours are.
            generator=[torch.Generator("cpu").manual_seed(job.seed) for job in jobs],
            num_inference_steps=first.steps,
            guidance_scale=first.guidance,
            eta=first.eta,
            callback_on_step_end=watch,
        )
    finally:
        pipe.scheduler = own
    return starts.finish(painted.images)
