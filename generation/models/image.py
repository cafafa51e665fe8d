"""A painted picture at the exact pixels of its target, with what the check said about it."""

from __future__ import annotations

import uuid
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar

from django.db import models, transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from PIL import Image

from channels_app.models import Picture
from channels_app.models.access import OwnedQuerySet, is_moderator
from channels_app.models.picture import put_back, put_in_place
from generation.models.request import GenerationRequest
from generation.recipe import Recipe, RecipeLora, read
from imagecreator.queue.changes import release

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser, User


class Overtaken(Exception):
    """It was applied, or a moderator took it away, since it was looked at."""


class ImageQuerySet(OwnedQuerySet["GeneratedImage"]):
    """Painted pictures. What is held or rejected is for moderators only: not even its owner sees it."""

    def visible_to(self, user: User | AnonymousUser) -> OwnedQuerySet[GeneratedImage]:
        """The person's own that passed the check, and everything for a moderator."""
        visible = super().visible_to(user)
        return visible if is_moderator(user) else visible.filter(status=GeneratedImage.Status.OK)


def _image_name(image: GeneratedImage, filename: str) -> str:
    return f"images/{image.request_id}/{image.pk}.png"


class GeneratedImage(models.Model):
    """One picture of a request. ``held`` waits for a moderator; only ``ok`` can be seen and applied."""

    OWNER: ClassVar = "request__owner"
    PUBLIC: ClassVar = ()

    class Status(models.TextChoices):
        """What may be done with it."""

        OK = "ok", _("OK")
        HELD = "held", _("Held for a moderator")
        REJECTED = "rejected", _("Rejected")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    request = models.ForeignKey(GenerationRequest, models.CASCADE, related_name="images", verbose_name=_("request"))
    index = models.PositiveSmallIntegerField(_("number"))
    seed = models.PositiveBigIntegerField(_("seed"))
    file = models.FileField(_("file"), upload_to=_image_name)
    width = models.PositiveIntegerField(_("width"))
    height = models.PositiveIntegerField(_("height"))
    status = models.CharField(_("status"), max_length=10, choices=Status, default=Status.OK, db_index=True)
    scores = models.JSONField(_("scores"), default=dict, blank=True)
    applied_at = models.DateTimeField(_("applied at"), null=True, blank=True)
    applied = models.ForeignKey(
        Picture, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("applied as")
    )

    objects = ImageQuerySet.as_manager()

    class Meta:
        verbose_name = _("painted picture")
        verbose_name_plural = _("painted pictures")
        ordering = ("request", "index")
        constraints = (models.UniqueConstraint(fields=("request", "index"), name="one_image_per_number"),)

    def __str__(self) -> str:
        return f"{self.request} #{self.index + 1}"

    def get_absolute_url(self) -> str:
        """The picture's page."""
        return reverse("image", args=[self.pk])

    @property
    def download_name(self) -> str:
        """What its file is called on somebody's device."""
        return f"{self.request.target}-{self.seed}.png"

    def recipe(self) -> Recipe:
        """How it was painted: what its file says, or where that says nothing, what was asked for."""
        with suppress(FileNotFoundError), self.file.open("rb") as file:
            if found := read(file):
                return found
        asked = self.request
        known = Recipe(
            "imagecreator",
            prompt=asked.prompt,
            negative=asked.negative,
            seed=self.seed,
            model=asked.profile,
            loras=tuple(
                RecipeLora(note["key"], note["weight"], note["sha256"]) for note in asked.loras if note["weight"]
            ),
        )
        if asked.is_touched_up:
            return replace(known, model="")
        profile = asked.engine_profile
        if profile is None:
            return replace(known, steps=asked.steps_asked)
        _name, mode = profile.mode(asked.mode)
        of_mode = (RecipeLora(mode.lora.file.stem, mode.lora.weight),) if mode.lora else ()
        return replace(
            known,
            loras=(*known.loras, *of_mode),
            steps=asked.steps_asked or mode.steps,
            guidance=mode.guidance,
            eta=mode.eta,
            sampler=mode.scheduler.title,
        )

    def apply(self) -> Picture:
        """Make it the thumbnail, avatar or cover it was painted for; the former picture is kept. Twice is as once.

        Raises ``ValueError`` unless its status is ``ok``, also where a moderator changes that at this moment.
        """
        self.refresh_from_db(fields=["status", "applied", "applied_at"])
        if self.status != self.Status.OK:
            raise ValueError("only a picture that passed the check can be applied")
        if self.applied:
            put_back(self.applied)
            return self.applied
        with self.file.open("rb") as file, Image.open(file, formats=["PNG"]) as image:
            picture = image.convert("RGB")
        subject, target = self.request.subject, self.request.target
        try:
            self.applied = put_in_place(subject, target, picture, Picture.Source.PAINTED, also=self._note_applied)
        except Overtaken:
            return self.apply()
        return self.applied

    def _note_applied(self, picture: Picture) -> None:
        self.applied_at = timezone.now()
        fit = GeneratedImage.objects.filter(pk=self.pk, status=self.Status.OK, applied=None)
        if not fit.update(applied=picture, applied_at=self.applied_at):
            raise Overtaken

    @property
    def is_applied(self) -> bool:
        """Whether it is in its place now."""
        present = getattr(self.request.subject, f"{self.request.target}_id", None)
        return present is not None and present == self.applied_id


def decide(image: GeneratedImage, *, approve: bool) -> bool:
    """A moderator's word on a held picture; False where it is not held. The request follows its last held picture."""
    status = GeneratedImage.Status.OK if approve else GeneratedImage.Status.REJECTED
    with transaction.atomic():
        GenerationRequest.objects.select_for_update().get(pk=image.request_id)  # two moderators, one after the other
        if not GeneratedImage.objects.filter(pk=image.pk, status=GeneratedImage.Status.HELD).update(status=status):
            return False
        if not image.request.images.filter(status=GeneratedImage.Status.HELD).exists():
            release(image.request)
    return True
