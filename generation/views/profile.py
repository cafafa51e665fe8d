"""The profile that the site paints with now."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings

from generation.engine import EngineError, load_profile

if TYPE_CHECKING:
    from generation.engine import Profile


def profile_in_use() -> Profile | None:
    """None where it cannot be read, and painting says why."""
    try:
        return load_profile(settings.PROFILE, models_dir=settings.MODELS_DIR)
    except EngineError:
        return None
