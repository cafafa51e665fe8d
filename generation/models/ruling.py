"""What a moderator decided of somebody's words or file, so that the same need not be decided again."""

from __future__ import annotations

import hashlib
import logging
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from generation.models.flag import Flag

if TYPE_CHECKING:
    from collections.abc import Iterable

    from django.contrib.auth.models import User
    from django.db.models.fields.files import FieldFile

logger = logging.getLogger(__name__)


class RulingQuerySet(models.QuerySet["Ruling"]):
    """Rulings on words and on files."""

    def words_allowed(self, owner: int, sha256: Iterable[str]) -> set[tuple[str, str]]:
        """Of these words of ``owner``, what is allowed: the digest, and the key of the rule that hits them anyway."""
        rows = self.filter(owner=owner, sha256__in=sha256, allowed=True).exclude(rule_key="")
        return set(rows.values_list("sha256", "rule_key"))

    def of_file(self, owner: User, sha256: str) -> bool | None:
        """Whether a file is allowed to ``owner``; None where nobody decided.

        It is what was decided last, of the same file of theirs or, where it was not allowed, of anybody's.
        """
        theirs = Q(owner=owner, allowed=True) | Q(allowed=False)
        last = self.filter(theirs, sha256=sha256, rule_key="").order_by("-pk").first()
        return None if last is None else last.allowed


class Ruling(models.Model):
    """A digest (SHA-256) with what was decided. It holds as long as the decision of ``flag`` does.

    Words are allowed to their owner although one rule hits them: what another rule finds in them is looked at anew. A
    file has no rule; one that is not allowed is so to nobody, but for those to whom it is allowed later.
    """

    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", verbose_name=_("owner")
    )
    sha256 = models.CharField(max_length=64, db_index=True)
    rule_key = models.CharField(max_length=40, blank=True)
    allowed = models.BooleanField(default=True)
    flag = models.ForeignKey(Flag, models.CASCADE, related_name="rulings", verbose_name=_("flag"))

    objects = RulingQuerySet.as_manager()

    class Meta:
        constraints = (models.UniqueConstraint(name="one_ruling_of_a_flag", fields=("flag", "sha256", "rule_key")),)

    def __str__(self) -> str:
        return self.sha256


def file_digest(stored: FieldFile) -> str:
    """Of a stored file; empty where it is gone or cannot be read: what is to be hidden does not wait for that."""
    try:
        with stored.open("rb") as file:
            return hashlib.sha256(file.read()).hexdigest()
    except Exception:  # whatever a storage raises
        logger.exception("the file %s cannot be read, nothing is remembered of it", stored.name)
        return ""
