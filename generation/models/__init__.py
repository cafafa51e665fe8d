"""The rows of this app, one file per aggregate."""

from __future__ import annotations

from generation.models.act import ModerationAct
from generation.models.draft import PromptDraft
from generation.models.flag import Flag
from generation.models.guide import Guide, GuideUse
from generation.models.image import GeneratedImage
from generation.models.lora import Lora, LoraImport, LoraStyle
from generation.models.modifier import Modifier
from generation.models.reference import Reference
from generation.models.report import Report
from generation.models.request import GenerationRequest
from generation.models.rule import Rule
from generation.models.ruling import Ruling
from generation.models.style import Style
from generation.models.upload_check import UploadCheck

__all__ = [
    "Flag",
    "GeneratedImage",
    "GenerationRequest",
    "Guide",
    "GuideUse",
    "Lora",
    "LoraImport",
    "LoraStyle",
    "ModerationAct",
    "Modifier",
    "PromptDraft",
    "Reference",
    "Report",
    "Rule",
    "Ruling",
    "Style",
    "UploadCheck",
]
