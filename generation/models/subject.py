"""What a picture is made for: a video (its thumbnail) or a channel (its avatar or cover)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from channels_app.models import Channel, Video
from generation.targets import TARGETS, Target
from imagecreator.queue.job import Job

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

TARGET_LABELS: dict[str, _StrPromise] = {
    "thumbnail": _("Thumbnail"),
    "avatar": _("Avatar"),
    "cover": _("Cover"),
}


class ForSubject(Job):
    """A job for one target of one video or channel (abstract)."""

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+", verbose_name=_("owner"))
    target = models.CharField(_("target"), max_length=20, choices=list(TARGET_LABELS.items()))
    video = models.ForeignKey(Video, models.CASCADE, null=True, blank=True, verbose_name=_("video"))
    channel = models.ForeignKey(Channel, models.CASCADE, null=True, blank=True, verbose_name=_("channel"))

    class Meta:
        abstract = True

    @property
    def subject(self) -> Video | Channel:
        """The video or the channel."""
        subject = self.video or self.channel
        assert subject is not None
        return subject

    @property
    def size(self) -> Target:
        """The row of the table of sizes."""
        return TARGETS[self.target]

    @cached_property
    def target_label(self) -> str:
        """The target in words."""
        return label_of(self.target)

    @property
    def generate_url(self) -> str:
        """The page where pictures of this target are asked for."""
        if self.video_id:
            return reverse("generate_thumbnail", args=[self.video_id])
        return reverse("generate_channel", args=[self.channel_id, self.target])

    @property
    def start_url(self) -> str:
        """The page where a picture to begin with is chosen for this target."""
        if self.video_id:
            return reverse("choose_start_thumbnail", args=[self.video_id])
        return reverse("choose_start_channel", args=[self.channel_id, self.target])

    @property
    def touch_up_url(self) -> str:
        """The page where pictures are touched up for this target."""
        return self._url("touch_up")

    @property
    def choose_touch_up_url(self) -> str:
        """The page where a picture to touch up is chosen."""
        return self._url("choose_touch_up")

    def _url(self, page: str) -> str:
        """Of the two addresses ``<page>_thumbnail`` and ``<page>_channel``, the one for this subject."""
        if self.video_id:
            return reverse(f"{page}_thumbnail", args=[self.video_id])
        return reverse(f"{page}_channel", args=[self.channel_id, self.target])

    @property
    def has_place(self) -> bool:
        """Whether a picture of this target has a place to be put in; any other can only be downloaded."""
        return self.target in self.subject.PLACES


def label_of(target: str) -> str:
    """A target in words; one that has no words yet goes by its key."""
    return str(TARGET_LABELS.get(target, target))


def one_subject(name: str) -> models.CheckConstraint:
    """The constraint that exactly one of video and channel is named."""
    return models.CheckConstraint(
        name=name,
        condition=Q(video__isnull=False, channel__isnull=True) | Q(video__isnull=True, channel__isnull=False),
    )


def subject_field(subject: Video | Channel) -> dict[str, Video | Channel]:
    """The keyword that names ``subject`` in queries and constructors."""
    return {"video": subject} if isinstance(subject, Video) else {"channel": subject}
