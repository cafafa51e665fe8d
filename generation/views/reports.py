"""A published picture is reported to the moderators, by whoever sees it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from channels_app.models import Picture, Profile
from generation.forms.report import ReportForm
from generation.reports import report
from imagecreator.errors import ExpectedError

if TYPE_CHECKING:
    from uuid import UUID

    from django.http import HttpRequest, HttpResponse


@require_http_methods(["GET", "HEAD", "POST"])
def picture_report(request: HttpRequest, pk: UUID) -> HttpResponse:
    """The form, and thanks. Published pictures of others alone: what is one's own is deleted, not reported."""
    rows = Picture.objects.published().exclude(owner=request.user.pk)
    picture = get_object_or_404(rows.select_related("owner", "video__channel", "channel", "profile"), pk=pk)
    place = picture.place
    place_url = "" if isinstance(place, Profile) else place.get_absolute_url()
    form = ReportForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            new = report(picture, request, form.cleaned_data["category"], form.cleaned_data["words"])
        except ExpectedError as refusal:
            form.add_error(None, ValidationError(str(refusal.problem), code=refusal.code))
        else:
            said = (
                _("Thank you. The moderators look at it.") if new else _("You have reported this already. Thank you.")
            )
            messages.success(request, said)
            return redirect(place_url or "home")
    return render(request, "generation/report.html", {"form": form, "picture": picture, "place_url": place_url})
