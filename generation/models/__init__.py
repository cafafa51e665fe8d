"""The rows of this app, one file per aggregate."""

from __future__ import annotations

from generation.models.draft import PromptDraft
from generation.models.guide import Guide, GuideUse
from generation.models.image import GeneratedImage
from generation.models.lora import Lora, LoraImport, LoraStyle
from generation.models.modifier import Modifier
from generation.models.reference import Reference
from generation.models.request import GenerationRequest
from generation.models.rule import Rule
from generation.models.style import Style

__all__ = [
    "GeneratedImage",
    "GenerationRequest",
    "Guide",
    "GuideUse",
    "Lora",
    "LoraImport",
    "LoraStyle",
    "Modifier",
    "PromptDraft",
    "Reference",
    "Rule",
    "Style",
]
