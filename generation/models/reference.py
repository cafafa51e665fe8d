"""A picture that requests begin with or go by: a frame, a painted picture or an upload, and masks for one of these."""

from __future__ import annotations

import uuid
from datetime import timedelta
from io import BytesIO
from typing import TYPE_CHECKING, Any, ClassVar

from django.conf import settings
from django.core.files.base import ContentFile
from django.db import IntegrityError, models, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from PIL import Image

from channels_app.models.sight import Sight, Sighted, SightedQuerySet
from channels_app.signals import brought
from imagecreator.errors import ExpectedError
from imagecreator.files.keep import kept_with_rows

if TYPE_CHECKING:
    from collections.abc import Iterable
    from uuid import UUID

    from django.contrib.auth.models import User

UNUSED_FOR = timedelta(days=2)  # so long one waits for a request that uses it
DOWN_FOR = timedelta(days=60)  # so long one that a moderator rejected is there to be looked at again
MOST_UNUSED = 40  # of one person: with more, the oldest go
AT_ONCE = 200  # rows that one look clears up


class ReferenceQuerySet(SightedQuerySet["Reference"]):
    """References, and those that nobody needs any more."""

    def unused(self) -> models.QuerySet[Reference]:
        """Those that no request names; a mask goes with its picture."""
        uses = [field.name for field in Reference._meta.related_objects if field.related_model is not Reference]
        return self.filter(**{f"{name}__isnull": True for name in uses})

    def unasked(self) -> models.QuerySet[Reference]:
        """Those that no request was asked for with, not by a guide either."""
        followed = models.Q(guides__uses__isnull=False) | models.Q(drawn_guides__uses__isnull=False)
        asked = models.Q(started__isnull=False) | models.Q(masked__isnull=False) | models.Q(styled__isnull=False)
        return self.exclude(pk__in=self.filter(asked | followed).values("pk"))

    def to_forget(self) -> models.QuerySet[Reference]:
        """Of those, what moderators do not look at."""
        return self.unused().filter(sight__in=[Sight.SHOWN, Sight.WAITS])

    def forget(self) -> int:
        """Delete those that have waited for a request in vain; return how many."""
        down = self.filter(sight=Sight.DOWN, created_at__lt=timezone.now() - DOWN_FOR)
        unused = self.to_forget().filter(created_at__lt=timezone.now() - UNUSED_FOR)
        return self._drop(down[:AT_ONCE]) + self._drop(unused[:AT_ONCE])

    def keep_few_of(self, owner: User) -> int:
        """Of those that ``owner`` never used, delete the oldest beyond ``MOST_UNUSED``; return how many."""
        latest = self.to_forget().filter(owner=owner).order_by("-created_at", "pk")
        return self._drop(latest[MOST_UNUSED : MOST_UNUSED + AT_ONCE])

    def _drop(self, rows: models.QuerySet[Reference]) -> int:
        """A request may take one of them meanwhile: then all stay until the next time."""
        try:
            return self.filter(pk__in=list(rows.values_list("pk", flat=True))).delete()[0]
        except (models.RestrictedError, IntegrityError):
            return 0


def _reference_name(reference: Reference, filename: str) -> str:
    return f"references/{reference.pk}.png"


class Reference(Sighted):
    """A picture in RGB, or a mask in grey, where white marks what is painted; the file holds nothing else.

    It is kept as long as a request names it, and a while for one that may come. ``base`` is what a mask is for.
    """

    OWNER: ClassVar = "owner"
    PUBLIC: ClassVar = ()

    class Kind(models.TextChoices):
        """What it shows."""

        PICTURE = "picture", _("picture")
        MASK = "mask", _("mask")

    class Source(models.TextChoices):
        """Where it came from."""

        UPLOAD = "upload", _("uploaded")
        FRAME = "frame", _("video frame")
        PAINTED = "painted", _("painted")
        DRAWN = "drawn", _("drawn on the page")
        FOUND = "found", _("found in a picture")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+", verbose_name=_("owner"))
    kind = models.CharField(_("kind"), max_length=10, choices=Kind)
    source = models.CharField(_("source"), max_length=10, choices=Source)
    base = models.ForeignKey("self", models.CASCADE, null=True, blank=True, related_name="masks")
    file = models.FileField(_("file"), upload_to=_reference_name)
    width = models.PositiveIntegerField(_("width"))
    height = models.PositiveIntegerField(_("height"))
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)

    objects = ReferenceQuerySet.as_manager()

    class Meta:
        verbose_name = _("reference")
        verbose_name_plural = _("references")
        ordering = ("-created_at",)
        indexes = (models.Index(name="references_that_wait", fields=("sight",), condition=models.Q(sight="waits")),)

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.width}×{self.height}"

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in pixels."""
        return self.width, self.height

    @property
    def is_mask(self) -> bool:
        """Whether it is a mask."""
        return self.kind == self.Kind.MASK

    def open(self) -> Image.Image:
        """The picture, decoded. ExpectedError("reference_lost") where its file is gone."""
        try:
            with self.file.open("rb") as file, Image.open(file, formats=["PNG"]) as image:
                image.load()
                return image
        except FileNotFoundError as error:
            raise ExpectedError("reference_lost") from error


def hold(rows: models.Manager[Any], keys: Iterable[UUID | None]) -> None:
    """Keep the rows of these keys from being deleted until the transaction ends; None is nobody's key.

    ExpectedError("reference_lost") where one is gone.
    """
    named = {key for key in keys if key is not None}
    if named and len(rows.filter(pk__in=named).order_by("pk").select_for_update(no_key=True)) < len(named):
        raise ExpectedError("reference_lost")


def keep_reference(
    owner: User,
    image: Image.Image,
    source: str,
    *,
    kind: str = Reference.Kind.PICTURE,
    base: Reference | None = None,
    made_here: bool = False,
) -> Reference:
    """Store a picture for a request to come; of those that a person never used, the oldest go.

    An upload may be hidden until it was looked at. One that is ``made_here`` from another reference is not brought by
    anybody, whatever its source.
    """
    reference = Reference(owner=owner, kind=kind, source=source, base=base, width=image.width, height=image.height)
    content = BytesIO()
    # PNG, so that what is not painted keeps every bit; packed quickly, for somebody waits.
    image.convert("L" if kind == Reference.Kind.MASK else "RGB").save(content, "PNG", compress_level=3)
    with kept_with_rows([reference]):
        reference.file.save("", ContentFile(content.getvalue()), save=False)
        with transaction.atomic():
            reference.save()
            if source == Reference.Source.UPLOAD and not made_here:
                brought.send(Reference, thing=reference, content=content.getvalue())
    Reference.objects.keep_few_of(owner)
    return reference
