"""Who may see what, as querysets: a stranger's query simply does not find the row, and the view answers 404."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from django.db import models
from django.db.models import Q

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser, User

ModelT = TypeVar("ModelT", bound=models.Model)


def is_moderator(user: User | AnonymousUser) -> bool:
    """Whether ``user`` may look at everything in order to moderate it."""
    return user.is_authenticated and user.has_perm("generation.moderate")


class OwnedQuerySet(models.QuerySet[ModelT]):
    """Rows that belong to a person, directly or through their channel or video.

    The model says how: ``OWNER`` is the lookup of the owner, ``PUBLIC`` the lookups that must be true for everybody to
    see the row (empty: never).
    """

    def owned_by(self, user: User | AnonymousUser) -> OwnedQuerySet[ModelT]:
        """Rows that ``user`` may change."""
        if not user.is_authenticated:
            return self.none()
        return self.filter(**{self.model.OWNER: user})  # type: ignore[attr-defined]

    def visible_to(self, user: User | AnonymousUser) -> OwnedQuerySet[ModelT]:
        """Rows that ``user`` may look at: their own, published ones, and everything for a moderator."""
        if is_moderator(user):
            return self
        allowed = Q(**{self.model.OWNER: user}) if user.is_authenticated else Q(pk__in=[])  # type: ignore[attr-defined]
        if public := self.model.PUBLIC:  # type: ignore[attr-defined]
            allowed |= Q(**dict.fromkeys(public, True))
        return self.filter(allowed)
