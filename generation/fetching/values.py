"""Values out of somebody else's JSON: of the kind that was expected, clean and short, or nothing."""

from __future__ import annotations

import re
from typing import Any

MOST_LETTERS = 200
MOST_ITEMS = 50
SHA256 = re.compile(r"[0-9a-f]{64}")


def text(value: Any, most: int = MOST_LETTERS) -> str:
    """One line without control or invisible characters, of at most `most` letters; a number is written out."""
    if type(value) is int and abs(value) < 1 << 63:
        return str(value)
    if not isinstance(value, str):
        return ""
    plain = "".join(letter if letter.isprintable() else " " for letter in value[: 10 * most])
    return " ".join(plain.split())[:most].strip()


def texts(value: Any) -> tuple[str, ...]:
    """The texts of a list, or the one text that stands in its place, each once."""
    found = value if isinstance(value, list) else [value]
    return tuple(dict.fromkeys(clean for entry in found[:MOST_ITEMS] if (clean := text(entry))))


def table(value: Any) -> dict[str, Any]:
    """An object, or an empty one."""
    return value if isinstance(value, dict) else {}


def tables(value: Any) -> list[dict[str, Any]]:
    """The objects of a list."""
    return [entry for entry in value if isinstance(entry, dict)] if isinstance(value, list) else []


def count(value: Any) -> int | None:
    """A whole number from one up, also where it was written with a point."""
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 < value < 1 << 53:
        return None
    return int(value) if value == int(value) else None


def sha256(value: Any) -> str:
    """A SHA-256 as 64 digits in lower case, or nothing."""
    return value.lower() if isinstance(value, str) and SHA256.fullmatch(value.lower()) else ""
