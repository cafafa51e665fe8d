"""How much one person may ask for: the site's numbers, and what an operator gives a group or a person instead."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.conf import settings
from django.contrib.auth.models import Group
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from collections.abc import Collection

NAMES = ("running", "queued", "daily")


@dataclass(frozen=True)
class Allowance:
    """What one person may: jobs worked on at once, jobs waiting, pictures in 24 hours. None is without limit."""

    running: int | None
    queued: int | None
    daily: int | None


class QuotaQuerySet(models.QuerySet["Quota"]):
    """Exceptions from the site's numbers."""

    def of(self, people: Collection[int]) -> dict[int, Allowance]:
        """What each of these people may: their own row, else the most generous of their groups', else the site's."""
        rows = list(self.filter(Q(person__in=people) | Q(group__user__in=people)).distinct())
        members: dict[int, set[int]] = {}
        if groups := [row.group_id for row in rows if row.group_id]:
            through = Group.user_set.through
            for group, person in through.objects.filter(group__in=groups, user__in=people).values_list("group", "user"):
                members.setdefault(person, set()).add(group)
        return {person: _allowance(person, members.get(person, set()), rows) for person in people}


class Quota(models.Model):
    """One exception, for a group or for a person. An empty number is the site's, 0 is none at all."""

    person = models.OneToOneField(
        settings.AUTH_USER_MODEL, models.CASCADE, null=True, blank=True, related_name="+", verbose_name=_("person")
    )
    group = models.OneToOneField(
        Group, models.CASCADE, null=True, blank=True, related_name="+", verbose_name=_("group")
    )
    running = models.PositiveIntegerField(
        _("requests at once"), null=True, blank=True, validators=[MinValueValidator(1)]
    )
    queued = models.PositiveIntegerField(_("requests waiting"), null=True, blank=True)
    daily = models.PositiveIntegerField(_("pictures in 24 hours"), null=True, blank=True)

    objects = QuotaQuerySet.as_manager()

    class Meta:
        verbose_name = _("quota")
        verbose_name_plural = _("quotas")
        constraints = (
            models.CheckConstraint(
                name="quota_of_one",
                condition=Q(person__isnull=False, group__isnull=True) | Q(person__isnull=True, group__isnull=False),
                violation_error_message=_("Choose a person or a group, one of the two."),
            ),
        )

    def __str__(self) -> str:
        return str(self.person or self.group)


def site_allowance() -> Allowance:
    """The site's own numbers; 0 in the settings is without limit."""
    return Allowance(*(getattr(settings, f"QUOTA_{name.upper()}") or None for name in NAMES))


def _allowance(person: int, groups: set[int], rows: list[Quota]) -> Allowance:
    own = [row for row in rows if row.person_id == person]
    theirs = [row for row in rows if row.group_id in groups]
    return Allowance(*(_number(name, own, theirs) for name in NAMES))


def _number(name: str, own: list[Quota], theirs: list[Quota]) -> int | None:
    for rows in (own, theirs):
        given: list[int] = [value for row in rows if (value := getattr(row, name)) is not None]
        if given:
            return max(given)
    site: int | None = getattr(site_allowance(), name)
    return site
