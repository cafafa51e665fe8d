"""What was typed on the page that asks for pictures, kept while another form or page is answered."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, urlencode, urlsplit

from django.core.exceptions import TooManyFieldsSent
from django.http import QueryDict

from generation.views.shelf import put, take

if TYPE_CHECKING:
    from collections.abc import Collection

    from django.db.models import Model

    from channels_app.views.lookup import SignedInRequest

KIND = "typed"  # of what the session keeps
LEAVE = "leave"  # the value of such a button, whose name is ``do``
MOST = 500_000  # characters of it, as they are sent: six for a Cyrillic letter, and a weight for every LoRA there is
MOST_KEPT = 100_000  # characters of what is kept of it: twice the longest prompts


def leaves(request: SignedInRequest) -> bool:
    """Whether the form was sent to go to another page, and come back."""
    return request.POST.get("do") == LEAVE


def keep(request: SignedInRequest, page: str, without: Collection[str] = ()) -> str:
    """The address of ``page`` with what its form held; ``typed`` is where the browser sends that along.

    A button of the form itself that leads elsewhere, with ``LEAVE``, sends all of it as it is.

    Fields named in ``without`` begin anew, as the form's own key does. Weights of LoRAs that are not chosen are left
    out: there may be thousands, and the session is read with every page.
    """
    typed = request.POST.urlencode() if leaves(request) else request.POST.get("typed", "")
    if not typed or len(typed) > MOST:
        return page
    left_out = {*without, "id", "do", "csrfmiddlewaretoken"}
    typed_fields = parse_qsl(typed, keep_blank_values=True)
    chosen = {f"loras-{value}" for name, value in typed_fields if name == "loras"}
    fields = [
        (name, value)
        for name, value in typed_fields
        if name not in left_out and (name in chosen or not name.startswith("loras-"))
    ]
    kept_fields = urlencode(fields)
    if len(kept_fields) > MOST_KEPT:
        return page
    address = urlsplit(page)
    query = QueryDict(address.query, mutable=True)
    query["kept"] = put(request, KIND, kept_fields)
    return address._replace(query=query.urlencode()).geturl()


def with_kept(request: SignedInRequest, page: str, **chosen: Model | None) -> str:
    """The address of ``page`` with what was typed on the page that was left, and with the rows that were chosen now."""
    named = {"kept": request.GET.get("kept")} | {name: row.pk for name, row in chosen.items() if row}
    query = urlencode({name: value for name, value in named.items() if value})
    return f"{page}?{query}" if query else page


def kept(request: SignedInRequest) -> QueryDict | None:
    """The fields that the address speaks of; None where it speaks of none, or they are no longer known."""
    typed: str | None = take(request, KIND, request.GET.get("kept", ""))
    if typed is None:
        return None
    try:
        return QueryDict(typed)
    except TooManyFieldsSent:
        return None
