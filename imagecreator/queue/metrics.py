"""The queue in numbers, for Prometheus: read from the database when somebody asks, whichever process answers."""

from __future__ import annotations

import time
from collections import Counter
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from django.core.cache import cache
from django.db.models import Count, F, Q, Sum
from django.utils import timezone
from prometheus_client import CollectorRegistry
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from imagecreator.queue.job import job_models
from imagecreator.queue.models import Measured, Worker
from imagecreator.queue.overview import lanes
from imagecreator.queue.states import LIVE, State

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from prometheus_client.metrics_core import Metric

    from imagecreator.queue.job import Job
    from imagecreator.queue.overview import Lane

T = TypeVar("T")

HOUR = timedelta(hours=1)
OTHERS = [state.value for state in State if state not in LIVE]
DEAR = 0.05  # seconds of counting from which on the numbers are kept
SHARE_OF_TIME = 0.05  # that may go into counting then


class QueueCollector(Collector):
    """All are gauges: they say what the tables hold now, and fall when rows are deleted."""

    def collect(self) -> Iterator[Metric]:
        """One family after the other."""
        found = lanes({})
        yield _jobs(found)
        yield _ended()
        yield _attempts_lost()
        yield from _lanes(found)
        yield _loaded()
        yield _measured()


REGISTRY = CollectorRegistry(auto_describe=False)  # not the package's own: it holds numbers of one process
REGISTRY.register(QueueCollector())


def _jobs(found: Mapping[str, Lane]) -> Metric:
    family = GaugeMetricFamily(
        "imagecreator_queue_jobs", "Rows by kind of job and state.", labels=("kind", "lane", "state")
    )
    for model in job_models():
        live = {state.value: found[model.lane].rows[model.kind(), state] for state in LIVE}
        numbers = dict.fromkeys(State.values, 0) | _others(model) | live
        for state, number in numbers.items():
            family.add_metric((model.kind(), model.lane, state), number)
    return family


def seldom(name: str, count: Callable[[], T]) -> T:
    """What ``count`` finds. Where it takes long, what it found is kept for a while: some tables grow for ever."""
    found: T | None = cache.get(f"metrics:{name}")
    if found is None:
        began = time.monotonic()
        found = count()
        if (took := time.monotonic() - began) >= DEAR:
            cache.set(f"metrics:{name}", found, took / SHARE_OF_TIME)
    return found


def _others(model: type[Job]) -> dict[str, int]:
    """How many rows neither wait nor are worked on."""
    return seldom(model.kind(), partial(_resting, model))


def _resting(model: type[Job]) -> dict[str, int]:
    rows = model._default_manager.filter(state__in=OTHERS).order_by()
    return dict(rows.values_list("state").annotate(number=Count("*")))  # of the index alone: keys would need the rows


def _ended() -> Metric:
    family = GaugeMetricFamily(
        "imagecreator_queue_jobs_ended_last_hour",
        "Rows that ended within the last hour, by kind of job and state.",
        labels=("kind", "lane", "state"),
    )
    ends = [state.value for state in State if state not in (State.DRAFT, *LIVE)]
    for model in job_models():
        rows = model._default_manager.filter(finished_at__gte=timezone.now() - HOUR)
        # Not grouped by state: SQLite would then walk through all rows by the index of the state.
        for state, number in rows.aggregate(**{end: Count("pk", filter=Q(state=end)) for end in ends}).items():
            family.add_metric((model.kind(), model.lane, state), number)
    return family


def _attempts_lost() -> Metric:
    """All attempts but the last were in vain; of a row that waits or whose last worker was lost, the last one too."""
    family = GaugeMetricFamily(
        "imagecreator_queue_attempts_lost",
        "Attempts without an end, of rows that wait, are worked on or ended within the last hour.",
        labels=("kind", "lane"),
    )
    for model in job_models():
        recent = Q(state__in=LIVE) | Q(finished_at__gte=timezone.now() - HOUR)
        begun = model._default_manager.filter(recent, attempt__gt=0)
        in_vain = Q(state=State.QUEUED) | Q(error="worker_lost")
        sums = begun.aggregate(
            all=Sum("attempt", filter=in_vain, default=0), but_last=Sum(F("attempt") - 1, filter=~in_vain, default=0)
        )
        family.add_metric((model.kind(), model.lane), sums["all"] + sums["but_last"])
    return family


def _lanes(found: Mapping[str, Lane]) -> Iterator[Metric]:
    oldest = GaugeMetricFamily(
        "imagecreator_queue_oldest_waiting_seconds",
        "How long the oldest waiting row has waited; 0 where nothing waits.",
        labels=("lane",),
    )
    workers = GaugeMetricFamily("imagecreator_queue_workers", "Workers that live.", labels=("lane",))
    for name, lane in found.items():
        oldest.add_metric((name,), lane.oldest_seconds)
        workers.add_metric((name,), lane.workers)
    yield oldest
    yield workers


def _loaded() -> Metric:
    family = GaugeMetricFamily(
        "imagecreator_queue_workers_loaded", "Workers that live and have a model loaded.", labels=("profile",)
    )
    loaded = Counter(name for worker in Worker.objects.alive() for name in worker.loaded_names)
    for profile, number in sorted(loaded.items()):
        family.add_metric((profile,), number)
    return family


def _measured() -> Metric:
    family = GaugeMetricFamily(
        "imagecreator_queue_measured_seconds",
        "What the latest of such jobs took: the median. The amount is the pictures in the batch.",
        labels=("what", "amount"),
    )
    for what, amounts in Measured.objects.table().items():
        for amount, seconds in amounts.items():
            family.add_metric((what, str(amount)), seconds)
    return family
