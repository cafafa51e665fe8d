"""A flag: something that a moderator has to look at, or has looked at, and what became of it."""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.conf import settings
from django.contrib.contenttypes.fields import GenericForeignKey
from django.contrib.contenttypes.models import ContentType
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from channels_app.models import Picture
from channels_app.models.access import OwnedQuerySet
from channels_app.models.notice import KINDS
from generation.models.reference import Reference
from generation.models.rule import Rule

MOST_WORDS = 1000  # characters of a reason, of an appeal
FRAMES = "frames"  # of a video: what an upload is where it is no picture
UPLOADS = {**dict(Picture.Kind.choices), **dict(Reference.Kind.choices), FRAMES: _("video frames")}
KINDS.update(UPLOADS)


class FlagQuerySet(OwnedQuerySet["Flag"]):
    """Flags, and those that moderators have to decide."""

    def waiting(self) -> FlagQuerySet:
        """Those that are open, or whose owner has objected."""
        return self.filter(Q(state=Flag.State.OPEN) | Q(appeal=Flag.Appeal.OPEN))


class Flag(models.Model):
    """One thing that is in doubt: a text, a painted picture, an upload or a published picture that was reported.

    ``thing`` is the row it speaks of, which may be gone; ``what`` and ``detail`` say what it was. A thing has at most
    one open flag of a kind: what happens to it again is counted in ``times``. The state changes in
    ``generation.moderation`` alone, where each act is written into the log.
    """

    OWNER: ClassVar = "owner"
    PUBLIC: ClassVar = ()

    class Kind(models.TextChoices):
        """What is in doubt."""

        TEXT = "text", _("Text")
        PICTURE = "picture", _("Painted picture")
        UPLOAD = "upload", pgettext_lazy("what was uploaded", "Upload")
        REPORT = "report", _("Reported picture")

    class State(models.TextChoices):
        """What became of it; ``noted`` needs no decision."""

        OPEN = "open", _("Open")
        APPROVED = "approved", _("Approved")
        REJECTED = "rejected", _("Rejected")
        NOTED = "noted", _("Noted")

    class Appeal(models.TextChoices):
        """What became of the owner's objection."""

        NONE = "", _("None")
        OPEN = "open", _("Waits")
        GRANTED = "granted", _("Granted")
        UPHELD = "upheld", _("Turned down")

    class Reason(models.TextChoices):
        """Why it was flagged."""

        RULE = "rule", _("A rule")
        FLAGGED = "flagged", _("The safety checker")
        CHECKER_FAILED = "checker_failed", _("The safety checker could not run")
        CHECKER_SLOW = "checker_timeout", _("The safety checker took too long")
        UNCHECKED = "unchecked", _("There is no safety checker")
        REPORTED = "reported", _("It was reported")
        REPEATED = "repeated", _("It was rejected before")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kind = models.CharField(_("kind"), max_length=10, choices=Kind)
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.OPEN, db_index=True)
    reason = models.CharField(_("reason"), max_length=20, choices=Reason)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="flags", verbose_name=_("owner")
    )
    owner_name = models.CharField(_("owner's name"), max_length=150, blank=True)
    content_type = models.ForeignKey(ContentType, models.CASCADE, null=True, blank=True, related_name="+")
    object_id = models.CharField(max_length=40, blank=True)
    thing = GenericForeignKey("content_type", "object_id")
    what = models.CharField(_("what"), max_length=200, blank=True)
    rule = models.ForeignKey(Rule, models.SET_NULL, null=True, blank=True, related_name="flags", verbose_name=_("rule"))
    rule_key = models.CharField(max_length=40, blank=True)
    category = models.CharField(_("category"), max_length=10, choices=Rule.Category, blank=True)
    field = models.CharField(_("where it stands"), max_length=20, blank=True)
    term = models.CharField(_("term"), max_length=200, blank=True)
    scores = models.JSONField(_("scores"), default=dict, blank=True)
    detail = models.JSONField(_("details"), default=dict, blank=True)
    hidden = models.BooleanField(_("hidden until it was decided"), default=False)
    times = models.PositiveIntegerField(_("times"), default=1)
    created_at = models.DateTimeField(_("flagged at"), default=timezone.now, db_index=True)
    decided_at = models.DateTimeField(_("decided at"), null=True, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("decided by")
    )
    words = models.TextField(_("reason given"), max_length=MOST_WORDS, blank=True)
    appeal = models.CharField(
        _("appeal"), max_length=10, choices=Appeal, blank=True, default=Appeal.NONE, db_index=True
    )
    appeal_text = models.TextField(_("the owner's words"), max_length=MOST_WORDS, blank=True)
    appealed_at = models.DateTimeField(_("appealed at"), null=True, blank=True)
    appeal_decided_at = models.DateTimeField(_("appeal decided at"), null=True, blank=True)
    appeal_decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("appeal decided by"),
    )
    appeal_words = models.TextField(_("answer to the appeal"), max_length=MOST_WORDS, blank=True)

    objects = FlagQuerySet.as_manager()

    class Meta:
        verbose_name = _("flag")
        verbose_name_plural = _("flags")
        ordering = ("created_at", "id")
        constraints = (
            models.UniqueConstraint(
                name="one_open_flag_of_a_kind",
                fields=("kind", "content_type", "object_id"),
                condition=Q(state="open"),
            ),
        )
        indexes = (models.Index(fields=("content_type", "object_id"), name="flags_of_thing"),)

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.what}"

    @property
    def of_what(self) -> str:
        """The kind of thing in words, of an upload more closely."""
        upload = UPLOADS.get(self.detail.get("upload", "")) if self.kind == self.Kind.UPLOAD else None
        return str(upload or self.get_kind_display())

    @property
    def is_waiting(self) -> bool:
        """Whether a moderator has to decide: on the flag, or on the appeal."""
        return self.state == self.State.OPEN or self.appeal == self.Appeal.OPEN

    @property
    def can_be_appealed(self) -> bool:
        """Whether its owner may still object, once."""
        return self.state == self.State.REJECTED and self.appeal == self.Appeal.NONE
