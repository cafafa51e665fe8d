"""What the people in a picture are to follow: a pose or a face, found by a worker and corrected by its owner."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, ClassVar

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import IntegrityError, models, transaction
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from channels_app.models.access import OwnedQuerySet
from generation.engine.jobs import MOST_GUIDANCE
from generation.models.paces import exact
from generation.models.reference import AT_ONCE, UNUSED_FOR, Reference
from imagecreator.queue.job import Job
from imagecreator.queue.states import State

if TYPE_CHECKING:
    from django.contrib.auth.models import User

UNIT = [MinValueValidator(0.0), MaxValueValidator(1.0)]
MOST_UNUSED = 20  # of one person: with more, the oldest go, and a worker stops looking for what has gone


class GuideQuerySet(OwnedQuerySet["Guide"]):
    """Guides, and those that nobody needs any more. Their pictures go later: see ``ReferenceQuerySet``."""

    def unused(self) -> OwnedQuerySet[Guide]:
        """Those that no request follows."""
        return self.filter(uses__isnull=True)

    def forget(self) -> int:
        """Delete those that have waited for a request in vain; return how many."""
        return self._drop(self.unused().filter(created_at__lt=timezone.now() - UNUSED_FOR)[:AT_ONCE])

    def keep_few_of(self, owner: User) -> int:
        """Of those that ``owner`` never used, delete the oldest beyond ``MOST_UNUSED``; return how many."""
        latest = self.unused().filter(owner=owner).order_by("-created_at", "pk")
        return self._drop(latest[MOST_UNUSED : MOST_UNUSED + AT_ONCE])

    def _drop(self, rows: models.QuerySet[Guide]) -> int:
        """A request may follow one of them meanwhile: then all stay until the next time."""
        try:
            return self.filter(pk__in=list(rows.values_list("pk", flat=True))).delete()[0]
        except (models.RestrictedError, IntegrityError):
            return 0


class Guide(Job):
    """A job of the cpu lane: look at ``picture`` and draw what is found.

    ``found`` holds people as ``skeleton.to_json`` writes them, and ``poses`` the same after their joints were dragged.
    What a request follows stays as it is: whoever drags it on has a guide of its own.
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
    found = models.JSONField(_("found"), default=list, blank=True)
    poses = models.JSONField(_("poses"), default=list, blank=True)
    boxes = models.JSONField(_("faces"), default=list, blank=True)
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)

    objects = GuideQuerySet.as_manager()

    class Meta:
        verbose_name = _("guide")
        verbose_name_plural = _("guides")
        ordering = ("-created_at",)

    def __str__(self) -> str:
        return f"{self.get_guide_kind_display()} {self.created_at:%Y-%m-%d %H:%M}"

    @property
    def can_be_retried(self) -> bool:
        """Whether another look may find more than the last one."""
        return self.state in (State.FAILED, State.CANCELLED) and self.error not in ("nobody_found", "no_face_found")

    def with_poses(self, poses: list[object]) -> Guide:
        """The guide with people as they are now: this one, or one of its own where a request follows this one.

        Guide.DoesNotExist where it was swept meanwhile, as nobody had used it for so long.
        """
        if poses == self.poses:
            return self
        with transaction.atomic():
            row = Guide.objects.select_for_update().get(pk=self.pk)
            if not row.uses.exists():
                row.poses = poses
                row.save(update_fields=["poses"])
                return row
            return Guide.objects.create(
                owner=row.owner,
                guide_kind=row.guide_kind,
                picture=row.picture,
                found=row.found,
                poses=poses,
                state=State.DONE,
                finished_at=timezone.now(),
            )


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
        return " ".join([self.guide.guide_kind, *map(exact, (self.strength, self.begin, self.end))])
