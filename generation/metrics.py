"""Moderation in numbers for Prometheus, beside those of the queue."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils import timezone
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from generation.tally import PERIODS, tally, waiting
from imagecreator.queue.metrics import REGISTRY, seldom

if TYPE_CHECKING:
    from collections.abc import Iterator

    from prometheus_client.metrics_core import Metric


class ModerationCollector(Collector):
    """All are gauges: they say what the flags hold now."""

    def collect(self) -> Iterator[Metric]:
        """One family after the other."""
        yield from _waiting()
        yield from _counted()


REGISTRY.register(ModerationCollector())


def _waiting() -> Iterator[Metric]:
    now = waiting()
    flags = GaugeMetricFamily(
        "imagecreator_moderation_waiting", "What waits for a moderator, by kind.", labels=("kind",)
    )
    for kind, number in now.kinds.items():
        flags.add_metric((kind,), number)
    yield flags
    yield GaugeMetricFamily(
        "imagecreator_moderation_oldest_waiting_seconds",
        "How long the oldest of it has waited; 0 where nothing waits.",
        value=(timezone.now() - now.oldest).total_seconds() if now.oldest else 0,
    )


def _counted() -> Iterator[Metric]:
    found = seldom("moderation", tally)
    flags = GaugeMetricFamily(
        "imagecreator_moderation_flags", "What came and what became of it.", labels=("what", "period")
    )
    median = GaugeMetricFamily(
        "imagecreator_moderation_decision_seconds",
        "The median time from flag to decision; absent where nothing was decided.",
        labels=("period",),
    )
    hits = GaugeMetricFamily("imagecreator_moderation_rule_hits", "Texts that a rule hit.", labels=("rule", "period"))
    for family, table in ((flags, found.counts), (hits, found.rules)):
        for key, numbers in table.items():
            for period, number in zip(PERIODS, numbers, strict=True):
                family.add_metric((key, period), number)
    for period, wait in zip(PERIODS, found.waits, strict=True):
        if wait is not None:
            median.add_metric((period,), wait.total_seconds())
    yield from (flags, median, hits)
