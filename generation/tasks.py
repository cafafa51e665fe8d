"""Celery tasks of this app: claim, walk. The message says only that there may be something to do."""

from __future__ import annotations

from generation.models import GenerationRequest, PromptDraft
from imagecreator.celery import app
from imagecreator.jobs import claim, ring_for_more, serve, worker_name


@app.task(name=PromptDraft.bell)
def write_draft() -> None:
    """Write the next prompt."""
    from generation.walk import serve_draft  # numpy and, at first use, mediapipe: in the worker's child only

    if lease := claim(PromptDraft, worker_name()):
        serve(lease, serve_draft)
        ring_for_more(PromptDraft)


@app.task(name=GenerationRequest.bell)
def paint_request() -> None:
    """Paint the next request."""
    from generation.walk import serve_request  # torch, at first use: in the worker's child only

    if lease := claim(GenerationRequest, worker_name()):
        serve(lease, serve_request)
        ring_for_more(GenerationRequest)
