"""The rows of this app, one file per aggregate."""

from __future__ import annotations

from generation.models.draft import PromptDraft
from generation.models.image import GeneratedImage
from generation.models.request import GenerationRequest

__all__ = ["GeneratedImage", "GenerationRequest", "PromptDraft"]
