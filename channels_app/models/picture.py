"""A picture in its place (thumbnail, avatar or cover of a video, channel or profile) and those that it replaced."""

from __future__ import annotations

import uuid
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, TypeAlias

from django.conf import settings
from django.core.files.base import ContentFile
from django.db import models, transaction
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from PIL import Image, ImageOps

from channels_app.models.access import is_moderator
from channels_app.models.sight import UNDECIDED, Sight, Sighted, SightedQuerySet
from channels_app.signals import brought
from imagecreator.errors import ExpectedError
from imagecreator.files.keep import kept_with_rows
from imagecreator.pictures import encode

if TYPE_CHECKING:
    from collections.abc import Callable
    from uuid import UUID

    from django.contrib.auth.models import AnonymousUser, User

    from channels_app.models.channel import Channel
    from channels_app.models.profile import Profile
    from channels_app.models.video import Video

    Place: TypeAlias = Video | Channel | Profile


_IN_SIGHT = (  # in its place on something published
    Q(video__thumbnail=models.F("pk"), video__published=True, video__channel__published=True)
    | Q(channel__avatar=models.F("pk"), channel__published=True)
    | Q(channel__cover=models.F("pk"), channel__published=True)
    | Q(profile__avatar=models.F("pk"), profile__user__channels__published=True)
)


def _seen() -> models.Exists:
    """Whether a picture is what anybody sees: asked of the one that is meant, not of all that there are."""
    return models.Exists(Picture.objects.filter(_IN_SIGHT, sight=Sight.SHOWN, pk=models.OuterRef("pk")))


class PictureQuerySet(SightedQuerySet["Picture"]):
    """Pictures; strangers see only the one that is in place on something published."""

    def published(self) -> PictureQuerySet:
        """What anybody sees on published pages."""
        return self.filter(_seen())

    def visible_to(self, user: User | AnonymousUser) -> PictureQuerySet:
        """The person's own, what published pages show, and everything for a moderator."""
        if is_moderator(user):
            return self
        shown = Q(_seen())
        if user.is_authenticated:
            shown |= Q(owner=user, sight=Sight.SHOWN)
        return self.filter(shown)

    def bound_for(self, place: Place, *kinds: str) -> PictureQuerySet:
        """Hidden pictures that come into ``place`` once they are shown, if they are."""
        return self.filter(kind__in=kinds, stood=True, sight__in=UNDECIDED, **{_field_of(place): place})

    def refused_for(self, place: Place, *kinds: str) -> list[Picture]:
        """The last of each kind that was hidden in ``place`` or bound for it, where it was not allowed.

        None of a kind of which the owner has another there since.
        """
        rows = self.filter(kind__in=kinds, stood=True, **{_field_of(place): place}).order_by("created_at")
        last = {picture.kind: picture for picture in rows}.values()
        return [row for row in last if row.sight == Sight.DOWN and row.stand_in_id == getattr(place, f"{row.kind}_id")]

    def former(self, place: Place, kind: str) -> PictureQuerySet:
        """Pictures that were in ``place`` before the present one, newest first."""
        present = getattr(place, f"{kind}_id")
        return (
            self.filter(kind=kind, sight=Sight.SHOWN, **{_field_of(place): place})
            .exclude(pk=present)
            .order_by("-created_at")
        )


def _picture_name(picture: Picture, filename: str) -> str:
    return f"pictures/{picture.pk}{Path(filename).suffix}"


class Picture(Sighted):
    """A file that never changes, and the place it belongs to. What is in place now, the place itself says."""

    OWNER: ClassVar = "owner"
    PUBLIC: ClassVar = ()

    class Kind(models.TextChoices):
        """Which picture of its place it is."""

        THUMBNAIL = "thumbnail", _("thumbnail")
        AVATAR = "avatar", _("avatar")
        COVER = "cover", _("cover")

    class Source(models.TextChoices):
        """Where it came from."""

        UPLOAD = "upload", _("uploaded")
        FRAME = "frame", _("video frame")
        PAINTED = "painted", _("painted")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="pictures", verbose_name=_("owner")
    )
    kind = models.CharField(_("kind"), max_length=10, choices=Kind)
    source = models.CharField(_("source"), max_length=10, choices=Source)
    video = models.ForeignKey("Video", models.CASCADE, null=True, blank=True, related_name="pictures")
    channel = models.ForeignKey("Channel", models.CASCADE, null=True, blank=True, related_name="pictures")
    profile = models.ForeignKey("Profile", models.CASCADE, null=True, blank=True, related_name="pictures")
    file = models.FileField(_("file"), upload_to=_picture_name)
    width = models.PositiveIntegerField(_("width"))
    height = models.PositiveIntegerField(_("height"))
    stood = models.BooleanField(default=False, editable=False)  # in its place when it was hidden, or bound for it
    stand_in = models.ForeignKey(  # what came there instead, if anything
        "self", models.SET_NULL, null=True, blank=True, editable=False, related_name="+"
    )
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)

    objects = PictureQuerySet.as_manager()

    class Meta:
        verbose_name = _("picture")
        verbose_name_plural = _("pictures")
        ordering = ("-created_at",)
        indexes = (models.Index(name="pictures_that_wait", fields=("sight",), condition=Q(sight="waits")),)
        constraints = (
            models.CheckConstraint(
                name="picture_has_one_place",
                condition=Q(video__isnull=False, channel__isnull=True, profile__isnull=True)
                | Q(video__isnull=True, channel__isnull=False, profile__isnull=True)
                | Q(video__isnull=True, channel__isnull=True, profile__isnull=False),
            ),
        )

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.width}×{self.height}"

    @property
    def place(self) -> Place:
        """The video, channel or profile it belongs to."""
        place = self.video or self.channel or self.profile
        assert place is not None
        return place


def put_in_place(
    place: Place, kind: str, image: Image.Image, source: str, *, also: Callable[[Picture], None] = lambda _picture: None
) -> Picture:
    """Store ``image`` as a new picture of ``place`` and make it the present one; the former one is kept.

    Where whoever hears ``brought`` hides an upload, it comes into its place once it is shown: see ``put_up``. ``also``
    is called in the same transaction: where it raises, nothing was done.

    It is cropped, never squeezed, to the exact pixels that ``settings.TARGETS`` has for ``kind``, and encoded within
    its bytes; raises ``ExpectedError("image_will_not_fit")`` where that cannot be.
    """
    target = settings.TARGETS[kind]
    if image.size != (target.width, target.height):
        image = ImageOps.fit(image, (target.width, target.height), Image.Resampling.LANCZOS)
    content, extension = encode(image, target.max_bytes)
    picture = Picture(
        owner=place.owner,
        kind=kind,
        source=source,
        width=image.width,
        height=image.height,
        **{_field_of(place): place},
    )
    picture.file.name = name = _picture_name(picture, f".{extension}")
    with kept_with_rows([picture]):
        picture.file.save(name, ContentFile(content), save=False)
        with transaction.atomic():
            picture.save()
            also(picture)
            if source == Picture.Source.UPLOAD:
                brought.send(Picture, thing=picture, content=content)
            if picture.is_shown:
                put_back(picture)
            else:
                _let_wait_for(place, picture)
    if picture.is_shown:
        setattr(place, kind, picture)
    return picture


def put_back(picture: Picture) -> None:
    """Make a former picture of a place the present one. Raises ``ExpectedError("taken_down")``."""
    with transaction.atomic():
        place = _locked(picture.place)
        if Picture.objects.filter(pk=picture.pk).exclude(sight=Sight.SHOWN).exists():
            raise ExpectedError("taken_down")
        _put(place, picture.kind, picture)


def take_down(picture: Picture, sight: str = Sight.DOWN) -> None:
    """Let nobody but moderators see it; where it is in place, the newest of the others comes there, if any."""
    with transaction.atomic():
        place = _locked(picture.place)
        Picture.objects.filter(pk=picture.pk).update(sight=sight)
        picture.sight = sight
        if getattr(place, f"{picture.kind}_id") != picture.pk:
            return
        stand_in = Picture.objects.former(place, picture.kind).first()
        _put(place, picture.kind, stand_in)
        _bind_anew(place, picture, picture.pk, stand_in.pk if stand_in else None)
        Picture.objects.filter(pk=picture.pk).update(stood=True, stand_in=stand_in)


def put_up(picture: Picture) -> None:
    """Let it be seen and used again, and put it back where it stood, unless its owner has chosen another since."""
    with transaction.atomic():
        place = _locked(picture.place)
        row = Picture.objects.get(pk=picture.pk)
        if row.stood and getattr(place, f"{row.kind}_id") == row.stand_in_id:
            _put(place, row.kind, row)
            _bind_anew(place, row, row.stand_in_id, row.pk)
        Picture.objects.filter(pk=row.pk).update(sight=Sight.SHOWN, stood=False, stand_in=None)


def _let_wait_for(place: Place, picture: Picture) -> None:
    """Bind a hidden picture for its place; one that was bound for it before is so no more."""
    place = _locked(place)
    others = Picture.objects.filter(kind=picture.kind, sight__in=UNDECIDED, **{_field_of(place): place})
    others.exclude(pk=picture.pk).update(stood=False, stand_in=None)
    present = getattr(place, f"{picture.kind}_id")
    Picture.objects.filter(pk=picture.pk).update(stood=True, stand_in=present)


def _bind_anew(place: Place, moved: Picture, was: UUID | None, now: UUID | None) -> None:
    """Let what was brought after ``moved``, and bound to replace ``was``, replace ``now``, which nobody chose."""
    bound = Picture.objects.bound_for(place, moved.kind).filter(created_at__gt=moved.created_at, stand_in=was)
    bound.exclude(pk=moved.pk).update(stand_in=now)


def _locked(place: Place) -> Place:
    """The row as it is now; who changes what is in it, one after the other, holds it."""
    rows: Any = type(place)._default_manager.select_for_update(no_key=True)
    found: Place = rows.get(pk=place.pk)
    return found


def _put(place: Place, kind: str, picture: Picture | None) -> None:
    type(place)._default_manager.filter(pk=place.pk).update(**{kind: picture})


def _field_of(place: Place) -> str:
    return place._meta.model_name or ""
