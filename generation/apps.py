"""The app's configuration."""

from __future__ import annotations

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class GenerationConfig(AppConfig):
    """Prompts, requests and painted pictures."""

    name = "generation"
    verbose_name = _("Generation")

    def ready(self) -> None:
        """Listen for videos that become ready, make the groups of people who work here; register checks and numbers."""
        from generation import checks, metrics, receivers  # noqa: F401
