"""Pictures to begin with: choosing one, making it fit, marking a part of it, and looking at it again."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlencode

from django.contrib.auth.decorators import login_required
from django.http import Http404
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from channels_app.views.lookup import get_own, get_visible, sent
from generation.forms.marking import MaskForm
from generation.forms.placing import FitForm, PartForm
from generation.forms.references import StartForm
from generation.models import Reference
from generation.targets import TARGETS
from generation.views.ids import id_in
from generation.views.kept import keep, leaves, with_kept
from generation.views.picking import picked, tell
from generation.views.subjects import THUMBNAIL, about, address, own_subject
from generation.views.waiting import go_on
from imagecreator.serving import serve

if TYPE_CHECKING:
    from uuid import UUID

    from django.http import HttpRequest, HttpResponse
    from django.http.response import HttpResponseBase

    from channels_app.models import Channel, Video
    from channels_app.views.lookup import SignedInRequest
    from generation.models import GenerationRequest
    from generation.targets import Target


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def choose_start(request: SignedInRequest, pk: UUID, target: str = THUMBNAIL) -> HttpResponse:
    """Choose a picture to begin with. What was typed on the page for new pictures goes along."""
    subject = own_subject(request, pk, target)
    if leaves(request):
        return redirect(keep(request, request.path))
    form = StartForm(*sent(request), subject=subject, target=TARGETS[target])
    if start := picked(request, form, form.save):
        tell(request, form.note)
        if start.size == _size(TARGETS[target]):
            words = form.request if _is_for(form.request, subject, target) else None
            return go_on(request, start, _form(request, subject, target, start=start, **{"from": words}))
        return go_on(request, start, with_kept(request, address("fit_start", subject, target, start.pk)))
    choice = {
        "title": _("Begin with a picture"),
        "text": _(
            "The new pictures stay near it, or only a part of it is painted anew. One of another shape than "
            "%(width)s×%(height)s is made to fit in the next step."
        )
        % {"width": TARGETS[target].width, "height": TARGETS[target].height},
        "take": _("Begin with this file"),
    }
    context = about(subject, target, form, back=_form(request, subject, target), choice=choice)
    return render(request, "generation/choose_picture.html", context)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def fit_start(request: SignedInRequest, pk: UUID, start: UUID, target: str = THUMBNAIL) -> HttpResponse:
    """Say which part of a picture of another shape is kept, or that all of it is."""
    subject = own_subject(request, pk, target)
    source = _own_picture(request, start)
    form = FitForm(*sent(request), source=source, target=TARGETS[target])
    if fitted := picked(request, form, form.save, None):
        return redirect(_form(request, subject, target, start=fitted[0], mask=fitted[1]))
    context = about(
        subject,
        target,
        form,
        source=source,
        back=_form(request, subject, target),
        again=with_kept(request, address("choose_start", subject, target)),
        cuts_sides=_is_wider(source, TARGETS[target]),
    )
    return render(request, "generation/fit_start.html", context)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def fit_touch_up(request: SignedInRequest, pk: UUID, start: UUID, target: str = THUMBNAIL) -> HttpResponse:
    """Say which part of a picture of another shape is touched up. What was typed goes along."""
    subject = own_subject(request, pk, target)
    source = _own_picture(request, start)
    if leaves(request):
        return redirect(keep(request, request.path))
    page = address("touch_up", subject, target)
    form = PartForm(*sent(request), source=source, target=TARGETS[target])
    if part := picked(request, form, form.save, None):
        return redirect(with_kept(request, page, start=part, whole=source))
    context = about(
        subject,
        target,
        form,
        source=source,
        back=with_kept(request, page, start=source),
        again=with_kept(request, address("choose_touch_up", subject, target)),
        cuts_sides=_is_wider(source, TARGETS[target]),
    )
    return render(request, "generation/fit_start.html", context)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def mark_part(request: SignedInRequest, pk: UUID, start: UUID, target: str = THUMBNAIL) -> HttpResponse:
    """Mark the part of a picture that shall be painted anew; one that was marked before is there to be changed."""
    subject = own_subject(request, pk, target)
    base = _own_picture(request, start)
    if base.size != _size(TARGETS[target]):
        raise Http404
    before = _mask_for(base, request.POST.get("mask") if leaves(request) else request.GET.get("mask"))
    if leaves(request):
        return redirect(_with_mask(keep(request, request.path), before))
    form = MaskForm(*sent(request), base=base)
    if mask := picked(request, form, form.save, "mask"):
        return go_on(request, mask, _form(request, subject, target, start=base, mask=mask))
    back = _form(request, subject, target, start=base, mask=before)
    brush = {"usual": base.height // 9, "most": base.height // 2}
    context = about(subject, target, form, back=back, base=base, before=before, brush=brush)
    return render(request, "generation/mark_part.html", context)


@login_required
@require_safe
def reference_file(request: HttpRequest, pk: UUID) -> HttpResponseBase:
    """The picture or mask itself."""
    row = get_visible(Reference, request, pk)
    return serve(request, row.file, "image/png", keep=row.is_shown)


def _own_picture(request: SignedInRequest, key: UUID) -> Reference:
    """The person's own picture, not a mask. Raises ``Http404`` or ``PermissionDenied``."""
    row = get_own(Reference, request, key)
    if row.kind != Reference.Kind.PICTURE:
        raise Http404
    return row


def _is_wider(row: Reference, target: Target) -> bool:
    """Whether it is the sides that do not fit."""
    return row.width * target.height > row.height * target.width


def _is_for(row: GenerationRequest | None, subject: Video | Channel, target: str) -> bool:
    """Whether a request is for the same place, so that its words may stand in the form."""
    return row is not None and row.target == target and row.subject == subject


def _mask_for(base: Reference, key: str | None) -> Reference | None:
    masks = Reference.objects.shown().filter(base=base, owner=base.owner)
    return masks.filter(pk=id_in(key)).first()


def _with_mask(page: str, mask: Reference | None) -> str:
    return f"{page}{'&' if '?' in page else '?'}{urlencode({'mask': mask.pk})}" if mask else page


def _form(
    request: SignedInRequest, subject: Video | Channel, target: str, **chosen: Reference | GenerationRequest | None
) -> str:
    """The part of the page for new pictures that says what they begin with."""
    return with_kept(request, address("generate", subject, target), **chosen) + "#begin"


def _size(target: Target) -> tuple[int, int]:
    return target.width, target.height
