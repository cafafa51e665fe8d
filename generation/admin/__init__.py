"""The moderators' and operators' lists: one file per aggregate."""

from __future__ import annotations

from generation.admin import (
    drafts,
    flags,
    guides,
    images,
    loras,
    references,
    reports,
    requests,
    rules,
    uploads,
    wordings,
)

__all__ = [
    "drafts",
    "flags",
    "guides",
    "images",
    "loras",
    "references",
    "reports",
    "requests",
    "rules",
    "uploads",
    "wordings",
]
