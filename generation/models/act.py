"""The log of moderation: one row an act, which nobody changes and which outlives what it speaks of."""

from __future__ import annotations

from typing import Any, NoReturn

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class AppendOnly(TypeError):
    """A row of the log was to be changed or deleted."""


class ActQuerySet(models.QuerySet["ModerationAct"]):
    """Rows of the log, to be read."""

    def update(self, **_kwargs: Any) -> NoReturn:
        """Nobody changes them."""
        raise AppendOnly("the log of moderation is append-only")

    def delete(self) -> NoReturn:
        """Nobody deletes them."""
        raise AppendOnly("the log of moderation is append-only")

    def bulk_update(self, *_args: Any, **_kwargs: Any) -> NoReturn:
        """Nobody changes them."""
        raise AppendOnly("the log of moderation is append-only")


class ModerationAct(models.Model):
    """Who did what to what, and why. It names rows by key and words, never by a reference: they may go, it stays."""

    class Act(models.TextChoices):
        """What was done."""

        FLAGGED = "flagged", _("Flagged")
        NOTED = "noted", _("Noted")
        HIDDEN = "hidden", _("Hidden until it is decided")
        APPROVED = "approved", _("Approved")
        REJECTED = "rejected", _("Rejected")
        REOPENED = "reopened", _("Taken back")
        APPEALED = "appealed", _("Appealed against")
        GRANTED = "granted", _("Appeal granted")
        UPHELD = "upheld", _("Appeal turned down")
        SUSPENDED = "suspended", _("Owner suspended")
        RESTORED = "restored", _("Owner restored")

    at = models.DateTimeField(_("at"), default=timezone.now, editable=False, db_index=True)
    act = models.CharField(_("act"), max_length=10, choices=Act, editable=False, db_index=True)
    by = models.CharField(_("by"), max_length=150, blank=True, editable=False, help_text=_("Empty: the site itself."))
    flag_id = models.UUIDField(_("flag"), null=True, blank=True, editable=False, db_index=True)
    what = models.CharField(_("what"), max_length=200, blank=True, editable=False)
    owner = models.CharField(_("owner"), max_length=150, blank=True, editable=False, db_index=True)
    rule_key = models.CharField(_("rule"), max_length=40, blank=True, editable=False, db_index=True)
    category = models.CharField(_("category"), max_length=10, blank=True, editable=False)
    words = models.TextField(_("reason"), blank=True, editable=False)
    detail = models.JSONField(_("details"), default=dict, blank=True, editable=False)

    objects = ActQuerySet.as_manager()

    class Meta:
        verbose_name = _("act of moderation")
        verbose_name_plural = _("log of moderation")
        ordering = ("-at", "-id")

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M} {self.get_act_display()}: {self.what}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Append the row; raises ``AppendOnly`` for one that is there."""
        if not self._state.adding:
            raise AppendOnly("the log of moderation is append-only")
        super().save(*args, **kwargs | {"force_insert": True})

    def delete(self, *_args: Any, **_kwargs: Any) -> NoReturn:
        """Nobody deletes it."""
        raise AppendOnly("the log of moderation is append-only")
