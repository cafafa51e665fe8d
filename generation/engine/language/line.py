"""One request over HTTP that can be left at any moment, whatever the other side does or does not.

The request runs in a loop that is stepped from outside: between two steps nobody's loop runs in this thread, so
listeners may use the database. A plain timeout would begin anew with every byte of a server that drips.
"""

from __future__ import annotations

import asyncio
import ssl
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

import httpx

from generation.engine.language.errors import LanguageError
from generation.engine.language.patience import LOOK

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Mapping

    from generation.engine.language.patience import Patience

T = TypeVar("T")
CONNECT_SECONDS = 10
STALL_SECONDS = 90  # without a byte: some servers load a model first
MOST_OF_REFUSAL = 20_000  # bytes read of an answer that is none


@dataclass(frozen=True)
class Reply:
    """A status, headers, and the beginning of the body of an answer whose status is not 200."""

    status: int
    headers: Mapping[str, str]
    refusal: str = ""


class Broken(LanguageError):
    """The connection was lost, or never came about: a second try may do better."""


def ask(method: str, address: str, key: str, body: Any, take: Callable[[bytes], bool], patience: Patience) -> Reply:
    """Send `body` as JSON (None: nothing) and hand the bytes of an answer to `take`, until it says that is enough.

    No redirect is followed, no proxy used, and certificates are checked, by the system's authorities. LanguageError:
    language_slow, language_away, language_stranger for an answer in another coding, and what `take` raises.
    """

    async def talk() -> Reply:
        timeout = httpx.Timeout(STALL_SECONDS, connect=CONNECT_SECONDS)
        headers = {"Accept-Encoding": "identity", **({"Authorization": f"Bearer {key}"} if key else {})}
        trust = ssl.create_default_context()
        async with (
            httpx.AsyncClient(verify=trust, trust_env=False, timeout=timeout, headers=headers) as client,
            client.stream(method, address, json=body) as response,
        ):
            return await _read(response, take)

    try:
        return _stepped(talk(), patience)
    except httpx.TimeoutException:
        raise Broken("language_away", "nothing came from it for too long") from None
    except httpx.ConnectError as error:
        reason = "its certificate is not good" if "CERTIFICATE" in str(error) else "no connection comes about"
        raise Broken("language_away", reason) from None
    except (httpx.HTTPError, httpx.InvalidURL, UnicodeError):  # from None: they may hold the key
        raise Broken("language_away", "the connection broke") from None


async def _read(response: httpx.Response, take: Callable[[bytes], bool]) -> Reply:
    if response.headers.get("content-encoding", "identity") != "identity":
        raise LanguageError("language_stranger", "its answer is compressed")
    refusal = bytearray()
    async for piece in response.aiter_raw():
        if response.status_code != httpx.codes.OK:
            refusal += piece
            if len(refusal) > MOST_OF_REFUSAL:
                break
        elif take(piece):
            break
    return Reply(response.status_code, response.headers, refusal[:MOST_OF_REFUSAL].decode(errors="replace"))


def _stepped(work: Coroutine[Any, Any, T], patience: Patience) -> T:
    """What `work` gives; meanwhile, `patience` is looked at, and what it raises ends the work."""
    loop = asyncio.new_event_loop()
    task = loop.create_task(work)
    try:
        while not task.done():
            loop.run_until_complete(asyncio.wait({task}, timeout=LOOK))
            patience.look()
        return task.result()
    finally:
        task.cancel()
        with suppress(BaseException):
            loop.run_until_complete(asyncio.wait({task}, timeout=1))
            loop.run_until_complete(loop.shutdown_asyncgens())
            if closing := asyncio.all_tasks(loop):  # generators of httpx, left in the middle of an answer
                loop.run_until_complete(asyncio.wait(closing, timeout=1))
        loop.close()
        if task.done() and not task.cancelled():
            task.exception()  # looked at, or asyncio complains
