"""Poses and faces to follow: choosing a picture, following who looks for people in it, and dragging their joints."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from django_htmx.http import HttpResponseClientRefresh

from channels_app.views.lookup import get_own, sent
from generation.figures import COLOURS, LIMBS, shown
from generation.forms.guides import GuidePictureForm, PoseForm
from generation.forms.guiding import KINDS, why_not
from generation.models import Guide
from generation.models.profiles import profile_in_use
from generation.targets import TARGETS
from generation.views.kept import keep, leaves, with_kept
from generation.views.picking import picked
from generation.views.subjects import THUMBNAIL, about, address, own_subject
from generation.views.waiting import go_on
from imagecreator.queue.changes import cancel, retry
from imagecreator.queue.states import State

if TYPE_CHECKING:
    from uuid import UUID

    from django.http import HttpResponse
    from django_stubs_ext import StrOrPromise

    from channels_app.models import Channel, Video
    from channels_app.views.lookup import SignedInRequest
    from generation.engine.jobs import GuideKind
    from generation.figures import Shown
    from generation.forms.guiding import GuidingForm, Lead
    from generation.models import GenerationRequest

CHOICES: dict[GuideKind, dict[str, StrOrPromise]] = {  # on the page where a picture is chosen
    "pose": {
        "title": gettext_lazy("Follow a pose"),
        "text": gettext_lazy(
            "Choose a picture of people, seen whole if you can, or a skeleton in OpenPose's colours: the new pictures "
            "take over how they stand."
        ),
        "take": gettext_lazy("Follow this file"),
    },
    "face": {
        "title": gettext_lazy("Follow a face"),
        "text": gettext_lazy(
            "Choose a picture with a face, or several, that look at you: the new pictures take over where they are and "
            "how they look."
        ),
        "take": gettext_lazy("Follow this file"),
    },
}


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
    if not problem and (guide := picked(request, form, form.look)):
        return go_on(request, guide.picture, with_kept(request, address("guide", subject, target, guide.pk)))
    back = _form(request, subject, target)
    context = about(subject, target, form, back=back, choice=CHOICES[found], problem=problem)
    return render(request, "generation/choose_picture.html", context)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def guide_page(request: SignedInRequest, pk: UUID, guide: UUID, target: str = THUMBNAIL) -> HttpResponse:
    """Follow the search, look at what was found, drag the joints, and take it to the form."""
    subject = own_subject(request, pk, target)
    row = get_own(Guide, request, guide, "picture", "drawing")
    if leaves(request):
        return redirect(keep(request, request.path))
    if not row.picture.is_shown:
        return go_on(request, row.picture, request.get_full_path())
    form = PoseForm(request.POST if request.method == "POST" and row.poses else None, guide=row)
    if request.method == "POST" and row.state == State.DONE:
        if not row.poses:
            return redirect(_form(request, subject, target, row))
        if form.is_valid():
            try:
                kept_row = row.with_poses(form.cleaned_data["poses"])
            except Guide.DoesNotExist as error:
                raise Http404 from error
            return redirect(_form(request, subject, target, kept_row))
    context = about(
        subject,
        target,
        form,
        row=row,
        shown=shown(row),
        found=json.dumps(row.found),
        limbs=json.dumps({"ends": LIMBS, "colours": COLOURS}),
        here=request.get_full_path(),
        back=_form(request, subject, target),
        again=with_kept(request, address("choose_guide", subject, target, row.guide_kind)),
    )
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


def _form(request: SignedInRequest, subject: Video | Channel, target: str, guide: Guide | None = None) -> str:
    """The part of the page for new pictures that says whom to follow, with the guide that was chosen now."""
    chosen = {str(guide.guide_kind): guide} if guide else {}
    return with_kept(request, address("generate", subject, target), **chosen) + "#guides"


def _next(request: SignedInRequest) -> str:
    """The page of this site that the address names."""
    named = request.GET.get("next", "")
    return named if url_has_allowed_host_and_scheme(named, None) else "/"
