"""The models that a prompt is written with, as far as the operator has set them up."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.conf import settings

from generation.models.profiles import profile_in_use
from generation.stages.engine_door import engine
from generation.stages.language_door import NONE, WORKER, language_model

if TYPE_CHECKING:
    from generation.engine import Engine, Profile
    from generation.engine.language import LanguageModel


@dataclass(frozen=True)
class Writers:
    """The engine, for its captioner; the profile, for its tokenizer; and what writes. Each may be missing."""

    painter: Engine | None = None
    profile: Profile | None = None
    language: LanguageModel | None = None


def writers(profile: str = "") -> Writers:
    """Those of a profile, by default of the one in use; where that cannot be read, a server. Nothing is loaded."""
    if not profile and profile_in_use() is None:
        return Writers(language=language_model() if settings.LANGUAGE_MODEL not in (NONE, WORKER) else None)
    painter = engine(profile)
    return Writers(painter, painter.profile, None if settings.LANGUAGE_MODEL == NONE else language_model(profile))
