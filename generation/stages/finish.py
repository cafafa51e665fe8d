"""Finish: files with the recipe inside, rows, and the request's last state, all at once or not at all."""

from __future__ import annotations

import json
import re
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO
from itertools import repeat
from typing import TYPE_CHECKING

from django.core.files.base import ContentFile
from django.db import transaction
from PIL.PngImagePlugin import PngInfo

from generation.models import GeneratedImage
from imagecreator import VERSION
from imagecreator.files.keep import kept_with_rows
from imagecreator.queue.states import State

if TYPE_CHECKING:
    from collections.abc import Sequence

    from generation.engine import LoraUse, Profile
    from generation.models import GenerationRequest
    from generation.work import Painted, Work
    from imagecreator.queue.lease import Lease


ENCODERS = 2  # pictures that are encoded at once: it hardly holds Python's lock


def to_png(picture: Painted, profile: Profile) -> bytes:
    """Encode a picture with its recipe: A1111's ``parameters`` text and our own JSON under ``imagecreator``."""
    job = picture.job
    recipe: dict[str, object] = {
        "version": VERSION,
        "profile": profile.name,
        "prompt": job.prompt,
        "negative": job.negative,
        "seed": job.seed,
        "steps": job.steps,
        "guidance": job.guidance,
        "eta": job.eta,
        "width": job.width,
        "height": job.height,
    }
    if job.worn:
        recipe["loras"] = [
            {"name": use.title, "weight": use.weight, "sha256": use.sha256, "hash": use.short_hash} for use in job.worn
        ]
    parameters = (
        f"{job.prompt}{_tags(job.worn)}\nNegative prompt: {job.negative}\n"
        f"Steps: {job.steps}, CFG scale: {job.guidance:g}, Seed: {job.seed}, Size: {job.width}x{job.height}, "
        f"Model: {profile.name}, Eta DDIM: {job.eta:g}, {_hashes(job.worn)}Version: Image Creator {VERSION}"
    )
    info = PngInfo()
    info.add_itxt("parameters", parameters)
    info.add_itxt("imagecreator", json.dumps(recipe, ensure_ascii=False))
    content = BytesIO()
    picture.image.save(content, "PNG", pnginfo=info)
    return content.getvalue()


def _tags(loras: Sequence[LoraUse]) -> str:
    """A1111's way to say which LoRAs a prompt wears."""
    return "".join(f" <lora:{_plain(use.title)}:{use.weight:g}>" for use in loras)


def _hashes(loras: Sequence[LoraUse]) -> str:
    named = ", ".join(f"{_plain(use.title)}: {use.short_hash}" for use in loras)
    return f'Lora hashes: "{named}", ' if named else ""


def _plain(title: str) -> str:
    """A name without what separates names there."""
    return re.sub(r'[\s<>:,"\\]+', "_", title).strip("_") or "lora"


def finish(lease: Lease[GenerationRequest], work: Work, profile: Profile) -> None:
    """Write the files, then rows and state in one transaction under the fence; where that fails, nothing stays."""
    images = [_row(lease, number, picture) for number, picture in enumerate(work.pictures)]
    held = all(picture.held for picture in work.pictures)
    with kept_with_rows(images, lease):
        pool = ThreadPoolExecutor(ENCODERS)
        try:
            contents = pool.map(to_png, work.pictures, repeat(profile))
            for number, image in enumerate(images):
                lease.tell("finish", number, len(images))
                image.file.save("", ContentFile(next(contents)), save=False)
        finally:
            pool.shutdown(cancel_futures=True)
        with transaction.atomic():
            lease.end(State.HELD if held else State.DONE, timings=work.timings, profile=profile.name)
            GeneratedImage.objects.bulk_create(images)


def _row(lease: Lease[GenerationRequest], number: int, picture: Painted) -> GeneratedImage:
    return GeneratedImage(
        request_id=lease.pk,
        index=number,
        seed=picture.job.seed,
        width=picture.image.width,
        height=picture.image.height,
        status=GeneratedImage.Status.HELD if picture.held else GeneratedImage.Status.OK,
        scores=picture.scores,
    )
