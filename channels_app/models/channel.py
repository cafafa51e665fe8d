"""A channel: a person's place for videos, with an avatar and a cover."""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from channels_app.models.access import OwnedQuerySet
from channels_app.models.picture import Picture


class Channel(models.Model):
    """Private until its owner publishes it."""

    OWNER: ClassVar = "owner"
    PUBLIC: ClassVar = ("published",)
    PLACES: ClassVar = ("avatar", "cover")  # the pictures it has, by kind

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="channels", verbose_name=_("owner")
    )
    name = models.CharField(_("name"), max_length=100)
    description = models.TextField(_("description"), max_length=5000, blank=True)
    published = models.BooleanField(_("published"), default=False)
    avatar = models.ForeignKey(
        Picture, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("avatar")
    )
    cover = models.ForeignKey(
        Picture, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("cover")
    )
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)

    objects = OwnedQuerySet["Channel"].as_manager()

    class Meta:
        verbose_name = _("channel")
        verbose_name_plural = _("channels")
        ordering = ("name", "id")

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        """The channel's page."""
        return reverse("channel", args=[self.pk])
