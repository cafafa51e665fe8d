"""Bringing a recipe: a picture is read for what its file says, and not kept."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from generation.recipe import read
from imagecreator.errors import ExpectedError
from imagecreator.uploads import MEGABYTE

if TYPE_CHECKING:
    from generation.recipe import Recipe


class RecipeForm(forms.Form):
    """A picture; ``cleaned_data["picture"]`` is its recipe. The picture itself is not decoded."""

    picture = forms.FileField(label=_("Picture"), allow_empty_file=True, widget=forms.FileInput)

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        self.fields["picture"].widget.attrs |= {
            "accept": "image/png,image/jpeg,image/webp",
            "data-max-bytes": settings.PICTURE_MAX_MB * MEGABYTE,
        }

    def clean_picture(self) -> Recipe:
        """Read the recipe; ``empty_file``, ``image_too_many_bytes`` or ``no_recipe`` where there is none."""
        file = self.cleaned_data["picture"]
        recipe = None
        problem = ExpectedError("no_recipe")
        if file.size == 0:
            problem = ExpectedError("empty_file")
        elif file.size > settings.PICTURE_MAX_MB * MEGABYTE:
            problem = ExpectedError("image_too_many_bytes", limit_mb=settings.PICTURE_MAX_MB)
        else:
            recipe = read(file)
        if recipe is None:
            raise ValidationError(str(problem.problem), code=problem.code)
        return recipe
