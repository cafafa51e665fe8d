"""The engine: prompts in, checked pictures out. Everything here knows models, nothing here knows Django or Celery.

Importing this package is cheap: torch, diffusers and numpy are loaded when an `Engine` is first put to work.
"""

from __future__ import annotations

from generation.engine.door import Engine
from generation.engine.errors import EngineError
from generation.engine.jobs import Guide, LoraUse, Mask, PaintJob, Verdict
from generation.engine.profile import Profile, load_profile
from generation.engine.roles import role

__all__ = [
    "Engine",
    "EngineError",
    "Guide",
    "LoraUse",
    "Mask",
    "PaintJob",
    "Profile",
    "Verdict",
    "load_profile",
    "role",
]
