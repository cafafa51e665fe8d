"""The worker's part of an upload: probe, then frames. Writes facts and candidate frames, tells that it is ready."""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING

from django.conf import settings
from django.core.files.base import ContentFile
from django.db import transaction

from channels_app.footage.frames import PickedFrame, pick_frames
from channels_app.footage.probe import Limits, probe
from channels_app.models import Frame, Video
from channels_app.signals import brought, video_ready
from imagecreator.files.keep import kept_with_rows
from imagecreator.files.local import on_disk
from imagecreator.queue.states import State
from imagecreator.uploads import video_limit

if TYPE_CHECKING:
    from PIL.Image import Image

    from imagecreator.queue.lease import Lease

FRAMES = 12  # candidates offered for a video; at least 8 where the video has them
JPEG_QUALITY = 92


def limits() -> Limits:
    """What the operator allows."""
    return Limits(
        max_bytes=video_limit(),
        max_seconds=settings.VIDEO_MAX_MINUTES * 60,
        max_side=settings.VIDEO_MAX_SIDE,
    )


def prepare(lease: Lease[Video]) -> None:
    """Walk one video from its file to its candidate frames."""
    video = lease.row()
    with on_disk(video.file, lambda step, steps: lease.tell("probe", step, steps)) as path:
        lease.tell("probe")
        facts = probe(path, limits())
        lease.tell("frames")
        picked = pick_frames(path, facts, count=FRAMES, tell=lambda step, steps: lease.tell("frames", step, steps))
    rows = [_row(video, frame) for frame in picked.frames]
    with kept_with_rows(rows, lease):
        for row, frame in zip(rows, picked.frames, strict=True):
            row.file.save("", _jpeg(frame.image), save=False)
        with transaction.atomic():
            lease.end(
                State.DONE,
                duration=facts.seconds,
                width=facts.width,
                height=facts.height,
                codec=facts.codec,
                container=facts.container,
                measures={
                    "motion": picked.motion,
                    "cuts_per_minute": picked.cuts_per_minute,
                    "scenes": picked.scenes,
                },
            )
            for old in Frame.objects.filter(video=video):
                old.delete()
            Frame.objects.bulk_create(rows)
            brought.send(Video, thing=video)
    video.refresh_from_db()
    video_ready.send(Video, video=video)


def _row(video: Video, frame: PickedFrame) -> Frame:
    return Frame(
        video=video,
        time=frame.time,
        rank=frame.rank,
        width=frame.image.width,
        height=frame.image.height,
        sharpness=frame.sharpness,
        exposure=frame.exposure,
        colourfulness=frame.colourfulness,
        faces=frame.faces,
    )


def _jpeg(image: Image) -> ContentFile[bytes]:
    content = BytesIO()
    image.save(content, "JPEG", quality=JPEG_QUALITY)
    return ContentFile(content.getvalue())
