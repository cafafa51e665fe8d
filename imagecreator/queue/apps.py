"""The app's configuration."""

from __future__ import annotations

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class QueueConfig(AppConfig):
    """Turns, quotas, workers and measured times; the jobs themselves are rows of the apps above."""

    name = "imagecreator.queue"
    label = "queue"
    verbose_name = _("Queue")
