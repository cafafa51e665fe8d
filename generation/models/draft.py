"""A prompt that the site wrote, from title, description and what is seen in the frames. The person edits it then.

The drafts of one subject and target are its versions.
"""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, ClassVar

from django.db import models, transaction
from django.utils.translation import gettext_lazy as _

from channels_app.models.access import OwnedQuerySet
from generation.models.looked_at import fingerprint
from generation.models.subject import ForSubject, one_subject, subject_field
from imagecreator.errors import explain
from imagecreator.queue.changes import enqueue
from imagecreator.queue.states import State

if TYPE_CHECKING:
    from channels_app.models import Channel, Video
    from imagecreator.errors import Problem

VERSIONS = 10  # earlier ones that are offered


class DraftQuerySet(OwnedQuerySet["PromptDraft"]):
    """Drafts, newest first."""

    def for_subject(self, subject: Video | Channel, target: str, *, again: bool = False) -> PromptDraft:
        """Return the newest draft for ``target``, or write a new one.

        With ``again`` a new one is written where anything may come out differently: where what it is written from has
        changed, or a language model writes, or a model could not. Else the one that the form wrote from the same is
        returned.

        A draft that waits or is being written is never doubled, and one that failed is shown, not silently repeated.
        """
        with transaction.atomic():
            # Two pages that are opened at once: the second waits here, and finds what the first has made.
            type(subject)._default_manager.select_for_update(no_key=True).filter(pk=subject.pk).exists()
            drafts = self.filter(target=target, **subject_field(subject)).order_by("-created_at")
            newest = drafts.first()
            if newest and (newest.is_live or not again):
                return newest
            now = fingerprint(subject, target)
            same = drafts.filter(state=State.DONE, fingerprint=now).first()
            if same and same.source == PromptDraft.Source.FORM and not (same.fallback or same.captions_fault):
                return same
            draft = self.create(owner=subject.owner, target=target, fingerprint=now, **subject_field(subject))
            enqueue(draft)
        return draft


class PromptDraft(ForSubject):
    """A job of the cpu lane: describe, write."""

    class Source(models.TextChoices):
        """Who wrote it."""

        FORM = "form", _("the form")
        MODEL = "model", _("the language model")

    lane = "cpu"
    bell = "generation.tasks.write_draft"
    OWNER: ClassVar = "owner"
    PUBLIC: ClassVar = ()

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    prompt = models.TextField(_("prompt"), blank=True)
    negative = models.TextField(_("negative prompt"), blank=True)
    variations = models.JSONField(_("variations"), default=dict, blank=True)  # by names of prompt_form.VARIATIONS
    facts = models.JSONField(_("facts"), default=dict, blank=True)
    captions = models.JSONField(_("captions"), default=list, blank=True)
    unknown_words = models.JSONField(_("words left out"), default=list, blank=True)
    source = models.CharField(_("written by"), max_length=20, blank=True, choices=Source)
    writer = models.CharField(_("language model"), max_length=200, blank=True)
    captioner = models.CharField(_("captioner"), max_length=200, blank=True)
    captions_fault = models.CharField(_("why no captioner looked"), max_length=50, blank=True)  # an error code
    fallback = models.CharField(_("why no language model wrote"), max_length=50, blank=True)  # an error code
    fingerprint = models.CharField(max_length=64, blank=True, editable=False)  # see models.looked_at
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

    @property
    def lines(self) -> list[str]:
        """The captions, each once: frames that show the same have the same."""
        return list(dict.fromkeys(self.captions))

    @property
    def fallback_problem(self) -> Problem | None:
        """Why the form wrote although there is a language model."""
        return explain(self.fallback, {}) if self.fallback else None

    @property
    def captions_problem(self) -> Problem | None:
        """Why the captioner that there is did not look."""
        return explain(self.captions_fault, {}) if self.captions_fault else None

    @property
    def is_stale(self) -> bool:
        """Whether what it was written from has changed since."""
        return bool(self.fingerprint) and self.fingerprint != fingerprint(self.subject, self.target)

    @property
    def others(self) -> models.QuerySet[PromptDraft]:
        """The other versions that are written, newest first."""
        same = PromptDraft.objects.filter(target=self.target, **subject_field(self.subject))
        return same.filter(state=State.DONE).exclude(pk=self.pk).order_by("-created_at")[:VERSIONS]
