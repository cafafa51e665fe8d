"""A painted picture on a page of its own: large, with how it was made."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.shortcuts import render
from django.views.decorators.http import require_safe

from channels_app.views.lookup import get_visible
from generation.engine import EngineError, load_profile
from generation.models import GeneratedImage
from generation.recipe import as_text
from generation.views.guides import followed
from imagecreator import VERSION

if TYPE_CHECKING:
    from uuid import UUID

    from django.http import HttpResponse

    from channels_app.views.lookup import SignedInRequest


@login_required
@require_safe
def image_page(request: SignedInRequest, pk: UUID) -> HttpResponse:
    """Look at a picture and its recipe."""
    image = get_visible(GeneratedImage, request, pk, "request__video__channel", "request__channel", "request__owner")
    recipe = image.recipe()
    context = {
        "image": image,
        "recipe": recipe,
        "recipe_text": as_text(recipe, VERSION),
        "model": _title(recipe.model),
        "led": followed(image.request),
        "may_edit": image.request.owner == request.user,
    }
    return render(request, "generation/image.html", context)


def _title(profile: str) -> str:
    """What people call the profile; its name where it is gone."""
    try:
        return load_profile(profile, models_dir=settings.MODELS_DIR).title
    except EngineError:
        return profile
