"""Changing the site's language, which takes away nothing that was typed."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from django.conf import settings
from django.views import i18n

from channels_app.models import Profile
from generation.views.kept import keep

if TYPE_CHECKING:
    from django.http import HttpRequest
    from django.http.response import HttpResponseBase

    from channels_app.views.lookup import SignedInRequest


def set_language(request: HttpRequest) -> HttpResponseBase:
    """Remember the language in the browser, as Django does, and lead back to the page with what its form held."""
    answer = i18n.set_language(request)
    if request.user.is_authenticated and (chosen := request.POST.get("language", "")) in dict(settings.LANGUAGES):
        Profile.objects.filter(user=request.user).update(language=chosen)  # for what is mailed
    if "Location" in answer and request.user.is_authenticated:
        answer["Location"] = keep(cast("SignedInRequest", request), answer["Location"])
    return answer
