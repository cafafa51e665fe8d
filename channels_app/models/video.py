"""A video and its candidate frames. A video is also a job: a worker probes it and picks the frames."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, ClassVar

from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from channels_app.models.access import OwnedQuerySet, is_moderator
from channels_app.models.channel import Channel
from channels_app.models.picture import Picture
from channels_app.models.sight import UNDECIDED, Sight, Sighted, SightedQuerySet
from imagecreator.queue.job import Job

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser, User

CONTENT_TYPES = {  # by what the probe calls the container
    "mp4": "video/mp4",
    "mov": "video/mp4",  # QuickTime: the same boxes, and browsers play them under this name
    "webm": "video/webm",
    "matroska": "video/webm",  # browsers play what they know of Matroska under this name
    "avi": "video/x-msvideo",
    "mpegts": "video/mp2t",
}


def _video_name(video: Video, filename: str) -> str:
    return f"videos/{video.pk}"


def _frame_name(frame: Frame, filename: str) -> str:
    return f"frames/{frame.video_id}/{frame.pk}.jpg"


class VideoQuerySet(OwnedQuerySet["Video"]):
    """Videos; strangers see those that are published, as long as each of their frames may be seen."""

    def visible_to(self, user: User | AnonymousUser) -> OwnedQuerySet[Video]:
        """The person's own, what anybody sees, and everything for a moderator."""
        visible = super().visible_to(user)
        if is_moderator(user):
            return visible
        hidden = Frame.objects.exclude(sight=Sight.SHOWN).filter(video=models.OuterRef("pk"))
        clean = models.Q(~models.Exists(hidden))
        return visible.filter(clean | models.Q(channel__owner=user) if user.is_authenticated else clean)


class Video(Job):
    """An uploaded file with its title. ``state`` speaks of reading it; ``done`` means that its frames are there."""

    lane = "cpu"
    bell = "channels_app.tasks.prepare_video"
    OWNER: ClassVar = "channel__owner"
    PUBLIC: ClassVar = ("published", "channel__published")
    PLACES: ClassVar = ("thumbnail",)

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    channel = models.ForeignKey(Channel, models.CASCADE, related_name="videos", verbose_name=_("channel"))
    title = models.CharField(_("title"), max_length=200)
    description = models.TextField(_("description"), max_length=5000, blank=True)
    file = models.FileField(_("file"), upload_to=_video_name)
    size = models.PositiveBigIntegerField(_("size in bytes"), default=0)
    duration = models.FloatField(_("duration in seconds"), null=True, blank=True)
    width = models.PositiveIntegerField(_("width"), null=True, blank=True)
    height = models.PositiveIntegerField(_("height"), null=True, blank=True)
    container = models.CharField(_("container"), max_length=40, blank=True)
    codec = models.CharField(_("codec"), max_length=40, blank=True)
    measures = models.JSONField(default=dict, blank=True, editable=False)  # motion and cuts: see footage.frames
    published = models.BooleanField(_("published"), default=False)
    thumbnail = models.ForeignKey(
        Picture, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("thumbnail")
    )
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)

    objects = VideoQuerySet.as_manager()

    class Meta:
        verbose_name = _("video")
        verbose_name_plural = _("videos")
        ordering = ("-created_at",)

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        """The video's page."""
        return reverse("video", args=[self.pk])

    @property
    def owner(self) -> User:
        """The person whose channel it is in."""
        return self.channel.owner

    @property
    def shown_frames(self) -> list[Frame]:
        """The candidate frames that may be seen, in the video's order; all are fetched, or were before."""
        return [frame for frame in self.frames.all() if frame.is_shown]

    @property
    def held_frames(self) -> list[Frame]:
        """Those that wait to be looked at, by the checker or a moderator."""
        return [frame for frame in self.frames.all() if frame.sight in UNDECIDED]

    @property
    def refused_frames(self) -> list[Frame]:
        """Those that a moderator did not allow."""
        return [frame for frame in self.frames.all() if frame.sight == Sight.DOWN]

    @property
    def waits_for_check(self) -> bool:
        """Whether its frames are being looked at."""
        return any(frame.sight == Sight.WAITS for frame in self.frames.all())

    @property
    def content_type(self) -> str:
        """The file's media type, by what the probe found inside (the name and the browser's word do not count)."""
        return CONTENT_TYPES.get(self.container, "application/octet-stream")


class Frame(Sighted):
    """A candidate for the thumbnail, as it stands in the video (upright, without letterbox bars)."""

    OWNER: ClassVar = "video__channel__owner"
    PUBLIC: ClassVar = ()

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    video = models.ForeignKey(Video, models.CASCADE, related_name="frames", verbose_name=_("video"))
    time = models.FloatField(_("time in seconds"))
    rank = models.PositiveSmallIntegerField(_("rank"))
    file = models.FileField(_("file"), upload_to=_frame_name)
    width = models.PositiveIntegerField(_("width"))
    height = models.PositiveIntegerField(_("height"))
    sharpness = models.FloatField(_("sharpness"))
    exposure = models.FloatField(_("exposure"))
    colourfulness = models.FloatField(_("colourfulness"))
    faces = models.PositiveSmallIntegerField(_("faces"), default=0)

    objects = SightedQuerySet["Frame"].as_manager()

    class Meta:
        verbose_name = _("frame")
        verbose_name_plural = _("frames")
        ordering = ("time",)
        indexes = (models.Index(name="frames_that_wait", fields=("video",), condition=models.Q(sight="waits")),)

    def __str__(self) -> str:
        return f"{self.video} {self.time:.1f} s"
