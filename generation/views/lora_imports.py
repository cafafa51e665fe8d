"""LoRAs on their way: following one, cancelling, trying again, taking it off the list."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from channels_app.views.lookup import get_own, get_visible
from generation.loras.leftovers import drop_uploads
from generation.loras.quota import try_again
from generation.models import LoraImport
from generation.views.again import again
from imagecreator.queue.changes import cancel
from imagecreator.queue.states import State

if TYPE_CHECKING:
    from uuid import UUID

    from django.contrib.auth.models import User
    from django.http import HttpResponse

    from channels_app.views.lookup import SignedInRequest

MOST_SHOWN = 20


def shown_imports(user: User) -> dict[str, Any]:
    """What the living part of the list shows: a person's imports that have not ended well."""
    mine = LoraImport.objects.owned_by(user).filter(removed=False)
    rows = mine.exclude(state=State.DONE).order_by("-queued_at")[:MOST_SHOWN]
    imports = list(rows)
    return {"imports": imports, "live": next((row for row in imports if row.is_live), None)}


@login_required
@require_safe
def lora_import(request: SignedInRequest, pk: UUID) -> HttpResponse:
    """Follow one import."""
    row = get_visible(LoraImport, request, pk, "lora", "owner")
    return render(request, "loras/import.html", {"row": row, "may_edit": row.owner == request.user})


@login_required
@require_safe
def lora_import_status(request: SignedInRequest, pk: UUID) -> HttpResponse:
    """How far it is, or what came of it, as a part of the page."""
    row = get_visible(LoraImport, request, pk, "lora", "owner")
    return render(request, "loras/_import.html", {"row": row, "may_edit": row.owner == request.user})


@login_required
@require_POST
def lora_import_cancel(request: SignedInRequest, pk: UUID) -> HttpResponse:
    """Stop it."""
    row = get_own(LoraImport, request, pk)
    if not cancel(row):
        messages.info(request, _("It had ended already."))
    drop_uploads(pk=row.pk)
    return redirect(row)


@login_required
@require_POST
def lora_import_retry(request: SignedInRequest, pk: UUID) -> HttpResponse:
    """Fetch it again."""
    row = get_own(LoraImport, request, pk)
    return again(request, row, try_again, _("Only a download that failed or was cancelled can be tried again."))


@login_required
@require_POST
def lora_import_remove(request: SignedInRequest, pk: UUID) -> HttpResponse:
    """Take it off the list; one that is worked on is stopped. A LoRA that came of it stays."""
    row = get_own(LoraImport, request, pk)
    cancel(row)
    LoraImport.objects.filter(pk=row.pk).update(removed=True)
    drop_uploads(pk=row.pk)
    return redirect("loras")
