"""The moderators' and operators' lists: one file per aggregate."""

from __future__ import annotations

from channels_app.admin import channels, notices, people, videos

__all__ = ["channels", "notices", "people", "videos"]
