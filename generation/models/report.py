"""Who reported a published picture, so that one person counts once and nobody reports without an end."""

from __future__ import annotations

from django.conf import settings
from django.contrib.auth.models import User
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from channels_app.models import Picture, Profile
from channels_app.models.notice import tell_all
from generation.models.flag import Flag
from generation.models.rule import Rule

MOST_WORDS = 500  # characters


class Report(models.Model):
    """One visitor's report of one picture. ``visitor`` is a keyed hash of the account or of the address."""

    picture = models.ForeignKey(Picture, models.CASCADE, related_name="reports", verbose_name=_("picture"))
    flag = models.ForeignKey(
        Flag, models.SET_NULL, null=True, editable=False, related_name="reports", verbose_name=_("flag")
    )
    visitor = models.CharField(max_length=64, editable=False, db_index=True)
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("person")
    )
    category = models.CharField(_("category"), max_length=10, choices=Rule.Category, default=Rule.Category.OTHER)
    words = models.TextField(_("reason"), max_length=MOST_WORDS, blank=True)
    created_at = models.DateTimeField(_("created at"), default=timezone.now)

    class Meta:
        verbose_name = _("report")
        verbose_name_plural = _("reports")
        ordering = ("-created_at",)
        constraints = (models.UniqueConstraint(name="one_report_a_visitor", fields=("picture", "visitor")),)

    def __str__(self) -> str:
        return f"{self.get_category_display()}: {self.picture}"


def tell_reporters(flag: Flag, code: str, by: User) -> None:
    """Tell those who reported it with an account what became of it; who decided knows."""
    reports = flag.reports.exclude(person=None).exclude(person=by)
    people = User.objects.filter(pk__in=reports.values("person")).select_related("profile")
    if isinstance(flag.thing, Picture) and people:
        place = flag.thing.place
        tell_all(people, code, "" if isinstance(place, Profile) else place.get_absolute_url(), what=flag.what)
