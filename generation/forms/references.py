"""Choosing a picture to begin with: a frame, a painted one or a file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from PIL import Image

from channels_app.models import Channel, Frame, Video
from generation.forms.fitting import cropped, fits, is_too_long, reduced
from generation.models import GeneratedImage, Reference
from generation.models.reference import keep_reference
from generation.models.subject import subject_field
from imagecreator.errors import ExpectedError
from imagecreator.fields import PictureField

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from generation.models import GenerationRequest
    from generation.targets import Target

MOST_PAINTED = 12  # of the latest painted pictures, to choose from
MOST_FRAMES = 24
LEAST_SIDE = 8  # pixels of a picture to begin with: what is smaller shows nothing


class StartForm(forms.Form):
    """A frame, a painted picture or a file to begin with; one of the three is enough."""

    frame = forms.ModelChoiceField(Frame.objects.none(), required=False)
    image = forms.ModelChoiceField(GeneratedImage.objects.none(), required=False)
    picture = PictureField(label=_("Picture"))
    _kept_small: Reference | None = None

    def __init__(self, *args: Any, subject: Video | Channel, target: Target, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._owner, self._size = subject.owner, (target.width, target.height)
        frames = frames_of(subject)
        painted = GeneratedImage.objects.owned_by(subject.owner).filter(status=GeneratedImage.Status.OK)
        self.fields["frame"].queryset = frames  # type: ignore[attr-defined]
        self.fields["image"].queryset = painted  # type: ignore[attr-defined]
        channel = subject.channel if isinstance(subject, Video) else subject
        of_channel = painted.filter(request__channel=channel) | painted.filter(request__video__channel=channel)
        of_subject = painted.filter(**{f"request__{name}": value for name, value in subject_field(subject).items()})
        shown = of_subject if isinstance(subject, Video) else of_channel
        self.frames = frames[:MOST_FRAMES]
        self.painted = shown.order_by("-request__queued_at", "index")[:MOST_PAINTED]

    def clean_picture(self) -> Image.Image | None:
        """Refuse a file that shows next to nothing."""
        picture: Image.Image | None = self.cleaned_data["picture"]
        if picture and min(picture.size) < LEAST_SIDE:
            refusal = ExpectedError("start_too_small", least=LEAST_SIDE)
            raise ValidationError(str(refusal.problem), code=refusal.code)
        return picture

    def clean(self) -> dict[str, Any]:
        """Something must be chosen, and be there still."""
        values: dict[str, Any] = super().clean() or self.cleaned_data
        if self.errors.keys() & {"frame", "image"}:
            raise ValidationError(_("This picture is no longer here. Choose another one."), code="reference_lost")
        if not self.errors and not any(values.get(name) for name in ("frame", "image", "picture")):
            raise ValidationError(_("Choose a frame, a painted picture or a file."), code="required")
        return values

    def save(self) -> Reference:
        """The picture at the target's exact pixels; one of another shape as it is, to be fitted: see ``placing``.

        ExpectedError("reference_lost") where its file is gone.
        """
        image, source = self._chosen()
        if fits(image.size, self._size):
            return keep_reference(self._owner, cropped(image, self._size), source)
        return self._keep_reduced(image, source)

    @property
    def note(self) -> str:
        """What the person is told of how the picture was kept; empty where there is nothing to tell."""
        if self._kept_small is None:
            return ""
        text = _(
            "This picture is so long that it was kept at %(width)s×%(height)s pixels. Where a part of it should be "
            "sharper, cut that out yourself and bring it as a file of its own."
        )
        return text % {"width": self._kept_small.width, "height": self._kept_small.height}

    @property
    def request(self) -> GenerationRequest | None:
        """The one that painted the chosen picture."""
        image: GeneratedImage | None = self.cleaned_data["image"]
        return image.request if image else None

    def _keep_reduced(self, image: Image.Image, source: str, room: int = 1) -> Reference:
        kept = keep_reference(self._owner, reduced(image, self._size, room), source)
        if is_too_long(image.size, self._size):
            self._kept_small = kept
        return kept

    def _chosen(self) -> tuple[Image.Image, str]:
        values = self.cleaned_data
        if values["picture"]:
            return values["picture"], Reference.Source.UPLOAD
        row, kind, source = (
            (values["image"], "PNG", Reference.Source.PAINTED)
            if values["image"]
            else (values["frame"], "JPEG", Reference.Source.FRAME)
        )
        try:
            with row.file.open("rb") as file, Image.open(file, formats=[kind]) as image:
                return image.convert("RGB"), source
        except FileNotFoundError as error:
            raise ExpectedError("reference_lost") from error


def frames_of(subject: Video | Channel) -> QuerySet[Frame]:
    """The frames to choose from: the video's, the best first; for a channel, the best of its latest videos."""
    if isinstance(subject, Video):
        return Frame.objects.shown().filter(video=subject).order_by("rank")
    shown = Frame.objects.shown()
    return shown.filter(video__channel=subject, rank__lt=2).order_by("-video__created_at", "rank")
