"""What of a person's own was held or refused, why, and what they can do about it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.db.models import Q
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from channels_app.models import Picture, Profile
from channels_app.views.lookup import get_own
from generation import moderation
from generation.forms.appeal import AppealForm
from generation.models import Flag, Reference
from generation.moderation import TooLate

if TYPE_CHECKING:
    from uuid import UUID

    from django.http import HttpResponse

    from channels_app.views.lookup import SignedInRequest

PER_PAGE = 20


@login_required
@require_safe
def held(request: SignedInRequest) -> HttpResponse:
    """All of it, newest first. Who reported something is nobody's business, and what was only noted neither."""
    rows = Flag.objects.owned_by(request.user).exclude(state=Flag.State.NOTED).select_related("rule")
    rows = rows.exclude(Q(kind=Flag.Kind.REPORT, hidden=False, appeal="") & ~Q(state=Flag.State.REJECTED))
    page = Paginator(rows.order_by("-created_at"), PER_PAGE).get_page(request.GET.get("page"))
    return render(request, "generation/held.html", {"flags": page})


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def held_one(request: SignedInRequest, pk: UUID) -> HttpResponse:
    """One of them, with a form to object where that may be."""
    flag = get_own(Flag, request, pk)
    form = AppealForm(flag, request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            moderation.appeal(flag, request.user, form.cleaned_data["text"])
            messages.success(request, _("Your words were sent to the moderators."))
        except TooLate:
            messages.info(request, _("There is nothing to object to, or you have done so already."))
        return redirect("held_one", pk=flag.pk)
    thing = flag.thing
    context = {"flag": flag, "form": form, "of_reference": isinstance(thing, Reference)}
    place = thing.place if isinstance(thing, Picture) else getattr(thing, "request", thing)
    return render(request, "generation/held_one.html", {**context, "thing_url": _page_of(place)})


def _page_of(place: object) -> str:
    """Where its owner sees it, if there is such a page."""
    if isinstance(place, Profile):
        return reverse("profile")
    return place.get_absolute_url() if hasattr(place, "get_absolute_url") else ""
