"""Recipes: read from a picture that somebody brings, or taken from a painted one, to begin the form with."""

from __future__ import annotations

from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from generation.forms import filling
from generation.forms.filling import begun_of, followed_by
from generation.forms.finishing import finished_of
from generation.forms.recipe import RecipeForm
from generation.models import GeneratedImage, GenerationRequest
from generation.models.subject import subject_field
from generation.recipe import recipe_from
from generation.targets import TARGETS
from generation.views.ids import id_in
from generation.views.kept import keep
from generation.views.shelf import put, take
from generation.views.subjects import THUMBNAIL, address, own_subject
from imagecreator.errors import ExpectedError
from imagecreator.uploads import was_too_large

if TYPE_CHECKING:
    from uuid import UUID

    from django.http import HttpResponse

    from channels_app.models import Channel, Video
    from channels_app.views.lookup import SignedInRequest
    from generation.engine import Profile
    from generation.forms.filling import Filling
    from generation.recipe import Recipe

KIND = "recipes"  # of what the session keeps


@login_required
@require_POST
def take_recipe(request: SignedInRequest, pk: UUID, target: str = THUMBNAIL) -> HttpResponse:
    """Take the recipe of a picture for a video's thumbnail, or for one of a channel's pictures."""
    return _take(request, address("generate", own_subject(request, pk, target), target))


def _take(request: SignedInRequest, page: str) -> HttpResponse:
    """Keep the recipe, not the picture, and go to the form; or go there and say what is wrong."""
    if was_too_large(request):
        messages.error(request, str(ExpectedError("image_too_many_bytes", limit_mb=settings.PICTURE_MAX_MB).problem))
        return redirect(keep(request, page))
    form = RecipeForm(request.POST, request.FILES)
    if not form.is_valid():
        for problems in form.errors.values():
            messages.warning(request, str(problems[0]))
        return redirect(keep(request, page))
    return redirect(f"{page}?recipe={put(request, KIND, asdict(form.cleaned_data['picture']))}")


def filled(request: SignedInRequest, subject: Video | Channel, target: str, profile: Profile | None) -> Filling | None:
    """What the form begins with where the address names it, else None.

    ``?recipe=`` a recipe that was brought a while ago; ``?again=`` and ``?vary=`` a painted picture of this person;
    ``?from=`` an earlier request of this person for the same place.
    """
    named = request.GET
    size = TARGETS[target]
    if "recipe" in named:
        recipe = _brought(request, named["recipe"])
        return filling.of_recipe(recipe, profile, size, request.user) if recipe else None
    if image := own_image(request, named.get("again")):
        return _begun(image, filling.again(image.recipe(), profile, size, request.user))
    if image := own_image(request, named.get("vary")):
        count = image.request.count
        return _begun(image, filling.vary(image.recipe(), profile, size, request.user, count))
    before = GenerationRequest.objects.filter(pk=id_in(named.get("from")), owner=request.user)
    asked = before.filter(target=target, **subject_field(subject)).first()
    return filling.of_request(asked, profile) if asked else None


def _brought(request: SignedInRequest, key: str) -> Recipe | None:
    kept: dict[str, Any] | None = take(request, KIND, key)
    return recipe_from(kept["source"], kept) if kept else None


def _begun(image: GeneratedImage, filling: Filling) -> Filling:
    """With the picture that it began with, which its file only names."""
    return replace(
        filling,
        initial=filling.initial | begun_of(image.request) | followed_by(image.request) | finished_of(image.request),
    )


def own_image(request: SignedInRequest, key: str | None) -> GeneratedImage | None:
    """A picture that its owner may see: not one that is held, nor somebody else's, whoever asks."""
    own = GeneratedImage.objects.owned_by(request.user).filter(status=GeneratedImage.Status.OK)
    return own.select_related("request").filter(pk=id_in(key)).first()
