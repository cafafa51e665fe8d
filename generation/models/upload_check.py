"""A look of the safety checker at something that was brought: a picture, a reference, or the frames of a video."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, ClassVar, TypeAlias

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from PIL import Image

from channels_app.models import Picture, Video
from channels_app.models.access import OwnedQuerySet
from channels_app.models.sight import Sight
from generation.models.reference import Reference
from imagecreator.errors import ExpectedError
from imagecreator.queue.job import Job

if TYPE_CHECKING:
    from channels_app.models import Frame

    Upload: TypeAlias = Picture | Reference | Video


class UploadCheck(Job):
    """A job of the cpu lane: look at one upload. Whatever becomes of the job, what it looked at is shown or held.

    It is not for the gpu lane, where whoever waits to see an avatar would wait for paintings: a worker that has no
    model which paints loads the safety checker alone, and looks on the CPU.
    """

    lane = "cpu"
    bell = "generation.tasks.check_upload"
    OWNER: ClassVar = "owner"
    PUBLIC: ClassVar = ()

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+", verbose_name=_("owner"))
    picture = models.ForeignKey(
        Picture, models.CASCADE, null=True, blank=True, related_name="+", verbose_name=_("picture")
    )
    reference = models.ForeignKey(
        Reference, models.CASCADE, null=True, blank=True, related_name="+", verbose_name=_("reference")
    )
    video = models.ForeignKey(Video, models.CASCADE, null=True, blank=True, related_name="+", verbose_name=_("video"))
    scores = models.JSONField(_("scores"), default=list, blank=True)  # a table for each picture, in order

    objects = OwnedQuerySet["UploadCheck"].as_manager()

    class Meta:
        verbose_name = _("look at an upload")
        verbose_name_plural = _("looks at uploads")
        ordering = ("-queued_at",)
        constraints = (
            models.CheckConstraint(
                name="check_has_one_upload",
                condition=Q(picture__isnull=False, reference__isnull=True, video__isnull=True)
                | Q(picture__isnull=True, reference__isnull=False, video__isnull=True)
                | Q(picture__isnull=True, reference__isnull=True, video__isnull=False),
            ),
        )

    def __str__(self) -> str:
        return str(self.upload)

    @classmethod
    def of(cls, upload: Upload) -> UploadCheck:
        """A new one, which waits."""
        return cls.objects.create(owner=upload.owner, **{str(upload._meta.model_name): upload})

    @property
    def upload(self) -> Upload:
        """What is looked at."""
        upload = self.picture or self.reference or self.video
        assert upload is not None
        return upload


def waiting_in(upload: Upload) -> list[Picture | Reference | Frame]:
    """The rows with a file that are looked at: of a video, the frames that wait for it."""
    return list(upload.frames.filter(sight=Sight.WAITS)) if isinstance(upload, Video) else [upload]


def opened(row: Picture | Reference | Frame) -> Image.Image:
    """Its picture as RGB. ExpectedError("file_missing") where its file is gone."""
    try:
        with row.file.open("rb") as file, Image.open(file) as image:
            return image.convert("RGB")
    except FileNotFoundError as error:
        raise ExpectedError("file_missing") from error
