"""Choosing a picture to begin with, and marking a part of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from PIL import Image, ImageChops, ImageFilter, ImageOps

from channels_app.models import Channel, Frame, Video
from generation.models import GeneratedImage, Reference
from generation.models.reference import keep_reference
from generation.models.subject import subject_field
from imagecreator.errors import ExpectedError
from imagecreator.fields import PictureField
from imagecreator.pictures import read_mask
from imagecreator.uploads import MEGABYTE

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from generation.targets import Target

MOST_PAINTED = 12  # of the latest painted pictures, to choose from
OVERLAP = 8  # pixels by which the part that is painted reaches into a picture that is shown whole
BLUR = 40  # pixels, of what surrounds it


class StartForm(forms.Form):
    """A frame, a painted picture or a file, and how it is made to fit ``target``; one of the three is enough."""

    frame = forms.ModelChoiceField(Frame.objects.none(), required=False)
    image = forms.ModelChoiceField(GeneratedImage.objects.none(), required=False)
    picture = PictureField(label=_("Picture"))
    whole = forms.BooleanField(
        label=_("Show it whole, and paint what is around it"),
        required=False,
        help_text=_("Otherwise what does not fit is cut off on both sides."),
    )

    def __init__(self, *args: Any, subject: Video | Channel, target: Target, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._owner, self._target = subject.owner, target
        self.frames = frames_of(subject)
        painted = GeneratedImage.objects.owned_by(subject.owner).filter(status=GeneratedImage.Status.OK)
        self.fields["frame"].queryset = self.frames  # type: ignore[attr-defined]
        self.fields["image"].queryset = painted  # type: ignore[attr-defined]
        channel = subject.channel if isinstance(subject, Video) else subject
        of_channel = painted.filter(request__channel=channel) | painted.filter(request__video__channel=channel)
        of_subject = painted.filter(**{f"request__{name}": value for name, value in subject_field(subject).items()})
        shown = of_subject if isinstance(subject, Video) else of_channel
        self.painted = shown.order_by("-request__queued_at", "index")[:MOST_PAINTED]

    def clean(self) -> dict[str, Any]:
        """Something must be chosen."""
        values: dict[str, Any] = super().clean() or self.cleaned_data
        if not self.errors and not any(values.get(name) for name in ("frame", "image", "picture")):
            raise ValidationError(_("Choose a frame, a painted picture or a file."), code="required")
        return values

    def save(self) -> tuple[Reference, Reference | None]:
        """The picture at the target's exact pixels; and where it is shown whole, a mask of what is around it."""
        values = self.cleaned_data
        size = self._target.width, self._target.height
        image, source = self._chosen()
        if not values["whole"] or _same_shape(image.size, size):
            fitted = ImageOps.fit(image, size, Image.Resampling.LANCZOS)
            return keep_reference(self._owner, fitted, source), None
        canvas, around = surrounded(image, size)
        start = keep_reference(self._owner, canvas, source)
        return start, keep_reference(self._owner, around, Reference.Source.DRAWN, kind=Reference.Kind.MASK, base=start)

    def _chosen(self) -> tuple[Image.Image, str]:
        values = self.cleaned_data
        if values["picture"]:
            return values["picture"], Reference.Source.UPLOAD
        row, kind, source = (
            (values["image"], "PNG", Reference.Source.PAINTED)
            if values["image"]
            else (values["frame"], "JPEG", Reference.Source.FRAME)
        )
        with row.file.open("rb") as file, Image.open(file, formats=[kind]) as image:
            return image.convert("RGB"), source


class MaskForm(forms.Form):
    """A mask for ``base``: what was drawn on the page, or a file of any tool; white marks what is painted."""

    mask = forms.FileField(label=_("Mask"), widget=forms.FileInput, required=False, allow_empty_file=True)
    drawn = forms.BooleanField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, base: Reference, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._base = base
        self.fields["mask"].widget.attrs |= {
            "accept": "image/png,image/jpeg,image/webp",
            "data-max-bytes": settings.PICTURE_MAX_MB * MEGABYTE,
        }

    def clean_mask(self) -> Image.Image:
        """Decode it; one of another size, or in which nothing is marked, is refused."""
        file = self.cleaned_data["mask"]
        if not file:
            raise ValidationError(_("Mark the part that shall be painted, or choose a file."), code="required")
        try:
            mask = read_mask(
                file,
                max_bytes=settings.PICTURE_MAX_MB * MEGABYTE,
                max_pixels=settings.PICTURE_MAX_MEGAPIXELS * MEGABYTE,
            )
            if mask.size != self._base.size:
                raise ExpectedError("mask_other_size", mask=_by(mask.size), picture=_by(self._base.size))
            if mask.getextrema()[1] < 128:  # type: ignore[operator]  # of one band: two numbers
                raise ExpectedError("mask_empty")
        except ExpectedError as refusal:
            raise ValidationError(str(refusal.problem), code=refusal.code) from refusal
        return mask

    def save(self) -> Reference:
        """Keep the mask."""
        source = Reference.Source.DRAWN if self.cleaned_data["drawn"] else Reference.Source.UPLOAD
        return keep_reference(
            self._base.owner, self.cleaned_data["mask"], source, kind=Reference.Kind.MASK, base=self._base
        )


def frames_of(subject: Video | Channel) -> QuerySet[Frame]:
    """The frames to choose from: the video's, the best first; for a channel, the best of its latest videos."""
    if isinstance(subject, Video):
        return subject.frames.order_by("rank")
    return Frame.objects.filter(video__channel=subject, rank__lt=2).order_by("-video__created_at", "rank")


def surrounded(image: Image.Image, size: tuple[int, int]) -> tuple[Image.Image, Image.Image]:
    """The whole picture in the middle of ``size``, over itself blurred; and the mask of all around it (outpainting).

    The mask reaches a little into the picture, so that no edge is left to be seen.
    """
    inside = ImageOps.contain(image, size, Image.Resampling.LANCZOS)
    left, top = (size[0] - inside.width) // 2, (size[1] - inside.height) // 2
    canvas = ImageOps.fit(image, size, Image.Resampling.LANCZOS).filter(ImageFilter.GaussianBlur(BLUR))
    canvas.paste(inside, (left, top))
    kept = Image.new("L", size, 0)
    margin_x, margin_y = (OVERLAP if left else 0), (OVERLAP if top else 0)
    kept.paste(255, (left + margin_x, top + margin_y, left + inside.width - margin_x, top + inside.height - margin_y))
    return canvas, ImageChops.invert(kept)


def _same_shape(size: tuple[int, int], wanted: tuple[int, int]) -> bool:
    """Whether not even a pixel row would be left around it."""
    return abs(size[0] * wanted[1] - size[1] * wanted[0]) < max(size) * max(wanted) / min(*size, *wanted)


def _by(size: tuple[int, int]) -> str:
    return f"{size[0]}×{size[1]}"
