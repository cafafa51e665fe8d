"""Celery tasks of this app: claim, walk. The message says only that there may be something to do."""

from __future__ import annotations

from contextlib import suppress

from django.db import Error as DatabaseProblem

from generation.models import GenerationRequest, Guide, LoraImport, PromptDraft, UploadCheck
from imagecreator.celery import app
from imagecreator.errors import ExpectedError
from imagecreator.queue.changes import ring_for_more
from imagecreator.queue.claim import claim, claim_batch
from imagecreator.queue.lease import worker_name
from imagecreator.queue.serve import serve


@app.task(name=PromptDraft.bell)
def write_draft() -> None:
    """Write the next prompt."""
    from generation.serve import serve_draft  # numpy and, at first use, mediapipe: in the worker's child only
    from generation.stages.engine_door import rest

    if lease := claim(PromptDraft, worker_name()):
        serve(lease, serve_draft)
        ring_for_more(PromptDraft)
    else:
        rest()


@app.task(name=Guide.bell)
def find_guide() -> None:
    """Look for people or faces in the next picture."""
    from generation.serve import serve_guide  # mediapipe, at first use: in the worker's child only

    if lease := claim(Guide, worker_name()):
        serve(lease, serve_guide)
        ring_for_more(Guide)


@app.task(name=UploadCheck.bell)
def check_upload() -> None:
    """Look at the next upload."""
    from generation.uploads import serve_check  # torch, at first use: in the worker's child only

    if lease := claim(UploadCheck, worker_name()):
        serve(lease, serve_check)
        ring_for_more(UploadCheck)


@app.task(name=GenerationRequest.bell)
def paint_request() -> None:
    """Paint the next requests that can share a batch."""
    from generation.serve import serve_requests  # torch, at first use: in the worker's child only
    from generation.stages.engine_door import warm

    if leases := claim_batch(GenerationRequest, worker_name(), warm=warm(), room=GenerationRequest.batch_room()):
        serve_requests(leases)
        ring_for_more(GenerationRequest)


@app.task(name=LoraImport.bell)
def import_lora() -> None:
    """Bring the next LoRA here."""
    from generation.loras.importing import serve_import  # numpy: in the worker's child only
    from generation.loras.leftovers import drop_uploads

    if lease := claim(LoraImport, worker_name()):
        serve(lease, serve_import)
        with suppress(DatabaseProblem, ExpectedError):  # the worker's parent looks again
            drop_uploads(pk=lease.pk)
        ring_for_more(LoraImport)
