"""Previews of styles: for everybody who is logged in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib.auth.decorators import login_required
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_safe

from generation.models import Style
from imagecreator.serving import serve

if TYPE_CHECKING:
    from django.http.response import HttpResponseBase

    from channels_app.views.lookup import SignedInRequest


@login_required
@require_safe
def style_file(request: SignedInRequest, key: str) -> HttpResponseBase:
    """What a style does, as a picture; 404 while it has none."""
    return serve(request, get_object_or_404(Style, key=key).file, "image/jpeg")
