"""What was typed on the page that asks for pictures, kept while another form or page is answered."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, urlencode, urlsplit

from django.core.exceptions import TooManyFieldsSent
from django.http import QueryDict

if TYPE_CHECKING:
    from collections.abc import Collection

    from django.db.models import Model

    from channels_app.views.lookup import SignedInRequest

KEPT = "typed"  # in the session: the last forms that were left, by the keys that addresses name
FORMS = 4  # of them, as several tabs may each have left one; the session is read with every page
LEAVE = "leave"  # the value of such a button, whose name is ``do``
MOST = 500_000  # characters of it, as they are sent: six for a Cyrillic letter, and a weight for every LoRA there is


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
    key = secrets.token_urlsafe(6)
    others = list(request.session.get(KEPT, {}).items())[1 - FORMS :]
    request.session[KEPT] = dict(others) | {key: urlencode(fields)}
    address = urlsplit(page)
    query = QueryDict(address.query, mutable=True)
    query["kept"] = key
    return address._replace(query=query.urlencode()).geturl()


def with_kept(request: SignedInRequest, page: str, **chosen: Model | None) -> str:
    """The address of ``page`` with what was typed on the page that was left, and with the rows that were chosen now."""
    named = {"kept": request.GET.get("kept")} | {name: row.pk for name, row in chosen.items() if row}
    query = urlencode({name: value for name, value in named.items() if value})
    return f"{page}?{query}" if query else page


def kept(request: SignedInRequest) -> QueryDict | None:
    """The fields that the address speaks of; None where it speaks of none, or they are no longer known."""
    found: dict[str, str] = request.session.get(KEPT, {})
    typed = found.get(request.GET.get("kept", ""))
    if typed is None:
        return None
    try:
        return QueryDict(typed)
    except TooManyFieldsSent:
        return None
