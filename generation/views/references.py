"""Pictures to begin with: choosing one, marking a part of it, and looking at it again."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlencode

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from channels_app.views.lookup import get_own, get_visible, sent
from generation.forms.references import MaskForm, StartForm
from generation.models import Reference
from generation.models.subject import label_of
from generation.targets import TARGETS
from generation.views.kept import keep
from generation.views.subjects import THUMBNAIL, address, own_subject
from imagecreator.errors import ExpectedError
from imagecreator.serving import serve
from imagecreator.uploads import was_too_large

if TYPE_CHECKING:
    from uuid import UUID

    from django.http import HttpRequest, HttpResponse
    from django.http.response import HttpResponseBase

    from channels_app.models import Channel, Video
    from channels_app.views.lookup import SignedInRequest

OF_START = ("start", "mask", "strength")  # what another picture makes meaningless


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def choose_start(request: SignedInRequest, pk: UUID, target: str = THUMBNAIL) -> HttpResponse:
    """Choose a picture to begin with. What was typed on the page for new pictures goes along."""
    subject = own_subject(request, pk, target)
    if "typed" in request.POST:
        return redirect(keep(request, request.path, without=OF_START))
    form = StartForm(*sent(request), subject=subject, target=TARGETS[target])
    if request.method == "POST":
        if was_too_large(request):
            form.add_error("picture", _too_large())
        elif form.is_valid():
            start, mask = form.save()
            return redirect(_back(request, subject, target, start, mask))
    context = {"form": form, "back": _back(request, subject, target)} | _place(subject, target)
    return render(request, "generation/choose_start.html", context)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def mark_part(request: SignedInRequest, pk: UUID, start: UUID, target: str = THUMBNAIL) -> HttpResponse:
    """Mark the part of a picture that shall be painted anew."""
    subject = own_subject(request, pk, target)
    base = get_own(Reference, request, start)
    if "typed" in request.POST:
        return redirect(keep(request, request.path, without=("mask", "strength")))
    form = MaskForm(*sent(request), base=base)
    if request.method == "POST":
        if was_too_large(request):
            form.add_error("mask", _too_large())
        elif form.is_valid():
            return redirect(_back(request, subject, target, base, form.save()))
    context = {"form": form, "base": base, "back": _back(request, subject, target, base)} | _place(subject, target)
    return render(request, "generation/mark_part.html", context)


@login_required
@require_safe
def reference_file(request: HttpRequest, pk: UUID) -> HttpResponseBase:
    """The picture or mask itself."""
    return serve(request, get_visible(Reference, request, pk).file, "image/png")


def _back(
    request: SignedInRequest,
    subject: Video | Channel,
    target: str,
    start: Reference | None = None,
    mask: Reference | None = None,
) -> str:
    """The page for new pictures, with what was typed there and what was chosen now."""
    named = {"kept": request.GET.get("kept"), "start": start and start.pk, "mask": mask and mask.pk}
    query = urlencode({name: value for name, value in named.items() if value})
    page = address("generate", subject, target)
    return f"{page}?{query}" if query else page


def _place(subject: Video | Channel, target: str) -> dict[str, object]:
    return {"subject": subject, "target": TARGETS[target], "target_label": label_of(target)}


def _too_large() -> ValidationError:
    problem = ExpectedError("image_too_many_bytes", limit_mb=settings.PICTURE_MAX_MB)
    return ValidationError(str(problem.problem), code=problem.code)
