"""The translation catalogues as the tests see them: where they lie, how they are read and compiled."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

if TYPE_CHECKING:
    from babel.messages.catalog import Catalog, Message

PROJECT = Path(__file__).resolve().parent.parent
LANGUAGES = ("en", "ru")


def catalogue_file(language: str, project: Path = PROJECT) -> Path:
    """The catalogue of ``language`` in ``project``, which may be a copy."""
    return project / "locale" / language / "LC_MESSAGES" / "django.po"


def read_catalogue(language: str, project: Path = PROJECT) -> Catalog:
    """Everything in it, obsolete and fuzzy entries too."""
    with catalogue_file(language, project).open("rb") as file:
        return read_po(file, locale=language, abort_invalid=True)


def messages(catalogue: Catalog) -> list[Message]:
    """The entries without the header."""
    return [message for message in catalogue if message.id]


def texts(message: Message) -> list[str]:
    """The translations of an entry: one, or one for each form of the plural."""
    return [message.string] if isinstance(message.string, str) else list(message.string or ())


def sources(message: Message) -> list[str]:
    """The English of an entry: one text, or the singular and the plural."""
    return [message.id] if isinstance(message.id, str) else list(message.id)


def compile_catalogues() -> None:
    """Compile what has changed since it was compiled. Several processes may do it at once: none sees half a file."""
    for language in LANGUAGES:
        po = catalogue_file(language)
        mo = po.with_suffix(".mo")
        if mo.exists() and mo.stat().st_mtime_ns > po.stat().st_mtime_ns:
            continue
        fresh = mo.with_name(f"{mo.name}.{os.getpid()}")
        with fresh.open("wb") as file:
            write_mo(file, read_catalogue(language))
        fresh.replace(mo)
