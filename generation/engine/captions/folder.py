"""Is a folder a captioner? Looked at without torch, before anything of it is loaded."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from generation.engine import checkpoint

if TYPE_CHECKING:
    from pathlib import Path

CLASS = "BlipForConditionalGeneration"
WEIGHTS = "model.safetensors"
VOCABULARIES = ("tokenizer.json", "vocab.txt")


def faults(folder: Path) -> list[str]:
    """Everything that keeps the folder from being loaded as a captioner, one short phrase each."""
    try:
        config = checkpoint.read_table(folder / "config.json")
        classes = config.get("architectures")
        if classes != [CLASS]:
            named = ", ".join(map(str, classes)) if isinstance(classes, list) else config.get("model_type")
            return [f"it is a {named}, not a {CLASS}"]
        checkpoint.tensor_count(folder / WEIGHTS)
        if not any((folder / name).is_file() for name in VOCABULARIES):
            return [f"{folder.name}/ has neither {' nor '.join(VOCABULARIES)}"]
        shown, looks_at = _shown(folder), _table(config, "vision_config").get("image_size", 384)
    except ValueError as error:
        return [str(error)]
    if shown != {"height": looks_at, "width": looks_at}:
        return [f"it looks at pictures of {looks_at}x{looks_at}, its processor makes {shown}"]
    return []


def _shown(folder: Path) -> object:
    """The size that its processor makes of pictures, from the file that transformers 5 writes or the older one."""
    if (folder / "processor_config.json").is_file():
        values = checkpoint.read_table(folder / "processor_config.json")
        if "image_processor" in values:
            return _table(values, "image_processor").get("size")
    return checkpoint.read_table(folder / "preprocessor_config.json").get("size")


def _table(values: dict[str, Any], key: str) -> dict[str, Any]:
    found = values.get(key, {})
    if not isinstance(found, dict):
        raise ValueError(f"{key} is not a table of settings")
    return found
