"""Is a folder a language model with a chat template? Looked at without torch, before anything of it is loaded."""

from __future__ import annotations

from typing import TYPE_CHECKING

from generation.engine.checkpoint import files_of, read_table, tensor_count

if TYPE_CHECKING:
    from pathlib import Path

VOCABULARIES = ("tokenizer.json", "tokenizer.model")


def faults(folder: Path) -> list[str]:
    """Everything that keeps it from being used, one short phrase each."""
    found = []
    try:
        kinds = read_table(folder / "config.json").get("architectures")
        if not isinstance(kinds, list) or not any(str(kind).endswith("ForCausalLM") for kind in kinds):
            found.append(f"it is a {kinds!r}, not a language model")
        if not any((folder / name).is_file() for name in VOCABULARIES):
            found.append(f"it has neither {' nor '.join(VOCABULARIES)}")
        if not (folder / "chat_template.jinja").is_file() and not _has_template(folder):
            found.append("it has no chat template: take one that was trained to follow instructions")
        for path in files_of(folder / "model.safetensors"):
            tensor_count(path)
    except ValueError as error:
        found.append(str(error))
    return found


def _has_template(folder: Path) -> bool:
    return bool(read_table(folder / "tokenizer_config.json").get("chat_template"))
