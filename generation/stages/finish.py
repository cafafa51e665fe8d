"""Finish: files with the recipe inside, rows, and the request's last state, all at once or not at all."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from io import BytesIO
from itertools import repeat
from typing import TYPE_CHECKING

from django.core.files.base import ContentFile
from django.db import transaction
from PIL.PngImagePlugin import PngInfo

from generation.models import Flag, GeneratedImage
from generation.moderation import raise_flag
from generation.recipe import Recipe, RecipeGuide, RecipeLora, RecipeMask, write
from imagecreator import VERSION
from imagecreator.files.keep import kept_with_rows
from imagecreator.pictures import digest_of
from imagecreator.queue.states import State

if TYPE_CHECKING:
    from generation.engine import Mask, Profile
    from generation.models import GenerationRequest
    from generation.work import Painted, Work
    from imagecreator.queue.lease import Lease


ENCODERS = 2  # pictures that are encoded at once: it hardly holds Python's lock


def recipe_of(picture: Painted, profile: Profile) -> Recipe:
    """How a picture was painted, and what became of it then."""
    job = picture.job
    if not picture.is_painted:
        assert job.start is not None
        return Recipe(
            "imagecreator",
            prompt=job.prompt,
            negative=job.negative,
            seed=job.seed,
            start=digest_of(job.start),
            upscaler=picture.upscaler,
            restyle=picture.restyled,
        )
    return Recipe(
        "imagecreator",
        prompt=job.prompt,
        negative=job.negative,
        seed=job.seed,
        steps=job.steps,
        guidance=job.guidance,
        eta=job.eta,
        sampler=job.scheduler.title if job.scheduler else "",
        width=job.width,
        height=job.height,
        model=profile.name,
        loras=tuple(RecipeLora(use.title, use.weight, use.sha256, use.short_hash) for use in job.worn),
        start=digest_of(job.start) if job.start and job.kind != "text" else "",
        strength=None if job.kind == "text" else job.strength,
        mask=_mask_of(job.mask) if job.mask else None,
        restyle=picture.restyled,
        upscaler=picture.upscaler,
        guides=tuple(
            RecipeGuide(guide.kind, digest_of(guide.picture), guide.strength, guide.begin, guide.end)
            for guide in job.followed
        ),
    )


def to_png(picture: Painted, profile: Profile) -> bytes:
    """Encode a picture with its recipe."""
    info = PngInfo()
    for key, text in write(recipe_of(picture, profile), VERSION).items():
        info.add_itxt(key, text)
    content = BytesIO()
    picture.image.save(content, "PNG", pnginfo=info)
    return content.getvalue()


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
            for image, picture in zip(images, work.pictures, strict=True):
                if picture.held:
                    _flag(image, picture, profile)


def _flag(image: GeneratedImage, picture: Painted, profile: Profile) -> None:
    """Show it to the moderators, with all that they may want to know of how it was painted."""
    job = picture.job
    detail = {
        "prompt": job.prompt,
        "negative": job.negative,
        "profile": profile.name,
        "loras": [{"name": use.title or use.sha256[:12], "weight": use.weight} for use in job.loras],
        "seed": job.seed,
        "size": [picture.image.width, picture.image.height],
        "version": VERSION,
    }
    owner = image.request.owner
    raise_flag(image, Flag.Kind.PICTURE, owner, picture.held_for, scores=picture.scores, detail=detail)


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


def _mask_of(mask: Mask) -> RecipeMask:
    return RecipeMask(
        digest_of(mask.picture, "L"),
        feather=mask.feather,
        grow=mask.grow,
        invert=mask.invert,
        only_masked=mask.only_masked,
        padding=mask.padding,
    )
