"""Celery tasks of this app: claim, walk. The message says only that there may be something to do."""

from __future__ import annotations

from generation.models import GenerationRequest, PromptDraft
from imagecreator.celery import app
from imagecreator.queue.changes import ring_for_more
from imagecreator.queue.claim import claim, claim_batch
from imagecreator.queue.lease import worker_name
from imagecreator.queue.serve import serve


@app.task(name=PromptDraft.bell)
def write_draft() -> None:
    """Write the next prompt."""
    from generation.serve import serve_draft  # numpy and, at first use, mediapipe: in the worker's child only

    if lease := claim(PromptDraft, worker_name()):
        serve(lease, serve_draft)
        ring_for_more(PromptDraft)


@app.task(name=GenerationRequest.bell)
def paint_request() -> None:
    """Paint the next requests that can share a batch."""
    from generation.serve import serve_requests  # torch, at first use: in the worker's child only
    from generation.stages.engine_door import room, warm

    if leases := claim_batch(GenerationRequest, worker_name(), warm=warm(), room=room()):
        serve_requests(leases)
        ring_for_more(GenerationRequest)
