"""The workers' door: ``celery -A celery_worker worker`` serves both lanes, one child; a GPU machine adds ``-Q gpu``.

The parent never imports torch or mediapipe (a fork after either has run hangs or crashes the
child); it only reaps.
"""

from __future__ import annotations

import logging
import os
import threading
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "imagecreator.settings")
django.setup()

from celery.signals import (  # noqa: E402
    worker_process_init,
    worker_process_shutdown,
    worker_ready,
    worker_shutting_down,
)
from django.conf import settings  # noqa: E402
from django.db import Error as DatabaseProblem  # noqa: E402
from django.db import connections  # noqa: E402

from channels_app.post import send_waiting  # noqa: E402
from generation.loras.leftovers import drop_uploads, forget_removed, sweep_downloads  # noqa: E402
from generation.models import Guide, Reference  # noqa: E402
from generation.stages.engine_door import warm  # noqa: E402
from generation.uploads import hold_forgotten, pass_unchecked  # noqa: E402
from imagecreator.celery import app  # noqa: E402
from imagecreator.files.keep import sweep_files  # noqa: E402
from imagecreator.queue.lease import worker_name  # noqa: E402
from imagecreator.queue.models import Worker  # noqa: E402
from imagecreator.queue.reaper import reap_all  # noqa: E402
from imagecreator.uploads import sweep  # noqa: E402

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["app"]

logger = logging.getLogger("imagecreator.worker")
_stopping = threading.Event()


@worker_ready.connect
def start_reaper(**_: Any) -> None:
    """Look for lost rows and leftovers now and every ``REAP_SECONDS``, in the parent, which is never busy."""
    for name, work in {"reaper": _reap, "sweeper": _sweep, "postman": send_waiting}.items():  # none holds up another
        threading.Thread(target=_for_ever, args=(name, work), name=name, daemon=True).start()


@worker_shutting_down.connect
def stop_reaper(**_: Any) -> None:
    """Let the threads end."""
    _stopping.set()


@worker_process_init.connect
def start_watches(**_: Any) -> None:
    """In the child: end it when its parent was killed, so that no orphan keeps a GPU or a lease; and say it lives."""
    connections.close_all()
    threading.Thread(target=_end_with, args=(os.getppid(),), name="orphan-watch", daemon=True).start()
    threading.Thread(target=_say_that_it_lives, name="beat", daemon=True).start()


@worker_process_shutdown.connect
def sign_off(**_: Any) -> None:
    """A child that ends in order is no longer in the list of workers."""
    with suppress(DatabaseProblem):
        Worker.objects.filter(name=worker_name()).delete()


@worker_ready.connect
def say_what_becomes_of_uploads(**_: Any) -> None:
    """Where nothing can look at them, the operator should know what that means."""
    passes = pass_unchecked()
    if passes is not None:
        does = "are shown as they are" if passes else "are held for a moderator"
        logger.warning("the profile %s has no safety checker: uploads %s", settings.PROFILE, does)


def _reap() -> None:
    if reaped := reap_all():
        logger.warning("took %d job(s) from workers that were lost", reaped)


def _sweep() -> None:
    sweep()
    sweep_downloads()
    drop_uploads()
    forget_removed()
    hold_forgotten()
    Guide.objects.forget()
    Reference.objects.forget()
    sweep_files()


def _for_ever(name: str, work: Callable[[], None]) -> None:
    while True:
        try:
            work()
        except Exception:
            logger.exception("the %s failed; it tries again", name)
        finally:
            connections.close_all()  # a child forked later must not inherit an open connection
        if _stopping.wait(settings.REAP_SECONDS):
            return


def _end_with(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(1)
    os._exit(1)


def _say_that_it_lives() -> None:
    while True:
        try:
            Worker.objects.beat(worker_name(), sorted(app.amqp.queues.consume_from), ", ".join(warm()))
        except Exception:  # a locked file, a restarted server: the next beat may succeed
            logger.exception("could not say that this worker lives; it tries again")
        finally:
            connections.close_all()
        time.sleep(settings.LEASE_SECONDS / 4)
