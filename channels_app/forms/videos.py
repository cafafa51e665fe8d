"""Uploading a video, and editing its words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django import forms
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from channels_app.models import Channel, Video
from imagecreator.errors import ExpectedError
from imagecreator.fields import LineField, TextField
from imagecreator.files.keep import kept_with_rows
from imagecreator.queue.changes import enqueue
from imagecreator.uploads import MEGABYTE, video_limit

if TYPE_CHECKING:
    from django.core.files.uploadedfile import UploadedFile

ACCEPT = ".mp4,.m4v,.mov,.mkv,.webm,.avi,.ts,.3gp,video/*"


class VideoForm(forms.ModelForm[Video]):
    """The words of a video."""

    title = LineField(label=_("Title"), max_length=200)
    description = TextField(label=_("Description"), max_length=5000, required=False)

    class Meta:
        model = Video
        fields = ("title", "description")


class UploadForm(VideoForm):
    """A new video. Whether the file really is one, the worker says: nothing is opened here."""

    file = forms.FileField(label=_("Video file"), allow_empty_file=True, max_length=255)
    field_order = ("title", "description", "file")

    def __init__(self, *args: object, too_large: bool = False, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        self.too_large = too_large
        self.fields["file"].widget.attrs.update({"accept": ACCEPT, "data-max-bytes": video_limit()})
        if too_large:
            self.fields["file"].required = False

    def clean_file(self) -> UploadedFile[bytes] | None:
        """Say at once what needs no look inside."""
        file: UploadedFile[bytes] | None = self.cleaned_data["file"]
        if self.too_large or (file and (file.size or 0) > video_limit()):
            raise _invalid(ExpectedError("too_many_bytes", limit_mb=video_limit() // MEGABYTE))
        if file is not None and not file.size:
            raise _invalid(ExpectedError("empty_file"))
        return file

    def save_in(self, channel: Channel) -> Video:
        """Store the file and the row, and wake a worker."""
        file = self.cleaned_data["file"]
        video = Video(channel=channel, size=file.size, **{k: self.cleaned_data[k] for k in ("title", "description")})
        with kept_with_rows([video]):
            video.file.save("", file, save=False)
            with transaction.atomic():
                video.save()
                enqueue(video)
        return video


def _invalid(error: ExpectedError) -> ValidationError:
    return ValidationError(str(error.problem), code=error.code)
