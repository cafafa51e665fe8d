"""The moderators' and operators' lists: one file per aggregate."""

from __future__ import annotations

from generation.admin import (
    accounts,
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
    "accounts",
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
