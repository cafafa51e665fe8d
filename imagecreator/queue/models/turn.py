"""Whose turn it is: one row per person and kind of job, so that choosing costs the same however many rows wait."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from collections.abc import Collection

NEVER = datetime(1970, 1, 1, tzinfo=UTC)


class TurnQuerySet(models.QuerySet["Turn"]):
    """Turns, and the two ways in which ``waiting`` changes."""

    def wait(self, kind: str, people: Collection[int]) -> None:
        """These people have rows that wait. Call it in the transaction that makes the rows wait, after writing them."""
        mine = self.filter(kind=kind, person__in=people)
        if mine.update(waiting=True) < len(set(people)):
            self.bulk_create([Turn(kind=kind, person_id=pk) for pk in sorted(set(people))], ignore_conflicts=True)
            mine.update(waiting=True)

    def rest(self, turns: Collection[int]) -> None:
        """Nothing of these turns' people waits any more, as was read while the turns were locked."""
        if turns:
            self.filter(pk__in=turns).update(waiting=False)


class Turn(models.Model):
    """When a person was last served. The least recently served is next; ``skips`` counts how often a warm model won.

    ``waiting`` may be true with nothing waiting (whoever chooses finds out), never false with something waiting: who
    chooses locks the turn before the rows are read, and who writes a row writes the turn after it.
    """

    kind = models.CharField(max_length=60)
    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+", verbose_name=_("person"))
    served_at = models.DateTimeField(default=NEVER)
    waiting = models.BooleanField(default=True)
    skips = models.PositiveSmallIntegerField(default=0)

    objects = TurnQuerySet.as_manager()

    class Meta:
        constraints = (models.UniqueConstraint(fields=("kind", "person"), name="one_turn_per_person"),)
        indexes = (models.Index(fields=("kind", "served_at", "id"), name="turn_next", condition=Q(waiting=True)),)

    def __str__(self) -> str:
        return f"{self.person_id} {self.kind}"
