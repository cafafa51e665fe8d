"""What comes with the project as data: styles, modifiers, rules and LoRAs. Others make rows of them."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).resolve().parent / "data"
LORA_FOLDER = FOLDER.parent / "preview" / "loras"  # where the files lie that `shipped("lora")` names


def shipped(kind: str) -> dict[str, dict[str, Any]]:
    """The fields of each ``style``, ``modifier``, ``rule`` or ``lora``, by key, in the order of the file."""
    with (FOLDER / f"{kind}s.toml").open("rb") as file:
        entries: list[dict[str, Any]] = tomllib.load(file).get(kind, [])
    return {entry["key"]: entry | {"order": 10 * number} for number, entry in enumerate(entries, start=1)}
