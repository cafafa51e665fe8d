"""Finding a row for a person: 404 where they may not know of it, 403 where they may look but not touch."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from django.core.exceptions import PermissionDenied
from django.db import models
from django.http import HttpRequest
from django.shortcuts import get_object_or_404

if TYPE_CHECKING:
    from uuid import UUID

    from django.contrib.auth.models import User

ModelT = TypeVar("ModelT", bound=models.Model)


class SignedInRequest(HttpRequest):
    """A request behind ``login_required``."""

    user: User


def get_visible(model: type[ModelT], request: HttpRequest, pk: UUID, *related: str) -> ModelT:
    """The row, if this person may look at it. Raises ``Http404``."""
    rows: Any = model._default_manager.select_related(*related)
    found: ModelT = get_object_or_404(rows.visible_to(request.user), pk=pk)
    return found


def get_own(model: type[ModelT], request: HttpRequest, pk: UUID, *related: str) -> ModelT:
    """The row, if this person may change it. Raises ``Http404`` or ``PermissionDenied``."""
    row = get_visible(model, request, pk, *related)
    if not model._default_manager.owned_by(request.user).filter(pk=pk).exists():  # type: ignore[attr-defined]
        raise PermissionDenied
    return row


def sent(request: HttpRequest) -> tuple[Any, Any]:
    """What a form is bound to: the fields and files of a POST, nothing otherwise."""
    return (request.POST, request.FILES) if request.method == "POST" else (None, None)
