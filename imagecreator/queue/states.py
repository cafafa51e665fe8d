"""The states and stages of a job, each written down here only."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import models
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise


class State(models.TextChoices):
    """Where a job is. ``draft`` has not been asked for yet; the last five are ends."""

    DRAFT = "draft", _("Draft")
    QUEUED = "queued", _("Waiting")
    RUNNING = "running", _("Working")
    DONE = "done", _("Done")
    FAILED = "failed", _("Failed")
    CANCELLED = "cancelled", _("Cancelled")
    REFUSED = "refused", _("Refused")
    HELD = "held", _("Held for a moderator")


LIVE = (State.QUEUED, State.RUNNING)
LANES = ("cpu", "gpu")

CLOSING = ("enlarge", "check", "finish")  # stages that are short, and come when nearly all is done

STAGES: dict[str, _StrPromise] = {
    "probe": _("Reading the video"),
    "frames": _("Choosing frames"),
    "fetch": _("Downloading"),
    "inspect": _("Looking at the file"),
    "people": _("Looking for people"),
    "faces": _("Looking for faces"),
    "describe": _("Looking at the frames"),
    "write": _("Writing the prompt"),
    "screen": _("Checking the text"),
    "load": _("Loading the model"),
    "paint": _("Painting"),
    "enlarge": _("Enlarging"),
    "restyle": _("Restyling"),
    "check": _("Checking the pictures"),
    "finish": _("Saving"),
}
