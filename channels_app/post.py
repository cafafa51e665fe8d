"""E-mails of notices, sent by the workers: a mail server that is away holds up nobody."""

from __future__ import annotations

import logging
from datetime import timedelta

from django.conf import settings
from django.core.mail import send_mail
from django.utils import timezone
from django.utils.translation import gettext as _

from channels_app.models.notice import Notice, in_language_of

logger = logging.getLogger(__name__)

AT_ONCE = 50  # in one round
MOST_TRIES = 5
REST = timedelta(minutes=2)  # after the first try; it doubles


def send_waiting() -> int:
    """Send what waits and is due. Return how many were sent. A notice is one worker's for the time of a try."""
    now = timezone.now()
    due = Notice.objects.filter(mail=Notice.Mail.WAITS, mail_at__lte=now).select_related("person__profile")
    return sum(_send(notice) for notice in due.order_by("mail_at")[:AT_ONCE])


def _send(notice: Notice) -> bool:
    tries = notice.mail_tries + 1
    mine = Notice.objects.filter(pk=notice.pk, mail=Notice.Mail.WAITS, mail_tries=notice.mail_tries)
    if not mine.update(mail_tries=tries, mail_at=timezone.now() + REST * 2 ** (tries - 1)):
        return False  # another worker has it
    rows = Notice.objects.filter(pk=notice.pk)
    try:
        with in_language_of(notice.person):
            send_mail(_("Image Creator: news for you"), _body(notice), None, [notice.person.email])
    except Exception:
        logger.warning("notice %s could not be mailed, try %d of %d", notice.pk, tries, MOST_TRIES, exc_info=True)
        if tries >= MOST_TRIES:
            rows.update(mail=Notice.Mail.FAILED)
        return False
    rows.update(mail=Notice.Mail.SENT)
    return True


def _body(notice: Notice) -> str:
    lines = [notice.text]
    if notice.link:
        lines += ["", f"{settings.SITE_ADDRESS}{notice.link}"]
    return "\n".join([*lines, "", _("You can turn these e-mails off in your profile.")])
