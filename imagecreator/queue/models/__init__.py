"""What the queue remembers beside the jobs: whose turn it is, what each may use, who works, how long things took."""

from __future__ import annotations

from imagecreator.queue.models.history import Measured
from imagecreator.queue.models.quota import Quota
from imagecreator.queue.models.turn import Turn
from imagecreator.queue.models.worker import Worker

__all__ = ["Measured", "Quota", "Turn", "Worker"]
