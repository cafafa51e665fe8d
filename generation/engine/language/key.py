"""Keys of servers: what can be sent in a header."""

from __future__ import annotations

import re

_KEY = re.compile(r"[\x21-\x7e]*")


def is_key(text: str) -> bool:
    """Whether it can be one; an empty one, too: none."""
    return _KEY.fullmatch(text) is not None
