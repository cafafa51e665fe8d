"""A prompt that the site wrote, from title, description and what is seen in the frames. The person edits it then."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, ClassVar

from django.db import models, transaction
from django.utils.translation import gettext_lazy as _

from channels_app.models.access import OwnedQuerySet
from generation.models.subject import ForSubject, one_subject, subject_field
from imagecreator.queue.changes import enqueue

if TYPE_CHECKING:
    from channels_app.models import Channel, Video


class DraftQuerySet(OwnedQuerySet["PromptDraft"]):
    """Drafts, newest first."""

    def for_subject(self, subject: Video | Channel, target: str, *, again: bool = False) -> PromptDraft:
        """Return the newest draft for ``target``, or write a new one (always where ``again`` is set).

        A draft that waits or is being written is never doubled, and one that failed is shown, not silently repeated.
        """
        with transaction.atomic():
            # Two pages that are opened at once: the second waits here, and finds what the first has made.
            type(subject)._default_manager.select_for_update(no_key=True).filter(pk=subject.pk).exists()
            newest = self.filter(target=target, **subject_field(subject)).order_by("-created_at").first()
            if newest and (newest.is_live or not again):
                return newest
            draft = self.create(owner=subject.owner, target=target, **subject_field(subject))
            enqueue(draft)
        return draft


class PromptDraft(ForSubject):
    """A job of the cpu lane: describe, write."""

    lane = "cpu"
    bell = "generation.tasks.write_draft"
    OWNER: ClassVar = "owner"
    PUBLIC: ClassVar = ()

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    prompt = models.TextField(_("prompt"), blank=True)
    negative = models.TextField(_("negative prompt"), blank=True)
    facts = models.JSONField(_("facts"), default=dict, blank=True)
    captions = models.JSONField(_("captions"), default=list, blank=True)
    source = models.CharField(_("written by"), max_length=20, blank=True)
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)

    objects = DraftQuerySet.as_manager()

    class Meta:
        verbose_name = _("prompt draft")
        verbose_name_plural = _("prompt drafts")
        ordering = ("-created_at",)
        constraints = (one_subject("draft_has_one_subject"),)
        default_related_name = "drafts"

    def __str__(self) -> str:
        return f"{self.target_label}: {self.subject}"
