"""How tests of imports let the worker do its next one, and look at what lies in the storage."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.core.files.storage import default_storage

from generation.tasks import import_lora

if TYPE_CHECKING:
    from generation.models import LoraImport


def stored() -> set[str]:
    """The names of LoRAs' files and of uploads."""
    return {f"{folder}/{name}" for folder in ("loras", "lora-imports") for name in listed(folder)}


def listed(folder: str) -> list[str]:
    """The names in a folder of the storage."""
    return default_storage.listdir(folder)[1] if default_storage.exists(folder) else []


def work(row: LoraImport) -> LoraImport:
    """Let a worker's child do it, as its task does."""
    import_lora()
    row.refresh_from_db()
    assert not row.file
    return row
