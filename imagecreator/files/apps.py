"""The app's configuration."""

from __future__ import annotations

from django.apps import AppConfig


class FilesConfig(AppConfig):
    """The list of files that have no row."""

    name = "imagecreator.files"
    label = "files"
