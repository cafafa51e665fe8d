"""Pictures to begin with: what of them is refused, what the pipeline gets, and what becomes of what it paints."""

from __future__ import annotations

from math import ceil, floor
from typing import TYPE_CHECKING, Any

from PIL import Image

from generation.engine.enlarge import enlarge, focus
from generation.engine.errors import EngineError
from generation.engine.inpaint import cut_out, put_back
from generation.engine.mask import marked

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from generation.engine.guides.skeleton import Window
    from generation.engine.inpaint import Cut
    from generation.engine.jobs import Mask, PaintJob

LEAST_SIDE = 8  # pixels: one latent
MOST_PIXELS = 40_000_000
FINEST = 50  # steps: LCM's sampler knows no finer ones
ROUNDING = 1e-9  # 0.29 × 100 is a little less than 29


def inspect(start: Image.Image | None, mask: Mask | None) -> None:
    """Refuse what cannot be begun with, without a model.

    EngineError: start_too_small(least), image_too_large(limit_mp), mask_other_size(mask, picture), mask_empty.
    """
    if start is None:
        return
    if min(start.size) < LEAST_SIDE:
        raise EngineError("start_too_small", least=LEAST_SIDE)
    if start.width * start.height > MOST_PIXELS:
        raise EngineError("image_too_large", limit_mp=MOST_PIXELS // 1_000_000)
    if mask is None:
        return
    if mask.picture.size != start.size:
        raise EngineError("mask_other_size", mask=_by(mask.picture), picture=_by(start))
    marked(mask)


def steps_taken(steps: int, strength: float) -> int:
    """How many of a job's steps the sampler takes."""
    return max(1, floor(steps * strength + ROUNDING))


class Starts:
    """The start pictures of a batch of jobs that are alike. A latent stands for `block` × `block` pixels.

    `seen`: the UNet is one of 9 channels, which is shown what is around a mask.
    """

    def __init__(self, jobs: Sequence[PaintJob], block: int, *, seen: bool = False) -> None:
        self._jobs = jobs
        self._seen = seen
        self._block = block
        self._cuts: list[Cut] = []
        if jobs[0].kind == "inpaint":
            same = {(id(job.start), id(job.mask)): job for job in jobs}  # those of one request have one base
            cuts = {key: cut_out(job, block) for key, job in same.items()}
            self._cuts = [cuts[id(job.start), id(job.mask)] for job in jobs]

    def arguments(self) -> dict[str, Any]:
        """What the pipeline of the jobs' kind is called with."""
        first = self._jobs[0]
        size = first.width, first.height
        if first.kind == "text":
            return {"width": size[0], "height": size[1]}
        if first.kind == "image":
            return {"image": [enlarge(job.start, size) for job in self._jobs if job.start], "strength": self._strength}
        if first.followed or self._seen:
            return {**self._masked(), "strength": self._strength}
        import torch

        latents = len(self._jobs), 4, size[1] // self._block, size[0] // self._block
        return {
            **self._masked(),
            # A UNet of 4 channels never looks at them; the pipeline would encode every picture once more to make them.
            "masked_image_latents": torch.zeros(latents),
            "strength": self._strength,
        }

    @property
    def steps(self) -> int:
        """How many steps the sampler divides the noise into: the job's, or more, where less than one would be taken.

        Else the one that is would begin at more noise than the strength says; of a single step, at nothing but noise.
        """
        first = self._jobs[0]
        if first.kind == "text" or first.strength == 1:
            return first.steps
        return max(first.steps, min(FINEST, ceil(1 / first.strength - ROUNDING)))

    def view(self, number: int) -> Window:
        """The part of a job's start picture that is shown to the model: left, top, right, bottom as shares of it."""
        job = self._jobs[number]
        if job.kind == "text" or job.start is None:
            return 0.0, 0.0, 1.0, 1.0
        box = self._cuts[number].window if self._cuts else focus(job.start, job.width / job.height)
        width, height = job.start.size
        return box[0] / width, box[1] / height, box[2] / width, box[3] / height

    def finish(self, painted: Sequence[Image.Image], broken: Collection[int] = ()) -> list[Image.Image]:
        """The finished pictures: those with a mask are put back into their start.

        Those whose numbers in the batch are `broken` are black all over: a part of one would hide in its start.
        """
        images = [put_back(cut, one) for cut, one in zip(self._cuts, painted, strict=True)] if self._cuts else painted
        return [Image.new("RGB", one.size) if number in broken else one for number, one in enumerate(images)]

    def _masked(self) -> dict[str, Any]:
        first = self._jobs[0]
        return {
            "width": first.width,
            "height": first.height,
            "image": [cut.picture for cut in self._cuts],
            "mask_image": [cut.mask for cut in self._cuts],
        }

    @property
    def _strength(self) -> float:
        """That from which diffusers, which cuts `steps * strength` off, computes the steps that are meant."""
        first = self._jobs[0]
        return min(1.0, (steps_taken(first.steps, first.strength) + 0.5) / self.steps)


def _by(picture: Image.Image) -> str:
    return f"{picture.width}×{picture.height}"
