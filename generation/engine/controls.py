"""Control images: the guides of a batch, each brought to the view that is painted, as its pipeline takes them."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from PIL import Image

from generation.engine.errors import EngineError
from generation.engine.guides.skeleton import draw_poses
from generation.engine.start import MOST_PIXELS

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from generation.engine.guides.skeleton import Window
    from generation.engine.jobs import Guide, PaintJob
    from generation.engine.start import Starts

SAME_SHAPE = 0.02  # by so much two aspects may differ and one picture still lie on the other as a whole
DARK = 16  # of 255: what is no brighter is the black of a picture that was compressed


def inspect_guides(guides: Iterable[Guide]) -> None:
    """Refuse what nothing could follow. EngineError: guide_empty, image_too_large(limit_mp)."""
    for guide in {id(guide.picture): guide for guide in guides if guide.counts}.values():
        if guide.picture.width * guide.picture.height > MOST_PIXELS:
            raise EngineError("image_too_large", limit_mp=MOST_PIXELS // 1_000_000)
        if not guide.poses and _lit(guide.picture) is None:
            raise EngineError("guide_empty")


def control_arguments(jobs: Sequence[PaintJob], starts: Starts) -> dict[str, Any]:
    """What the guided pipeline of a batch's kind is called with besides; all jobs have guides of the same kinds."""
    first = jobs[0]
    led = first.followed
    rows = [
        [_tensor(control_image(job, guide, starts.view(number))) for guide in job.followed]
        for number, job in enumerate(jobs)
    ]
    images = [torch.stack(column) for column in zip(*rows, strict=True)]
    return {
        # Tensors (jobs, 3, height, width), 0 … 1: lists of pictures mean one thing to one of the classes and another
        # to the next.
        "image" if first.kind == "text" else "control_image": images,
        "controlnet_conditioning_scale": [guide.strength for guide in led],
        "control_guidance_start": [guide.begin for guide in led],
        "control_guidance_end": [guide.end for guide in led],
    }


def control_image(job: PaintJob, guide: Guide, view: Window) -> Image.Image:
    """RGB, of the job's size. `view` is the part of the start picture that is painted, all of it where there is none.

    A guide of the frame's shape lies on the whole of it. Of any other, as much is taken as a crop would keep, or more,
    with black around it, so that nobody is cut off.
    """
    frame = job.width / job.height if job.kind == "text" or job.start is None else job.start.width / job.start.height
    left, top, right, bottom = _around(guide.picture, frame)
    wide, high = right - left, bottom - top
    window = left + view[0] * wide, top + view[1] * high, left + view[2] * wide, top + view[3] * high
    size = job.width, job.height
    return draw_poses(guide.poses, size, window) if guide.poses else _cut(guide.picture, window, size)


def _around(picture: Image.Image, aspect: float) -> Window:
    """The window of that aspect (width / height) with all that is drawn on the picture, as shares of the picture."""
    width, height = picture.size
    if abs(math.log(width / height / aspect)) <= SAME_SHAPE:
        return 0.0, 0.0, 1.0, 1.0
    left, top, right, bottom = _lit(picture) or (0, 0, width, height)
    wide, high = min(width, height * aspect), min(height, width / aspect)
    larger = max(1.0, (right - left) / wide, (bottom - top) / high)
    wide, high = wide * larger, high * larger
    first, upper = _start((left + right) / 2, wide, width), _start((top + bottom) / 2, high, height)
    return first / width, upper / height, (first + wide) / width, (upper + high) / height


def _start(centre: float, length: float, whole: int) -> float:
    return (whole - length) / 2 if length >= whole else min(max(centre - length / 2, 0.0), whole - length)


def _lit(picture: Image.Image) -> tuple[int, int, int, int] | None:
    """The box around all that is not black."""
    return picture.convert("L").point([255 * (level > DARK) for level in range(256)]).getbbox()


def _cut(picture: Image.Image, window: Window, size: tuple[int, int]) -> Image.Image:
    """What of the picture is in the window, at that size; black where the window leaves the picture."""
    width, height = picture.size
    left, top, right, bottom = window
    seen = max(left, 0.0), max(top, 0.0), min(right, 1.0), min(bottom, 1.0)
    canvas = Image.new("RGB", size)
    if seen[0] >= seen[2] or seen[1] >= seen[3]:
        return canvas
    sides = [round((place - left) / (right - left) * size[0]) for place in (seen[0], seen[2])]
    ends = [round((place - top) / (bottom - top) * size[1]) for place in (seen[1], seen[3])]
    part = max(1, sides[1] - sides[0]), max(1, ends[1] - ends[0])
    box = seen[0] * width, seen[1] * height, seen[2] * width, seen[3] * height
    canvas.paste(picture.convert("RGB").resize(part, Image.Resampling.LANCZOS, box=box), (sides[0], ends[0]))
    return canvas


def _tensor(image: Image.Image) -> torch.Tensor:
    return torch.from_numpy(np.array(image)).permute(2, 0, 1).float() / 255
