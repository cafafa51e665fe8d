"""Who may see a picture that somebody brought: everybody it is meant for, or nobody but moderators."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from channels_app.models.access import OwnedQuerySet, is_moderator

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser, User


class Sight(models.TextChoices):
    """Whether a picture may be seen and used, and if not, what it waits for."""

    SHOWN = "shown", _("Shown")
    WAITS = "waits", _("Waits for the safety checker")
    HELD = "held", _("Held for a moderator")
    DOWN = "down", _("Taken down")


UNDECIDED = (Sight.WAITS, Sight.HELD)


class Sighted(models.Model):
    """A row with a file that is shown, or hidden from all but moderators (abstract)."""

    sight = models.CharField(_("sight"), max_length=10, choices=Sight, default=Sight.SHOWN, editable=False)

    class Meta:
        abstract = True

    @property
    def is_shown(self) -> bool:
        """Whether it may be seen and used."""
        return self.sight == Sight.SHOWN


SightedT = TypeVar("SightedT", bound=Sighted)


class SightedQuerySet(OwnedQuerySet[SightedT]):
    """Rows of somebody of which those that are hidden are for moderators alone; nobody can use them, owners neither."""

    def shown(self) -> SightedQuerySet[SightedT]:
        """Those that are not hidden."""
        return self.filter(sight=Sight.SHOWN)

    def owned_by(self, user: User | AnonymousUser) -> OwnedQuerySet[SightedT]:
        """Rows that ``user`` may use."""
        return super().owned_by(user).filter(sight=Sight.SHOWN)

    def visible_to(self, user: User | AnonymousUser) -> OwnedQuerySet[SightedT]:
        """Rows that ``user`` may look at."""
        visible = super().visible_to(user)
        return visible if is_moderator(user) else visible.filter(sight=Sight.SHOWN)
