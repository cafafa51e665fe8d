"""Choosing a picture of somebody to follow, and dragging the joints that were found in it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from PIL import Image

from generation.engine.guides.poses import LONG, SHORT
from generation.engine.guides.skeleton import from_json, to_json
from generation.forms.references import StartForm
from generation.models import Guide
from generation.models.reference import keep_reference
from imagecreator.queue.changes import enqueue

if TYPE_CHECKING:
    from generation.engine.jobs import GuideKind

LONGEST = 2048  # pixels of the longer side, to look at; more where the people in a panorama would be small otherwise


class GuidePictureForm(StartForm):
    """A frame, a painted picture or a file in which somebody is seen; any shape will do."""

    def __init__(self, *args: Any, kind: GuideKind, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._kind = kind

    def look(self) -> Guide:
        """Keep the picture, and have a worker look at it. ExpectedError("reference_lost") where its file is gone."""
        image, source = self._chosen()
        picture = keep_reference(self._owner, _small(image), source)
        guide = Guide.objects.create(owner=self._owner, guide_kind=self._kind, picture=picture)
        enqueue(guide)
        Guide.objects.keep_few_of(self._owner)
        return guide


def _small(image: Image.Image) -> Image.Image:
    """With all the pixels in which people are looked for, and no more than somebody can see."""
    longer = max(image.size)
    share = max(LONGEST / longer, min(SHORT / min(image.size), LONG / longer))
    if share >= 1:
        return image
    width, height = (max(1, round(side * share)) for side in image.size)
    return image.resize((width, height), Image.Resampling.LANCZOS)


class PoseForm(forms.Form):
    """The joints of everybody in a picture, as JSON: see ``skeleton.from_json``."""

    poses = forms.CharField(widget=forms.HiddenInput, strip=False)

    def __init__(self, *args: Any, guide: Guide, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial["poses"] = json.dumps(guide.poses, separators=(",", ":"))

    def clean_poses(self) -> list[object]:
        """Refuse what cannot be drawn."""
        try:
            poses: list[object] = json.loads(to_json(from_json(self.cleaned_data["poses"])))
        except ValueError as problem:
            raise ValidationError(
                _("This is no pose that can be followed: there must be 1 to 20 people with a joint each. Reset it."),
                code="bad_poses",
            ) from problem
        return poses
