"""Ids that stand in an address or a form, where anything may stand."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from uuid import UUID


def id_in(key: str | None) -> UUID:
    """The id; one that nobody has where none is named."""
    try:
        return uuid.UUID(key or "")
    except ValueError:
        return uuid.UUID(int=0)
