"""LoRAs for tests of the site: rows that fit the preview model, with files that really change what it paints."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.core.files.base import ContentFile
from django.utils import timezone

from generation.engine import load_profile
from generation.engine.checkpoint import text_widths
from generation.engine.lora_file import hashes, inspect
from generation.models import Lora, LoraStyle
from tests.generation.engine import lora_files

if TYPE_CHECKING:
    from generation.models import Style

PREVIEW = load_profile("preview", models_dir=Path("unused"))
SCALE = 0.1  # of random weights: the picture is another one, and still a picture


def a_lora(name: str = "Neon glow", **fields: Any) -> Lora:
    """A LoRA that everybody may use, without a file: for whoever only chooses it."""
    unet, text = text_widths(PREVIEW)
    key = name.lower().replace(" ", "-")
    digest = hashlib.sha256(key.encode()).hexdigest()
    values = {
        "key": key,
        "name_en": name,
        "sha256": digest,
        "short_hash": digest[::-1][:12],
        "size": 1000,
        "family": "cross-attention 256",
        "width": unet,
        "text_width": text,
        "parts": ["unet", "text_encoder"],
        "licence": "CC0",
        "source": "drawn by lot",
        "approved_at": timezone.now(),
    } | fields
    return Lora.objects.create(**values)


def a_lora_with_file(folder: Path, name: str = "Neon glow", *, seed: int = 1, **fields: Any) -> Lora:
    """The same with random weights for the preview model, as they come from ``seed``."""
    path = lora_files.a_lora(folder / f"{seed}.safetensors", PREVIEW.folder, seed=seed, scale=SCALE)
    found = inspect(path)
    sha256, short = hashes(path)
    lora = a_lora(name, width=found.width, text_width=found.text_width, **fields)
    lora.learn(found, sha256, short)
    lora.file.save("", ContentFile(path.read_bytes()), save=False)
    lora.save()
    return lora


def put_on(style: Style, lora: Lora, weight: float = 0.8) -> LoraStyle:
    """Let a style put a LoRA on."""
    return LoraStyle.objects.create(style=style, lora=lora, weight=weight)


def note(lora: Lora, weight: float = 1.0, *, own: bool = True) -> dict[str, object]:
    """What a request keeps of a LoRA."""
    return {"key": lora.key, "sha256": lora.sha256, "weight": weight, "own": own}
