"""Painting: jobs that share their size and settings become pictures, batch by batch, each from its own seed."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from math import ceil
from typing import TYPE_CHECKING, Any

import torch

from generation.engine.controls import control_arguments, inspect_guides
from generation.engine.faces import face
from generation.engine.overflow import guarded
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
    painted again, smaller, and counted again; models and LoRAs that nobody needs then give back their memory. Where the
    sampler's numbers break, a picture is painted once more, alone, and counted again; where the VAE's do, see
    `overflow`. One that stays broken is black all over: no other looks like it.
    ValueError where the jobs may not share a batch; EngineError: those of `start.inspect` and `inspect_guides`, before
    anything is painted, and of `Loras.wear`, `ControlNets.open` and `InpaintUnet.open`; out_of_memory. What listeners
    raise comes out at once.
    """
    if len({job.company for job in jobs}) > 1:
        raise ValueError("Jobs painted together share their size, settings, LoRAs and guides: all of their company.")
    for job in {(id(job.start), id(job.mask)): job for job in jobs}.values():
        inspect(job.start, job.mask)
    inspect_guides(guide for job in jobs for guide in job.guides)
    if not jobs:
        return []
    opened = _open(loaded, jobs[0])
    prompts = Prompts(loaded.pipe)
    images: dict[int, Image.Image] = {}
    order, again, batches = list(range(len(jobs))), set[int](), 0
    size = jobs[0].width, jobs[0].height
    while order:
        most = 1 if order[0] in again else loaded.ladder.rung(size).batch
        _windows, alike = next(groupby(order[:most], key=lambda number: prompts.windows(jobs[number])))
        numbers = list(alike)
        watch = Watch(on_step, looks, batch=batches, batches=batches + ceil(len(order) / most), first=numbers[0])
        painted: list[Image.Image] = []
        with loaded.ladder.attempt(size, len(numbers), watch):
            painted, lost = _paint_batch(loaded, [jobs[number] for number in numbers], prompts, watch, looks, opened)
        if not painted:
            _make_room(loaded, jobs[0])
            continue
        batches += 1
        images |= dict(zip(numbers, painted, strict=True))
        anew = [numbers[place] for place in sorted(lost) if numbers[place] not in again]
        again |= set(anew)
        order = order[len(numbers) :] + anew
    return [images[number] for number in range(len(jobs))]


@dataclass(frozen=True)
class _Opened:
    """What the jobs need besides the pipeline's own models."""

    nets: Sequence[Any]
    unet: Any | None


def _open(loaded: Loaded, first: PaintJob) -> _Opened:
    nets = loaded.controlnets.open(first.followed)
    loaded.loras.wear(first.worn)
    if first.kind == "inpaint":
        return _Opened(nets, loaded.inpaint_unet.open(first.worn))
    loaded.inpaint_unet.passed_over()
    return _Opened(nets, None)


def _make_room(loaded: Loaded, first: PaintJob) -> None:
    worn = [use.name for use in first.worn]
    loaded.loras.drop(keep=worn)
    loaded.controlnets.drop(keep=[guide.kind for guide in first.followed])
    loaded.inpaint_unet.drop(keep=worn if first.kind == "inpaint" else None)


def _paint_batch(
    loaded: Loaded,
    jobs: Sequence[PaintJob],
    prompts: Prompts,
    watch: Watch,
    looks: Looks | None,
    opened: _Opened,
) -> tuple[list[Image.Image], set[int]]:
    """The pictures, and the numbers in the batch of those whose latents are no numbers."""
    first, pipe = jobs[0], loaded.pipe
    starts = Starts(jobs, block=pipe.vae_scale_factor, seen=opened.unet is not None)
    own = pipe.scheduler
    chosen = first.scheduler or Scheduler(type(own).__name__)
    pipe.scheduler = chosen.on(own.config)  # a new one each time: it keeps state from call to call
    if looks is not None:
        looks.follow(pipe.scheduler)
    offloaded = loaded.ladder.rung((first.width, first.height)).offloaded
    loaded.controlnets.place(offloaded=offloaded)
    loaded.inpaint_unet.place(offloaded=offloaded)
    try:
        painter = face(pipe, first.kind, opened.nets, opened.unet)
        if offloaded and painter is not pipe:
            painter.enable_model_cpu_offload(device=loaded.device)  # anew: with what the base has not
        with guarded(pipe.vae) as guard:
            painted = painter(
                **prompts.arguments(jobs),
                **starts.arguments(),
                **(control_arguments(jobs, starts) if opened.nets else {}),
                # On the CPU whatever the device: the same seed gives the same noise everywhere, whoever the neighbours
                # are.
                generator=[torch.Generator("cpu").manual_seed(job.seed) for job in jobs],
                num_inference_steps=starts.steps,
                guidance_scale=first.guidance,
                eta=first.eta,
                callback_on_step_end=watch,
            )
    finally:
        pipe.scheduler = own
    return starts.finish(painted.images, guard.broken), guard.lost
