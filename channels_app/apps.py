"""The app's configuration."""

from __future__ import annotations

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ChannelsConfig(AppConfig):
    """People, their channels and their videos."""

    name = "channels_app"
    verbose_name = _("Channels")

    def ready(self) -> None:
        """Connect the receiver that gives each new account a profile."""
        from channels_app import receivers  # noqa: F401
