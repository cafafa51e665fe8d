"""Typed readers for environment variables. A wrong value stops the start with one sentence, never a silent default."""

from __future__ import annotations

import math
import os
from pathlib import Path
from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured

TRUE = {"1", "true", "yes", "on"}
FALSE = {"0", "false", "no", "off", ""}


def text(name: str, default: str = "") -> str:
    """Return the variable, or the content of the file that ``NAME_FILE`` names (for secrets), or the default."""
    if path := os.environ.get(f"{name}_FILE"):
        try:
            return Path(path).read_text().strip()
        except OSError as problem:
            raise ImproperlyConfigured(
                f"{name}_FILE names {path!r}, which cannot be read: {problem.strerror}."
            ) from None
    return os.environ.get(name, default)


def boolean(name: str, default: bool) -> bool:
    """Read yes or no."""
    value = text(name, "1" if default else "0").lower()
    if value in TRUE:
        return True
    if value in FALSE:
        return False
    raise ImproperlyConfigured(f"{name} is {value!r}; it takes 1 or 0.")


def number(name: str, default: int, *, least: int = 0) -> int:
    """Read a whole number that is at least ``least``."""
    value = text(name, str(default))
    try:
        result = int(value)
    except ValueError:
        raise ImproperlyConfigured(f"{name} is {value!r}; it takes a whole number.") from None
    if result < least:
        raise ImproperlyConfigured(f"{name} is {result}; it takes at least {least}.")
    return result


def choice(name: str, default: str, choices: tuple[str, ...]) -> str:
    """Read one of a few words."""
    value = text(name, default)
    if value not in choices:
        raise ImproperlyConfigured(f"{name} is {value!r}; it takes one of {', '.join(choices)}.")
    return value


def choice_or_address(name: str, default: str, choices: tuple[str, ...]) -> str:
    """Read one of a few words, or the address of an HTTP server, such as ``http://127.0.0.1:8000``."""
    value = text(name, default)
    if value in choices:
        return value
    try:
        parts = urlsplit(value)
        is_address = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        is_address = False
    if not is_address or any(char.isspace() for char in value):
        raise ImproperlyConfigured(f"{name} takes one of {', '.join(choices)}, or an address: http://… or https://….")
    if "@" in parts.netloc or parts.query or parts.fragment:
        raise ImproperlyConfigured(f"{name} takes an address without a name, password, “?” or “#” in it.")
    return value


def words(name: str, default: str = "") -> list[str]:
    """Read a list separated by commas."""
    return [word.strip() for word in text(name, default).split(",") if word.strip()]


def bounds(name: str, names: frozenset[str]) -> dict[str, float]:
    """Read ``one=0.02,other=-0.01``: a number for some of these names."""
    found: dict[str, float] = {}
    for entry in words(name):
        key, _sign, value = (part.strip() for part in entry.partition("="))
        try:
            number = float(value)
        except ValueError:
            number = math.nan
        if key not in names or not math.isfinite(number):
            raise ImproperlyConfigured(f"{name} is {value!r} for {key!r}; it takes name=number, as in concept_3=0.02.")
        found[key] = number
    return found


def path(name: str, default: Path) -> Path:
    """Read a folder or file name and make it absolute."""
    return Path(text(name, str(default))).expanduser().resolve()
