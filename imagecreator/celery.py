"""The Celery application and the bell: a message only wakes a worker of a lane, which then asks the database."""

from __future__ import annotations

import logging
import os

from celery import Celery
from django.db import transaction
from kombu.exceptions import OperationalError

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "imagecreator.settings")

logger = logging.getLogger(__name__)

app = Celery("imagecreator")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


def ring(task: str, lane: str, *, expires: float | None = None) -> None:
    """Send the message ``task`` to ``lane`` once the transaction in hand is committed.

    A broker that cannot be reached is no reason to fail: the row is in the queue, and the reaper rings again.
    """

    def send() -> None:
        try:
            app.send_task(task, queue=lane, expires=expires, retry=False)
        except (OperationalError, OSError) as problem:
            logger.warning("the bell of lane %s could not be rung: %s", lane, problem)

    transaction.on_commit(send)
