"""Celery tasks of this app: claim, walk. The message says only that there may be something to do."""

from __future__ import annotations

from channels_app.models import Video
from imagecreator.celery import app
from imagecreator.queue.changes import ring_for_more
from imagecreator.queue.claim import claim
from imagecreator.queue.lease import worker_name
from imagecreator.queue.serve import serve


@app.task(name=Video.bell)
def prepare_video() -> None:
    """Prepare the next uploaded video."""
    from channels_app.prepare import prepare  # imports PyAV and OpenCV: in the worker's child only

    if lease := claim(Video, worker_name()):
        serve(lease, prepare)
        ring_for_more(Video)
