"""Poses and faces to follow: choosing a picture, following who looks for people in it, and dragging their joints."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import Http404
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from django_htmx.http import HttpResponseClientRefresh

from channels_app.views.lookup import get_own, sent
from generation.figures import COLOURS, LIMBS, shown
from generation.forms.guides import GuidePictureForm, PoseForm
from generation.forms.guiding import KINDS, why_not
from generation.models import Guide
from generation.models.subject import label_of
from generation.targets import TARGETS
from generation.views.kept import keep, leaves
from generation.views.profiles import profile_in_use
from generation.views.subjects import THUMBNAIL, address, own_subject
from imagecreator.errors import ExpectedError
from imagecreator.queue.changes import cancel, retry
from imagecreator.queue.states import State
from imagecreator.uploads import was_too_large

if TYPE_CHECKING:
    from uuid import UUID

    from django.http import HttpResponse

    from channels_app.models import Channel, Video
    from channels_app.views.lookup import SignedInRequest
    from generation.figures import Shown
    from generation.forms.guiding import GuidingForm, Lead
    from generation.models import GenerationRequest


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def choose_guide(request: SignedInRequest, pk: UUID, kind: str, target: str = THUMBNAIL) -> HttpResponse:
    """Choose a picture of somebody to follow. What was typed on the page for new pictures goes along."""
    subject = own_subject(request, pk, target)
    found = next((known for known in KINDS if known == kind), None)
    if found is None:
        raise Http404
    if leaves(request):
        return redirect(keep(request, request.path))
    problem = why_not(profile_in_use(), found)
    form = GuidePictureForm(*sent(request), subject=subject, target=TARGETS[target], kind=found)
    if request.method == "POST" and not problem:
        if was_too_large(request):
            form.add_error("picture", _refused(ExpectedError("image_too_many_bytes", limit_mb=settings.PICTURE_MAX_MB)))
        elif form.is_valid():
            try:
                guide = form.look()
            except ExpectedError as refusal:
                form.add_error(None, _refused(refusal))
            else:
                return redirect(_with_kept(request, address("guide", subject, target, guide.pk)))
    context = _page(request, subject, target) | {"form": form, "kind": kind, "problem": problem}
    return render(request, "generation/choose_guide.html", context)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def guide_page(request: SignedInRequest, pk: UUID, guide: UUID, target: str = THUMBNAIL) -> HttpResponse:
    """Follow the search, look at what was found, drag the joints, and take it to the form."""
    subject = own_subject(request, pk, target)
    row = get_own(Guide, request, guide, "picture", "drawing")
    if leaves(request):
        return redirect(keep(request, request.path))
    form = PoseForm(request.POST if request.method == "POST" and row.poses else None, guide=row)
    if request.method == "POST" and row.state == State.DONE:
        if not row.poses:
            return redirect(_with_kept(request, address("generate", subject, target), row))
        if form.is_valid():
            kept_row = row.with_poses(form.cleaned_data["poses"])
            return redirect(_with_kept(request, address("generate", subject, target), kept_row))
    context = _page(request, subject, target) | {
        "form": form,
        "row": row,
        "shown": shown(row),
        "found": json.dumps(row.found),
        "limbs": json.dumps({"ends": LIMBS, "colours": COLOURS}),
        "here": request.get_full_path(),
        "again": _with_kept(request, address("choose_guide", subject, target, row.guide_kind)),
    }
    return render(request, "generation/guide.html", context)


@login_required
@require_safe
def guide_status(request: SignedInRequest, pk: UUID) -> HttpResponse:
    """How far the search is, as a part of the page; the page reloads itself at the end."""
    row = get_own(Guide, request, pk)
    if request.htmx and not row.is_live:  # type: ignore[attr-defined]
        return HttpResponseClientRefresh()
    return render(request, "generation/_guide.html", {"row": row, "here": _next(request)})


@login_required
@require_POST
def guide_cancel(request: SignedInRequest, pk: UUID) -> HttpResponse:
    """Stop looking."""
    row = get_own(Guide, request, pk)
    if not cancel(row):
        messages.info(request, _("It had ended already."))
    return redirect(_next(request))


@login_required
@require_POST
def guide_retry(request: SignedInRequest, pk: UUID) -> HttpResponse:
    """Look again."""
    row = get_own(Guide, request, pk)
    if not (row.can_be_retried and retry(row)):
        messages.info(request, _("Only a search that failed or was cancelled can be tried again."))
    return redirect(_next(request))


def leading(form: GuidingForm, subject: Video | Channel, target: str) -> list[tuple[Lead, Shown | None, str, str]]:
    """Every kind of guide on the page for new pictures: what is followed, and the addresses to change and choose it."""
    return [
        (
            lead,
            shown(lead.guide) if lead.guide else None,
            address("guide", subject, target, lead.guide.pk) if lead.guide else "",
            address("choose_guide", subject, target, lead.kind),
        )
        for lead in form.leads
    ]


def followed(row: GenerationRequest) -> list[dict[str, Any]]:
    """What a request followed, for its owner to look at."""
    uses = row.guides.select_related("guide__picture", "guide__drawing").order_by("-guide__guide_kind")
    return [{"use": use, "shown": shown(use.guide, use.poses)} for use in uses]


def _with_kept(request: SignedInRequest, page: str, guide: Guide | None = None) -> str:
    """The address of ``page`` with what was typed on the page for new pictures, and the guide that was chosen now."""
    named = {"kept": request.GET.get("kept")} | ({guide.guide_kind: guide.pk} if guide else {})
    query = urlencode({name: value for name, value in named.items() if value})
    return f"{page}?{query}{'#guides' if guide else ''}" if query else page


def _page(request: SignedInRequest, subject: Video | Channel, target: str) -> dict[str, Any]:
    return {
        "subject": subject,
        "target": TARGETS[target],
        "target_label": label_of(target),
        "back": _with_kept(request, address("generate", subject, target)) + "#guides",
    }


def _next(request: SignedInRequest) -> str:
    """The page of this site that the address names."""
    named = request.GET.get("next", "")
    return named if url_has_allowed_host_and_scheme(named, None) else "/"


def _refused(refusal: ExpectedError) -> ValidationError:
    return ValidationError(str(refusal.problem), code=refusal.code)
