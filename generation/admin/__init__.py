"""The moderators' and operators' lists: one file per aggregate."""

from __future__ import annotations

from generation.admin import drafts, guides, images, loras, references, requests, rules, wordings

__all__ = ["drafts", "guides", "images", "loras", "references", "requests", "rules", "wordings"]
