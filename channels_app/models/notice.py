"""What the site tells a person: on a page of theirs, and by e-mail where they have an address and want it."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any, ClassVar

from django.conf import settings
from django.db import models
from django.utils import timezone, translation
from django.utils.translation import gettext_lazy as _

from channels_app.models.access import OwnedQuerySet

if TYPE_CHECKING:
    from collections.abc import Iterable

    from django.contrib.auth.models import User
    from django.utils.functional import _StrPromise

SENTENCES: dict[str, _StrPromise] = {
    "held": _("A moderator looks at this first: %(what)s"),
    "approved": _("A moderator allowed this: %(what)s"),
    "rejected": _("A moderator did not allow this: %(what)s"),
    "granted": _("Your appeal was granted: %(what)s"),
    "upheld": _("Your appeal was turned down: %(what)s"),
    "report_heard": _("A moderator took down what you had reported: %(what)s"),
    "report_kept": _("A moderator looked at what you had reported, and it may stay: %(what)s"),
    "suspended": _("Your account was suspended."),
    "restored": _("Your account is open again."),
}  # by code
KINDS: dict[str, str | _StrPromise] = {}  # what things are called, by code; whoever tells of them enters theirs
AT_ONCE = 500  # rows in one statement


class Notice(models.Model):
    """One thing that a person is told. ``link`` is a path of this site, empty where there is nothing to look at.

    ``values`` has what the sentence asks for, and under ``kind`` the code of what it is that it speaks of, if known.
    """

    OWNER: ClassVar = "person"
    PUBLIC: ClassVar = ()

    class Mail(models.TextChoices):
        """Where its e-mail is."""

        NONE = "", _("None")
        WAITS = "waits", _("Waits")
        SENT = "sent", _("Sent")
        FAILED = "failed", _("Failed")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="notices", verbose_name=_("person")
    )
    code = models.CharField(_("code"), max_length=40)
    values = models.JSONField(default=dict, blank=True)
    link = models.CharField(_("link"), max_length=200, blank=True)
    created_at = models.DateTimeField(_("created at"), default=timezone.now)
    read_at = models.DateTimeField(_("read at"), null=True, blank=True)
    mail = models.CharField(_("e-mail"), max_length=10, choices=Mail, blank=True, default=Mail.NONE)
    mail_tries = models.PositiveSmallIntegerField(default=0, editable=False)
    mail_at = models.DateTimeField(default=timezone.now, editable=False)  # not to be tried before

    objects = OwnedQuerySet["Notice"].as_manager()

    class Meta:
        verbose_name = _("notice")
        verbose_name_plural = _("notices")
        ordering = ("-created_at",)
        indexes = (
            models.Index(fields=("person", "-created_at"), name="notices_of_person"),
            models.Index(fields=("mail_at",), name="notices_to_mail", condition=models.Q(mail="waits")),
        )

    def __str__(self) -> str:
        return self.text

    @property
    def text(self) -> str:
        """What it says, in the language that is active."""
        sentence = SENTENCES.get(self.code)
        values = dict(self.values)
        if kind := KINDS.get(values.get("kind", "")):
            values["what"] = f"{kind} ({values['what']})"
        return str(sentence) % values if sentence else self.code


def tell(person: User, code: str, link: str = "", **values: Any) -> Notice:
    """Tell somebody something; what is told already and not yet read is not told twice."""
    return tell_all([person], code, link, **values)[0]


def tell_all(people: Iterable[User], code: str, link: str = "", **values: Any) -> list[Notice]:
    """Tell the same to several: as many queries as for one, where their profiles were read with them."""
    assert code in SENTENCES
    same: dict[str, Any] = {"code": code, "link": link, "values": values}
    told = {notice.person_id: notice for notice in Notice.objects.filter(person__in=people, read_at=None, **same)}
    new = [Notice(person=person, mail=_mail_for(person), **same) for person in people if person.pk not in told]
    return [*told.values(), *Notice.objects.bulk_create(new, batch_size=AT_ONCE)]


def _mail_for(person: User) -> str:
    profile = getattr(person, "profile", None)
    wants = bool(person.email) and (profile is None or profile.wants_mail)
    return Notice.Mail.WAITS if wants else Notice.Mail.NONE


def in_language_of(person: User) -> Any:
    """A context in which sentences are in the language that the person reads the site in."""
    profile = getattr(person, "profile", None)
    return translation.override((profile.language if profile else "") or settings.LANGUAGE_CODE)
