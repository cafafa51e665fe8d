"""Django's system checks of the settings that can be wrong together, each well formed by itself."""

from __future__ import annotations

from ipaddress import ip_address
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.checks import Error, Warning, register

from generation.engine import EngineError, load_profile
from generation.engine.language.key import is_key

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django.core.checks import CheckMessage


@register
def check_language_model(**kwargs: Any) -> list[CheckMessage]:
    """Whether what the settings say of the language model makes sense."""
    chosen = settings.LANGUAGE_MODEL
    if chosen == "none":
        return list(_without_server())
    return list(_worker() if chosen == "worker" else _server(chosen))


def _worker() -> Iterator[CheckMessage]:
    yield from _without_server()
    try:
        profile = load_profile(settings.PROFILE, models_dir=settings.MODELS_DIR)
    except EngineError:
        return  # whoever loads it says so
    if "language_model" not in profile.roles:
        yield Error(
            f"LANGUAGE_MODEL is worker, but the profile {settings.PROFILE} names no language model.",
            hint="Take another PROFILE, the address of a server, or none.",
            id="generation.E002",
        )


def _without_server() -> Iterator[CheckMessage]:
    if settings.LANGUAGE_MODEL_NAME or settings.LANGUAGE_MODEL_KEY:
        yield Warning(
            f"LANGUAGE_MODEL is {settings.LANGUAGE_MODEL}: its name and key are for a server.",
            hint="Set LANGUAGE_MODEL to its address, or leave them out.",
            id="generation.W001",
        )


def _server(address: str) -> Iterator[CheckMessage]:
    if not settings.LANGUAGE_MODEL_NAME:
        yield Error(
            "LANGUAGE_MODEL is an address, but LANGUAGE_MODEL_NAME is empty.",
            hint="“manage.py models” says what names the server knows.",
            id="generation.E001",
        )
    if not is_key(settings.LANGUAGE_MODEL_KEY):
        yield Error("LANGUAGE_MODEL_KEY holds signs that no key has.", id="generation.E003")
    parts = urlsplit(address)
    if parts.scheme == "http" and settings.LANGUAGE_MODEL_KEY and not _is_near(parts.hostname or ""):
        yield Warning(
            "LANGUAGE_MODEL_KEY is sent over HTTP: whoever is on the way can read it.",
            hint="Use https:// for a server that is not on this machine or in its own network.",
            id="generation.W002",
        )


def _is_near(host: str) -> bool:
    try:
        return ip_address(host).is_private
    except ValueError:
        return host == "localhost" or "." not in host
