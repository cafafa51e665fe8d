"""What a person shows of themselves."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from channels_app.models.access import OwnedQuerySet
from channels_app.models.picture import Picture

if TYPE_CHECKING:
    from django.contrib.auth.models import User


class Profile(models.Model):
    """One per account. Its avatar is seen by everybody who sees one of the person's published channels."""

    OWNER: ClassVar = "user"
    PUBLIC: ClassVar = ()
    PLACES: ClassVar = ("avatar",)

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="profile", verbose_name=_("user")
    )
    display_name = models.CharField(_("display name"), max_length=100)
    about = models.TextField(_("about"), max_length=2000, blank=True)
    avatar = models.ForeignKey(
        Picture, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("avatar")
    )
    wants_mail = models.BooleanField(_("e-mails"), default=True)
    language = models.CharField(_("language"), max_length=10, blank=True, editable=False)  # that the site was read in

    objects = OwnedQuerySet["Profile"].as_manager()

    class Meta:
        verbose_name = _("profile")
        verbose_name_plural = _("profiles")

    def __str__(self) -> str:
        return self.display_name

    @property
    def owner(self) -> User:
        """The person, under the name that channels and videos use."""
        return self.user

    @property
    def unread(self) -> int:
        """How many notices the person has not read."""
        return self.user.notices.filter(read_at=None).count()
