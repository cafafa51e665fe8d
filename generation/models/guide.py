"""What the people in a picture are to follow: a pose or a face, found by a worker and corrected by its owner."""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from channels_app.models.access import OwnedQuerySet
from generation.engine.jobs import MOST_GUIDANCE
from generation.models.reference import Reference
from imagecreator.queue.job import Job

UNIT = [MinValueValidator(0.0), MaxValueValidator(1.0)]


class Guide(Job):
    """A job of the cpu lane: look at ``picture`` and draw what is found.

    ``poses`` holds people as ``skeleton.to_json`` writes them, once they are found and after their joints were dragged.
    ``drawing`` is the control image where it is not drawn from poses: of faces, and where ``picture`` was one already.
    ``boxes`` are where the faces are: left, top, right, bottom as shares of the picture.
    """

    lane = "cpu"
    bell = "generation.tasks.find_guide"
    PACE_BY = "guide_kind"
    OWNER: ClassVar = "owner"
    PUBLIC: ClassVar = ()

    class Kind(models.TextChoices):
        """What is followed."""

        POSE = "pose", _("pose")
        FACE = "face", _("face")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+", verbose_name=_("owner"))
    guide_kind = models.CharField(_("kind"), max_length=10, choices=Kind)
    picture = models.ForeignKey(Reference, models.RESTRICT, related_name="guides", verbose_name=_("picture"))
    drawing = models.ForeignKey(
        Reference, models.RESTRICT, null=True, blank=True, related_name="drawn_guides", verbose_name=_("drawing")
    )
    poses = models.JSONField(_("poses"), default=list, blank=True)
    boxes = models.JSONField(_("faces"), default=list, blank=True)
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)

    objects = OwnedQuerySet["Guide"].as_manager()

    class Meta:
        verbose_name = _("guide")
        verbose_name_plural = _("guides")
        ordering = ("-created_at",)

    def __str__(self) -> str:
        return f"{self.get_guide_kind_display()} {self.created_at:%Y-%m-%d %H:%M}"


class GuideUse(models.Model):
    """A guide in a request: how strongly, and from which share of the steps to which; ``poses`` as they were then."""

    request = models.ForeignKey("GenerationRequest", models.CASCADE, related_name="guides")
    guide = models.ForeignKey(Guide, models.RESTRICT, related_name="uses")
    poses = models.JSONField(default=list, blank=True)
    strength = models.FloatField(default=1.0, validators=[MinValueValidator(0.0), MaxValueValidator(MOST_GUIDANCE)])
    begin = models.FloatField(default=0.0, validators=UNIT)
    end = models.FloatField(default=1.0, validators=UNIT)

    class Meta:
        verbose_name = _("guide of a request")
        verbose_name_plural = _("guides of a request")
        constraints = (
            models.UniqueConstraint(fields=("request", "guide"), name="request_follows_guide_once"),
            models.CheckConstraint(name="guide_ends_after_it_begins", condition=Q(begin__lte=F("end"))),
        )

    def __str__(self) -> str:
        return f"{self.guide} {self.strength:g}"

    @property
    def way(self) -> str:
        """What must be alike for two pictures to be painted together."""
        return f"{self.guide.guide_kind} {self.strength:g} {self.begin:g}-{self.end:g}"
