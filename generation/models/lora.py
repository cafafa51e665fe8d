"""A LoRA that people may paint with, and the job that brings one here from an address or an upload."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any, ClassVar
from urllib.parse import urlsplit

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.text import slugify
from django.utils.translation import gettext_lazy as _

from channels_app.models.access import OwnedQuerySet
from generation.engine.jobs import MOST_WEIGHT
from generation.models.wording import Wording
from generation.shipped import LORA_FOLDER, shipped
from imagecreator.queue.job import Job
from imagecreator.queue.states import State

if TYPE_CHECKING:
    from pathlib import Path

    from django.contrib.auth.models import AnonymousUser, User

    from generation.engine.lora_file import LoraFile

MOST_TRIGGER_WORDS = 20  # kept of one LoRA
MOST_LICENCE, MOST_SOURCE, MOST_ADDRESS = 200, 500, 500  # characters
PARTS = {
    "unet": _("how the picture is painted"),
    "text_encoder": _("how the prompt is read"),
    "text_encoder_2": _("how the prompt is read"),
}
SHORT = 8  # digits of the hash in the key of a LoRA that somebody added
WEIGHTS = [MinValueValidator(-MOST_WEIGHT), MaxValueValidator(MOST_WEIGHT)]


class LoraQuerySet(models.QuerySet["Lora"]):
    """LoRAs, in the operator's order."""

    def offered(self, user: User | AnonymousUser) -> LoraQuerySet:
        """Those that ``user`` may paint with: what was approved, and what this person added, unless switched off."""
        allowed = Q(approved_at__isnull=False)
        if user.is_authenticated:
            allowed |= Q(added_by=user)
        return self.filter(allowed, active=True)

    def visible_to(self, user: User | AnonymousUser) -> LoraQuerySet:
        """Those that ``user`` may look at: what is offered, and everything for who decides about them."""
        return self if user.has_perm("generation.change_lora") else self.offered(user)


def _lora_name(lora: Lora, filename: str) -> str:
    return f"loras/{lora.pk}.safetensors"


class Lora(Wording):
    """One LoRA that was looked at and found to be sound.

    What its header tells is kept here, so that nobody opens the file to know whom it fits. A LoRA that came with the
    project has no ``file``: it lies in the project's folder. ``trigger_words`` are those its prompt should hold.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    file = models.FileField(_("file"), upload_to=_lora_name, max_length=200, blank=True, editable=False)
    sha256 = models.CharField("SHA-256", max_length=64, unique=True, editable=False)
    short_hash = models.CharField(_("hash of its tensors"), max_length=12, db_index=True, editable=False)
    size = models.PositiveBigIntegerField(_("size in bytes"), editable=False)
    family = models.CharField(_("made for"), max_length=60, editable=False)
    width = models.PositiveIntegerField(null=True, editable=False)
    text_width = models.PositiveIntegerField(null=True, editable=False)
    parts = models.JSONField(_("changes"), default=list, editable=False)
    ranks = models.JSONField(_("ranks"), default=list, editable=False)
    trigger_words = models.JSONField(_("trigger words"), default=list, blank=True)
    weight = models.FloatField(_("usual weight"), default=1.0, validators=WEIGHTS)
    licence = models.CharField(_("licence"), max_length=MOST_LICENCE)
    source = models.CharField(
        _("source"), max_length=MOST_SOURCE, help_text=_("The page where it was found, or who made it.")
    )
    added_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, editable=False, verbose_name=_("added by")
    )
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)
    approved_at = models.DateTimeField(_("approved at"), null=True, editable=False)
    approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, editable=False, verbose_name=_("approved by")
    )

    objects = LoraQuerySet.as_manager()

    class Meta:
        verbose_name = "LoRA"
        verbose_name_plural = _("LoRAs")
        ordering = ("order", "name_en", "id")
        default_related_name = "+"

    def get_absolute_url(self) -> str:
        """The LoRA's page."""
        return reverse("lora", args=[self.key])

    def learn(self, found: LoraFile, sha256: str, short_hash: str) -> None:
        """Take over what the header of its file tells. The row is not saved."""
        self.sha256, self.short_hash, self.size = sha256, short_hash, found.bytes
        self.family, self.width, self.text_width = found.family, found.width, found.text_width
        self.parts, self.ranks = list(found.parts), list(found.ranks)
        self.key = self.key or f"{slugify(self.name_en)[:30].strip('-') or 'lora'}-{sha256[:SHORT]}"

    @property
    def source_host(self) -> str:
        """The host of a source that is a plain https address, else nothing: whatever else stands there is no link."""
        try:
            parts = urlsplit(self.source)
        except ValueError:
            return ""
        plain = parts.scheme == "https" and parts.hostname and "@" not in parts.netloc
        return parts.netloc if plain and self.source.isprintable() and " " not in self.source else ""

    @property
    def part_labels(self) -> list[str]:
        """What it changes, in words."""
        return [str(PARTS.get(part, part)) for part in self.parts]

    @property
    def in_project(self) -> Path | None:
        """Where the file lies that came with the project; None for one that was added."""
        came: dict[str, Any] | None = None if self.file else shipped("lora").get(self.key)
        return LORA_FOLDER / came["file"] if came else None


class LoraStyle(models.Model):
    """A LoRA that a style puts on, and how strongly."""

    style = models.ForeignKey("generation.Style", models.CASCADE, related_name="loras")
    lora = models.ForeignKey(Lora, models.CASCADE, related_name="+", verbose_name="LoRA")
    weight = models.FloatField(_("weight"), default=1.0, validators=WEIGHTS)

    class Meta:
        verbose_name = _("LoRA of a style")
        verbose_name_plural = _("LoRAs of a style")
        constraints = (models.UniqueConstraint(fields=("style", "lora"), name="style_has_lora_once"),)

    def __str__(self) -> str:
        return f"{self.lora} {self.weight:g}"


def _import_name(row: LoraImport, filename: str) -> str:
    return f"lora-imports/{row.pk}"


class LoraImportQuerySet(OwnedQuerySet["LoraImport"]):
    """Imports, and who may look at them."""

    def visible_to(self, user: User | AnonymousUser) -> OwnedQuerySet[LoraImport]:
        """What was not taken off the list: a person's own, and everybody's for a moderator."""
        return super().visible_to(user).filter(removed=False)


class LoraImport(Job):
    """A job of the cpu lane: fetch (from ``address``) or take (an uploaded ``file``), look at it, keep it as a LoRA.

    ``name``, ``licence`` and ``source`` are the person's own words; what is left empty is taken from where it comes.
    ``removed``: its person took it off the list. The row stays as long as it counts as one of the day's.
    """

    lane = "cpu"
    bell = "generation.tasks.import_lora"
    OWNER: ClassVar = "owner"
    IN_MEGABYTES: ClassVar = ("fetch", "inspect")
    PUBLIC: ClassVar = ()

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, verbose_name=_("owner"))
    address = models.CharField(_("address"), max_length=MOST_ADDRESS, blank=True)
    file = models.FileField(_("file"), upload_to=_import_name, blank=True)
    name = models.CharField(_("name"), max_length=60, blank=True)
    licence = models.CharField(_("licence"), max_length=MOST_LICENCE, blank=True)
    source = models.CharField(_("source"), max_length=MOST_SOURCE, blank=True)
    lora = models.ForeignKey(Lora, models.SET_NULL, null=True, blank=True, editable=False, verbose_name="LoRA")
    removed = models.BooleanField(_("taken off the list"), default=False, editable=False)
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)

    objects = LoraImportQuerySet.as_manager()

    class Meta:
        verbose_name = _("LoRA on its way")
        verbose_name_plural = _("LoRAs on their way")
        ordering = ("-created_at",)
        default_related_name = "+"

    def __str__(self) -> str:
        return self.name or self.address.removeprefix("https://") or str(self.pk)

    def get_absolute_url(self) -> str:
        """The page that says how far it is."""
        return reverse("lora_import", args=[self.pk])

    @property
    def can_be_retried(self) -> bool:
        """Whether it ended badly and can be fetched again. An upload is deleted when its import ends."""
        return bool(self.address) and self.state in (State.FAILED, State.CANCELLED)

    @property
    def found_here(self) -> bool:
        """Whether the file turned out to be that of a LoRA that was here before."""
        return bool(self.lora and self.started_at and self.lora.created_at < self.started_at)

    @property
    def is_offered(self) -> bool:
        """Whether the person may paint with what came of it."""
        return self.lora is not None and Lora.objects.offered(self.owner).filter(pk=self.lora.pk).exists()
