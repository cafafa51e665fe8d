"""Who works: one row per worker's child, renewed while it lives, with what it has loaded."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from collections.abc import Sequence

FORGET_AFTER = timedelta(hours=1)


class WorkerQuerySet(models.QuerySet["Worker"]):
    """Workers by when they were last heard of."""

    def alive(self, lane: str = "") -> WorkerQuerySet:
        """Those heard of within a lease, in ``lane`` where one is named."""
        heard = self.filter(seen_at__gte=_silent_since())
        return heard.filter(lanes__contains=f",{lane},") if lane else heard

    def beat(self, name: str, lanes: Sequence[str], loaded: str) -> None:
        """This worker lives, serves these lanes, and has these models loaded."""
        now = timezone.now()
        values = {"seen_at": now, "lanes": f",{','.join(lanes)},", "loaded": loaded}
        self.update_or_create(name=name, defaults=values, create_defaults=values | {"started_at": now})

    def forget(self) -> None:
        """Delete those not heard of for an hour."""
        self.filter(seen_at__lt=timezone.now() - FORGET_AFTER).delete()


class Worker(models.Model):
    """A child process that works: ``host:pid``, as in the rows that it has in hand."""

    name = models.CharField(_("name"), max_length=120, unique=True)
    lanes = models.CharField(_("lanes"), max_length=60)  # ",cpu,gpu,": a lane is looked for with its commas
    loaded = models.CharField(_("loaded"), max_length=200, blank=True)
    started_at = models.DateTimeField(_("started at"))
    seen_at = models.DateTimeField(_("seen at"))

    objects = WorkerQuerySet.as_manager()

    class Meta:
        verbose_name = _("worker")
        verbose_name_plural = _("workers")
        ordering = ("name",)

    def __str__(self) -> str:
        return self.name

    @property
    def lane_names(self) -> list[str]:
        """The lanes that it serves."""
        return self.lanes.strip(",").split(",")

    @property
    def loaded_names(self) -> list[str]:
        """The models that it has loaded."""
        return self.loaded.split(", ") if self.loaded else []

    @property
    def is_alive(self) -> bool:
        """Whether it was heard of within a lease."""
        return self.seen_at >= _silent_since()


def _silent_since() -> datetime:
    return timezone.now() - timedelta(seconds=settings.LEASE_SECONDS)
