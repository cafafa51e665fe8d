"""The moderators' and operators' lists: one file per aggregate."""

from __future__ import annotations

from generation.admin import drafts, images, loras, references, requests, wordings

__all__ = ["drafts", "images", "loras", "references", "requests", "wordings"]
