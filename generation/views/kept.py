"""What was typed on the page that asks for pictures, kept while another form of it is answered."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from django.core.exceptions import TooManyFieldsSent
from django.http import QueryDict

if TYPE_CHECKING:
    from collections.abc import Collection

    from channels_app.views.lookup import SignedInRequest

KEPT = "typed"  # in the session: the last form that was left
MOST = 60_000  # characters of it: two prompts whose letters take up to twelve each


def keep(request: SignedInRequest, page: str, without: Collection[str] = ()) -> str:
    """The address of ``page`` with what its form held; ``typed`` is where the browser sends that along.

    Fields named in ``without`` begin anew, as the form's own key does.
    """
    typed = request.POST.get("typed", "")
    if not typed or len(typed) > MOST:
        return page
    left_out = {*without, "id", "csrfmiddlewaretoken"}
    fields = [(name, value) for name, value in parse_qsl(typed, keep_blank_values=True) if name not in left_out]
    key = secrets.token_urlsafe(6)
    request.session[KEPT] = {"key": key, "fields": urlencode(fields)}
    address = urlsplit(page)
    query = QueryDict(address.query, mutable=True)
    query["kept"] = key
    return address._replace(query=query.urlencode()).geturl()


def kept(request: SignedInRequest) -> QueryDict | None:
    """The fields that the address speaks of; None where it speaks of none, or they are no longer known."""
    found: dict[str, Any] = request.session.get(KEPT, {})
    named = request.GET.get("kept")
    if not named or named != found.get("key"):
        return None
    try:
        return QueryDict(found["fields"])
    except TooManyFieldsSent:
        return None
