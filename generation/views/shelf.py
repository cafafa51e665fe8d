"""What a session keeps for addresses to name: of each kind the last few, as several tabs may each have brought one."""

from __future__ import annotations

import json
import secrets
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from channels_app.views.lookup import SignedInRequest

MOST = 4  # things of a kind
ROOM = 200_000  # characters of a kind, as JSON: the session is read with every page


def put(request: SignedInRequest, kind: str, thing: object) -> str:
    """Keep a thing, which JSON can hold, and return its key. The oldest of its kind go where there is no room."""
    others = list(request.session.get(kind, {}).items())[1 - MOST :]
    while others and _size(thing, *(other for _key, other in others)) > ROOM:
        del others[0]
    key = secrets.token_urlsafe(6)
    request.session[kind] = dict(others) | {key: thing}
    return key


def take(request: SignedInRequest, kind: str, key: str) -> Any:
    """The thing of that key; None where it is not known, or no longer."""
    return request.session.get(kind, {}).get(key)


def _size(*things: object) -> int:
    return len(json.dumps(things))
