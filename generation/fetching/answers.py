"""What a server answered: the body, read under a clock; and what a refusal means, said with an error's code."""

from __future__ import annotations

import math
import time
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http.client import HTTPException
from typing import TYPE_CHECKING

from generation.engine.errors import EngineError
from generation.fetching.hosts import SITES

if TYPE_CHECKING:
    from http.client import HTTPResponse
    from types import TracebackType

    from generation.fetching.connection import PinnedConnection, TimedSocket

UNSAID_WAIT = 60  # seconds, where a busy site does not say how long
LONGEST_WAIT = 86_400


class Lost(EngineError):
    """The connection was at fault, not what came over it: worth another try."""


@dataclass
class Answer:
    """Status, headers and body of a host's last answer. `asked` is the host that the first question went to.

    `until` (of `time.monotonic`) ends everything; `linked_sha256` is what Hugging Face says of a file on the way.
    """

    response: HTTPResponse
    connection: PinnedConnection
    socket: TimedSocket
    host: str
    asked: str
    until: float
    linked_sha256: str = ""

    def __enter__(self) -> Answer:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Hang up; what has not come is not waited for."""
        self.response.close()
        self.connection.close()

    @property
    def status(self) -> int:
        """The HTTP status."""
        return self.response.status

    def header(self, name: str) -> str:
        """A header's value, or nothing."""
        return (self.response.getheader(name) or "").strip()

    @property
    def length(self) -> int | None:
        """The body's length in bytes, as announced."""
        text = self.header("Content-Length")
        return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else None

    def read(self, most: int, seconds: float) -> bytes:
        """Up to `most` bytes, as soon as there are any; none at the end.

        Lost: fetch_stalled after `seconds` without any, fetch_broken(site). EngineError: fetch_too_slow.
        """
        with clock(self.socket, seconds, self.until, self.asked):
            return self.response.read1(most)


class clock:
    """While the block runs, the socket reads for so many seconds; the errors of the connection become `Lost`."""

    def __init__(self, socket: TimedSocket | None, seconds: float, until: float, asked: str) -> None:
        self.until, self.asked = until, asked
        if socket is not None:
            socket.until = min(time.monotonic() + seconds, until)

    def __enter__(self) -> None:
        if time.monotonic() >= self.until:
            raise EngineError("fetch_too_slow")

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if not isinstance(error, (OSError, HTTPException, ValueError)):
            return
        if time.monotonic() >= self.until:
            raise EngineError("fetch_too_slow") from error
        code = "fetch_stalled" if isinstance(error, TimeoutError) else "fetch_broken"
        raise Lost(code, site=site_name(self.asked)) from error


def site_name(host: str) -> str:
    """What people call a host."""
    return SITES[host].name if host in SITES else host


def refusal(answer: Answer, *, with_token: bool) -> EngineError:
    """The error for a status that is neither success nor redirect."""
    status, site = answer.status, site_name(answer.asked)
    unknown = answer.header("X-Error-Code") in ("RepoNotFound", "RevisionNotFound", "EntryNotFound")
    if status in (404, 410) or unknown:  # Hugging Face says 401 for what it does not have, too
        return EngineError("fetch_missing", site=site)
    if status in (401, 403) and answer.host == answer.asked:
        return no_entry(answer.asked, with_token=with_token)
    if status == 429:
        wait = _seconds(answer.header("Retry-After"))
        return EngineError("fetch_busy", site=site, seconds=wait, minutes=math.ceil(wait / 60))
    if status >= 500:
        return EngineError("fetch_site_down", site=site, status=status)
    return EngineError("fetch_refused", site=site, status=status)


def no_entry(asked: str, *, with_token: bool) -> EngineError:
    """The site wants to know who asks: there was no token, or the token's owner may not have this."""
    setting = SITES[asked].setting if asked in SITES else ""
    return EngineError("fetch_gated" if with_token else "fetch_token", site=site_name(asked), setting=setting)


def _seconds(text: str) -> int:
    """Retry-After: seconds or a date (RFC 9110, 10.2.3)."""
    wait = float(UNSAID_WAIT)
    if text.isascii() and text.isdigit():
        wait = float(text[:9])
    elif text:
        with suppress(ValueError, OverflowError):
            wait = (parsedate_to_datetime(text).astimezone(UTC) - datetime.now(UTC)).total_seconds()
    return int(min(max(wait, 1), LONGEST_WAIT))
