"""Requests: the list, the page that follows one, its pictures, and applying one of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from channels_app.models.access import is_moderator
from channels_app.views.lookup import get_own, get_visible
from generation.looks import one, seen
from generation.loras.worn import name_loras
from generation.models import GeneratedImage, GenerationRequest, Modifier, Style
from generation.quota import try_again
from generation.views.again import again
from generation.views.guides import followed
from imagecreator.queue.changes import cancel
from imagecreator.serving import serve

if TYPE_CHECKING:
    from uuid import UUID

    from django.http import HttpRequest
    from django.http.response import HttpResponseBase

    from channels_app.views.lookup import SignedInRequest

PER_PAGE = 20
_SUBJECT = ("video__channel", "channel", "owner")


@login_required
@require_safe
def requests(request: SignedInRequest) -> HttpResponse:
    """One's own requests, newest first."""
    rows = (
        GenerationRequest.objects.owned_by(request.user)
        .select_related(*_SUBJECT, "video__thumbnail")
        .prefetch_related("images")
    )
    page = Paginator(rows, PER_PAGE).get_page(request.GET.get("page"))
    loras = name_loras(page)
    rows_named = [(row, loras[row.pk]) for row in page]
    return render(request, "generation/requests.html", {"requests": page, "rows": rows_named})


@login_required
@require_safe
def request_page(request: SignedInRequest, pk: UUID) -> HttpResponse:
    """Follow one request."""
    row = get_visible(GenerationRequest, request, pk, *_SUBJECT)
    return render(request, "generation/request.html", _followed(request, row) | _styled(row) | {"led": followed(row)})


@login_required
@require_safe
def request_status(request: SignedInRequest, pk: UUID) -> HttpResponse:
    """How far it is, or what came out, as a part of the page."""
    row = get_visible(GenerationRequest, request, pk, *_SUBJECT)
    return render(request, "generation/_request.html", _followed(request, row))


def _followed(request: SignedInRequest, row: GenerationRequest) -> dict[str, object]:
    """What the page and its living part show. Only its owner sees what is being painted."""
    may_edit = row.owner == request.user
    there = seen(row.pk, row.count) if may_edit and row.is_live else {}
    looks = [(number, number in there) for number in range(row.count)]
    return {"request_row": row, "may_edit": may_edit, "looks": looks}


def _styled(row: GenerationRequest) -> dict[str, object]:
    """The style, the modifiers and the LoRAs as people know them; what has been deleted goes by its key."""
    styles = {style.key: style.name for style in Style.objects.filter(key=row.style_key)}
    modifiers = {modifier.key: modifier.name for modifier in Modifier.objects.filter(key__in=row.modifier_keys)}
    return {
        "loras": name_loras([row])[row.pk],
        "style": styles.get(row.style_key, row.style_key),
        "modifiers": [modifiers.get(key, key) for key in row.modifier_keys],
    }


@login_required
@require_safe
def request_look(request: SignedInRequest, pk: UUID, number: int) -> HttpResponse:
    """How a picture looks that is being painted, for its owner alone; 404 when there is nothing to see (any more)."""
    row = get_own(GenerationRequest, request, pk)
    look = one(row.pk, number) if row.is_live else None
    if look is None:
        raise Http404
    return HttpResponse(look, content_type="image/jpeg", headers={"Cache-Control": "no-store"})


@login_required
@require_POST
def request_cancel(request: SignedInRequest, pk: UUID) -> HttpResponse:
    """Stop it: the owner may, and a moderator."""
    row = get_visible(GenerationRequest, request, pk)
    if row.owner != request.user and not is_moderator(request.user):
        raise PermissionDenied
    if not cancel(row):
        messages.info(request, _("The request had ended already."))
    return redirect(row)


@login_required
@require_POST
def request_retry(request: SignedInRequest, pk: UUID) -> HttpResponse:
    """Try a failed or cancelled request again, with the same prompt and seed."""
    row = get_own(GenerationRequest, request, pk)
    return again(request, row, try_again, _("Only a failed or cancelled request can be tried again."))


@login_required
@require_POST
def image_use(request: SignedInRequest, pk: UUID) -> HttpResponse:
    """Make a painted picture the thumbnail, avatar or cover it was painted for."""
    image = get_own(GeneratedImage, request, pk, "request__video__channel__owner", "request__channel__owner")
    if not image.request.has_place:
        raise PermissionDenied
    try:
        image.apply()
    except ValueError as problem:
        raise PermissionDenied from problem
    messages.success(request, _("The picture is in its place."))
    return redirect(image.request.subject)


@require_safe
def image_file(request: HttpRequest, pk: UUID) -> HttpResponseBase:
    """A painted picture; its file carries the recipe. What only moderators may see stays in no browser."""
    image = get_visible(GeneratedImage, request, pk, "request")
    keep = image.status == GeneratedImage.Status.OK
    return serve(request, image.file, "image/png", filename=image.download_name, keep=keep)
