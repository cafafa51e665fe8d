"""LoRAs: the list of what one may paint with, adding one, and what the file of one tells."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from generation.forms.loras import LoraForm
from generation.loras.fit import Fit, fit_of, fits_of
from generation.models import Lora
from generation.views.lora_imports import shown_imports
from imagecreator.errors import ExpectedError
from imagecreator.uploads import LORA_PERMISSION, was_too_large

if TYPE_CHECKING:
    from django.contrib.auth.models import User
    from django.http import HttpResponse

    from channels_app.views.lookup import SignedInRequest


@dataclass(frozen=True)
class Shown:
    """A LoRA in the list, and whether it fits the model that paints here."""

    lora: Lora
    fit: Fit


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def loras(request: SignedInRequest) -> HttpResponse:
    """What one may paint with, what is on its way, and a form to add one for those who may."""
    may_add = request.user.has_perm(LORA_PERMISSION)
    form = LoraForm() if may_add else None
    status = 200
    if request.method == "POST":
        if not may_add:
            raise PermissionDenied
        form = LoraForm(request.POST, request.FILES, too_large=was_too_large(request))
        status = 413 if form.too_large else 200
        if form.is_valid() and (answer := _add(request, form)):
            return answer
    context = {"loras": _shown(request.user), "form": form} | shown_imports(request.user)
    return render(request, "loras/loras.html", context, status=status)


def _shown(user: User) -> list[Shown]:
    rows = Lora.objects.visible_to(user).select_related("added_by__profile")
    return [Shown(lora, fit) for lora, fit in fits_of(rows)]


@login_required
@require_safe
def lora_imports(request: SignedInRequest) -> HttpResponse:
    """How far one's imports are, as a part of the list's page; with the list anew when the last has ended.

    The page is not loaded anew: somebody may be filling in the form, or sending the next file.
    """
    shown = shown_imports(request.user)
    if not shown["live"]:
        shown |= {"loras": _shown(request.user), "form": request.user.has_perm(LORA_PERMISSION), "anew": True}
    return render(request, "loras/_imports.html", shown)


def _add(request: SignedInRequest, form: LoraForm) -> HttpResponse | None:
    """Go to the import's page; None where it is refused, and the form says why."""
    try:
        row = form.save_for(request.user)
    except ExpectedError as refusal:
        form.add_error(None, ValidationError(str(refusal.problem), code=refusal.code))
        return None
    if row is None:
        raise Http404
    return redirect(row)


@login_required
@require_safe
def lora(request: SignedInRequest, key: str) -> HttpResponse:
    """All that is known of one."""
    rows = Lora.objects.visible_to(request.user).select_related("added_by__profile", "approved_by__profile")
    row = get_object_or_404(rows, key=key)
    return render(request, "loras/lora.html", {"lora": row, "fit": fit_of(row)})
