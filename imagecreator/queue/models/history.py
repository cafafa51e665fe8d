"""How long things took: the measured past from which waiting times are estimated."""

from __future__ import annotations

import logging
from statistics import median

from django.db import Error as DatabaseProblem
from django.db import models, transaction

logger = logging.getLogger(__name__)

KEPT = 15  # of the latest times of one kind; their median is the estimate


class MeasuredQuerySet(models.QuerySet["Measured"]):
    """Times by what was done and how much of it."""

    def note(self, what: str, amount: int, seconds: float) -> None:
        """So much of it took so long. Never raises: the work is done, and a time that is lost is no loss."""
        try:
            with transaction.atomic():
                row, _created = self.select_for_update().get_or_create(what=what, amount=amount)
                row.recent = [*row.recent, round(seconds, 3)][-KEPT:]
                row.save(update_fields=["recent"])
        except DatabaseProblem as problem:  # a locked file, a restarted server
            logger.warning("could not note how long %s took: %s", what, problem)

    def table(self, *only: str) -> dict[str, dict[int, float]]:
        """Seconds by what and amount: medians of the latest times. Of everything, or of what is named."""
        found: dict[str, dict[int, float]] = {}
        for row in self.filter(what__in=only) if only else self.all():
            if row.recent:
                found.setdefault(row.what, {})[row.amount] = median(row.recent)
        return found


class Measured(models.Model):
    """The latest times of one thing, such as a batch of four pictures of one model, size and number of steps."""

    what = models.CharField(max_length=200)
    amount = models.PositiveIntegerField()
    recent = models.JSONField(default=list)

    objects = MeasuredQuerySet.as_manager()

    class Meta:
        constraints = (models.UniqueConstraint(fields=("what", "amount"), name="one_row_per_amount"),)

    def __str__(self) -> str:
        return f"{self.amount} × {self.what}"


def seconds_for(times: dict[int, float], amount: int) -> float | None:
    """Of the measured times by amount, what ``amount`` takes: as measured, else in proportion to the nearest amount."""
    if not times:
        return None
    nearest = min(times, key=lambda known: abs(known - amount))
    return times[nearest] * amount / nearest
