"""One HTTPS connection to an address that was looked at before, and a clock that no slow server gets around.

The standard library's client, which knows no proxies, no redirects and no compression. The name is resolved by
nobody here: the connection goes to the address, while TLS (SNI and the certificate) and Host speak of the name.
"""

from __future__ import annotations

import math
import socket
import ssl
import time
from http.client import HTTPSConnection
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path


class TimedSocket(ssl.SSLSocket):
    """A socket that reads until a moment (of `time.monotonic`), not for so long between two bytes.

    A plain timeout begins anew with every byte: a server that drips its headers would hold us for days.
    """

    until = math.inf

    def recv_into(self, buffer: Any, nbytes: int | None = None, flags: int = 0) -> int:
        """Read what is there. TimeoutError when the moment has come."""
        left = self.until - time.monotonic()
        if left <= 0:
            raise TimeoutError("the moment has come")
        self.settimeout(None if left == math.inf else left)
        return super().recv_into(buffer, nbytes, flags)


def trust(authorities: Path | None) -> ssl.SSLContext:
    """Certificates are always checked: by the system's authorities, or by those of a PEM file alone."""
    context = ssl.create_default_context(cafile=str(authorities) if authorities else None)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.sslsocket_class = TimedSocket
    return context


class PinnedConnection(HTTPSConnection):
    """To `address`, as `host`."""

    sock: TimedSocket

    def __init__(self, host: str, address: str, port: int, *, context: ssl.SSLContext, seconds: float) -> None:
        super().__init__(host, port, context=context)
        self.address = address
        self.seconds = seconds
        self._trust = context

    def connect(self) -> None:
        """Connect within the seconds. OSError, of which ssl.SSLCertVerificationError is one."""
        until = time.monotonic() + self.seconds
        plain = socket.create_connection((self.address, self.port), self.seconds)
        try:
            plain.settimeout(max(0.001, until - time.monotonic()))  # for all of the handshake
            # An end without TLS's farewell may be an end that somebody else made: an error, not an end.
            wrapped = self._trust.wrap_socket(plain, server_hostname=self.host, suppress_ragged_eofs=False)
        except BaseException:
            plain.close()
            raise
        assert isinstance(wrapped, TimedSocket)
        self.sock = wrapped
