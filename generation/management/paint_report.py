"""What ``manage.py paint`` writes beside its pictures: ``request.json``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from generation.stages.describe import Described
    from generation.stages.write import Drafted
    from generation.work import Work


def report_of(
    options: dict[str, Any], work: Work, described: Described, drafted: Drafted, frames: list[dict[str, Any]]
) -> dict[str, Any]:
    job = work.pictures[0].job
    width, height = work.pictures[0].image.size
    return {
        "title": options["title"],
        "target": work.target.key,
        "width": width,
        "height": height,
        "prompt": work.prompt,
        "negative": work.negative,
        "written_prompt": drafted.written.prompt,
        "captions": list(described.captions),
        "source": drafted.source,
        "facts": described.facts.to_dict() if described.facts else None,
        "mode": work.mode,
        "steps": job.steps,
        "guidance": job.guidance,
        "eta": job.eta,
        "sampler": job.scheduler.title if job.scheduler else "",
        "loras": [
            {"file": use.path.name, "weight": use.weight, "sha256": use.sha256, "hash": use.short_hash}
            for use in job.loras
        ],
        "seeds": [picture.job.seed for picture in work.pictures],
        "upscaler": work.pictures[0].upscaler,
        "held": [number for number, picture in enumerate(work.pictures, start=1) if picture.held],
        "frames": frames,
        "seconds": work.timings,
    }
