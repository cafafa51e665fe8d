"""Questions over HTTPS that nobody can turn against the house: only listed hosts, only public addresses.

Every redirect is looked at as the first address was. A token goes to the host that was asked first, if it is that
host's, and to no other.
"""

from __future__ import annotations

import json
import ssl
import time
from http.client import HTTPException
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import quote, urljoin, urlsplit

from generation.engine.errors import EngineError
from generation.fetching import network as networks
from generation.fetching.answers import Answer, Lost, clock, no_entry, refusal, site_name
from generation.fetching.connection import PinnedConnection, trust
from generation.fetching.hosts import HOSTS, SITES, is_listed
from generation.fetching.limits import Limits

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

    from generation.fetching.network import Network

T = TypeVar("T")
MOST_REDIRECTS = 5
MOST_JSON = 2_000_000  # bytes
CHUNK = 1 << 16
REDIRECTS = (301, 302, 303, 307, 308)
ADDRESS_SIGNS = "/%:=&?~+!$,;'@()*[]"
WHO = "Mozilla/5.0 (compatible; ImageCreator)"  # Civitai's guard answers 403 to the names of libraries


class Client:
    """For one download: its clock starts when it is made. `tokens` by host; `hosts` as in `hosts.HOSTS`.

    `wait` sleeps between two tries, and may raise to end everything.
    """

    def __init__(
        self,
        *,
        hosts: Collection[str] = HOSTS,
        tokens: Mapping[str, str] | None = None,
        limits: Limits | None = None,
        network: Network | None = None,
        wait: Callable[[float], None] = time.sleep,
    ) -> None:
        self.hosts = hosts
        self.tokens = {host: token.strip() for host, token in (tokens or {}).items() if token.strip()}
        self.limits = limits or Limits()
        self.network = network or networks.INTERNET
        self.until = time.monotonic() + self.limits.total_seconds
        self.wait = wait
        self._trust = trust(self.network.authorities)

    def open(self, address: str, headers: Mapping[str, str] | None = None, also: Collection[int] = ()) -> Answer:
        """Ask for `address`, follow at most five redirects, and give the answer of status 200, or one of `also`.

        Lost: fetch_away(site), fetch_stalled(site), fetch_broken(site). EngineError: fetch_elsewhere(host),
        fetch_private(host), fetch_redirects(site), fetch_unsafe(host), fetch_too_slow, and those of `refusal`.
        """
        asked = urlsplit(address).hostname or ""
        linked = ""
        for _ in range(MOST_REDIRECTS + 1):
            answer = self._ask(address, asked, headers or {})
            answer.linked_sha256 = linked = linked or _linked_sha256(answer)
            if answer.status == 200 or answer.status in also:
                return answer
            with answer:
                if answer.status not in REDIRECTS:
                    raise refusal(answer, with_token=asked in self.tokens)
                address = self._next(address, answer)
        raise EngineError("fetch_redirects", site=site_name(asked))

    def json(self, address: str) -> dict[str, Any]:
        """Ask an API: an object of JSON of at most MOST_JSON bytes, whatever is in it.

        Errors: those of `open`, and fetch_answer(site).
        """
        return self.retried(lambda: self._json(address))

    def retried(self, work: Callable[[], T]) -> T:
        """Do it again while connections break, and wait in between; the last error is raised."""
        for past in range(self.limits.tries - 1):
            try:
                return work()
            except Lost:
                self.wait(self.limits.pause_seconds * 2**past)
        return work()

    def _json(self, address: str) -> dict[str, Any]:
        body = bytearray()
        with self.open(address, {"Accept": "application/json"}) as answer:
            wrong = EngineError("fetch_answer", site=site_name(answer.asked))
            if answer.header("Content-Encoding").lower() not in ("", "identity"):
                raise wrong
            while piece := answer.read(CHUNK, self.limits.answer_seconds):
                body += piece
                if len(body) > MOST_JSON:
                    raise wrong
            if answer.length is not None and len(body) < answer.length:
                raise Lost("fetch_broken", site=site_name(answer.asked))
        try:
            found = json.loads(body)
        except (ValueError, RecursionError) as problem:
            raise wrong from problem
        if not isinstance(found, dict):
            raise wrong
        return found

    def _ask(self, address: str, asked: str, headers: Mapping[str, str]) -> Answer:
        host, target = self._taken_apart(address)
        connection = self._connect(host, asked)
        try:
            sock = connection.sock
            with clock(sock, self.limits.answer_seconds, self.until, asked):
                connection.putrequest("GET", target, skip_host=True, skip_accept_encoding=True)
                all_headers = {"Host": host, "User-Agent": WHO, "Accept-Encoding": "identity", "Connection": "close"}
                if host == asked and host in self.tokens:
                    all_headers["Authorization"] = f"Bearer {self.tokens[host]}"
                for name, value in (all_headers | dict(headers)).items():
                    connection.putheader(name, value)
                connection.endheaders()
                response = connection.getresponse()
        except BaseException:
            connection.close()
            raise
        return Answer(response, connection, sock, host, asked, self.until)

    def _next(self, address: str, answer: Answer) -> str:
        """Where a redirect leads; to the page for logging in, where Civitai sends instead of saying 401."""
        try:
            target = urljoin(address, answer.header("Location"))
            parts = urlsplit(target)
        except ValueError as problem:
            raise EngineError("fetch_elsewhere", host="?") from problem
        if answer.asked in SITES and parts.netloc == answer.asked and parts.path.startswith("/login"):
            raise no_entry(answer.asked, with_token=answer.asked in self.tokens)
        return target

    def _taken_apart(self, address: str) -> tuple[str, str]:
        """The host and what is asked of it. EngineError: fetch_elsewhere(host) for what is not listed, or not HTTPS."""
        try:
            parts = urlsplit(address)
            host = parts.netloc.lower().removesuffix(":443")
        except ValueError as problem:
            raise EngineError("fetch_elsewhere", host="?") from problem
        if parts.scheme != "https" or not host.isascii() or not is_listed(host, self.hosts):
            raise EngineError("fetch_elsewhere", host=(parts.netloc.rpartition("@")[2] or "?")[:100])
        target = quote(parts.path or "/", safe=ADDRESS_SIGNS)
        return host, target + (f"?{quote(parts.query, safe=ADDRESS_SIGNS)}" if parts.query else "")

    def _connect(self, host: str, asked: str) -> PinnedConnection:
        """Resolve the name once, look at all of its addresses, and connect to the first that answers."""
        try:
            addresses = self.network.resolve(host)
        except OSError as problem:
            raise Lost("fetch_away", site=site_name(host)) from problem
        if not all(map(self.network.is_public, addresses)):
            raise EngineError("fetch_private", host=host)
        failure: Exception | None = None
        for address in addresses:
            seconds = min(self.limits.connect_seconds, self.until - time.monotonic())
            if seconds <= 0:
                raise EngineError("fetch_too_slow")
            connection = PinnedConnection(host, address, self.network.port, context=self._trust, seconds=seconds)
            try:
                connection.connect()
            except ssl.SSLCertVerificationError as problem:
                raise EngineError("fetch_unsafe", host=host) from problem
            except (OSError, HTTPException) as problem:
                failure = problem
            else:
                return connection
        raise Lost("fetch_away", site=site_name(host)) from failure


def _linked_sha256(answer: Answer) -> str:
    """Hugging Face names the SHA-256 of a large file where it redirects to the storage."""
    text = answer.header("X-Linked-Etag").strip('"').lower()
    is_hash = len(text) == 64 and set(text) <= set("0123456789abcdef")
    return text if is_hash and answer.host == answer.asked else ""
