"""The profile in use: it is data, and no model is loaded for it."""

from __future__ import annotations

from django.conf import settings

from generation.engine import EngineError, Profile, load_profile


def profile_in_use() -> Profile | None:
    """The profile in use; None where it cannot be read, and painting says why."""
    try:
        return load_profile(settings.PROFILE, models_dir=settings.MODELS_DIR)
    except EngineError:
        return None
