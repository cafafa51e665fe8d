"""Names and addresses: a name is resolved once, and every address that it has must be a public one."""

from __future__ import annotations

import ipaddress
import socket
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Address = ipaddress.IPv4Address | ipaddress.IPv6Address

NAT64 = ipaddress.ip_network("64:ff9b::/96")  # RFC 6052
LATE = [ipaddress.ip_network(text) for text in ("192.0.0.0/24", "192.88.99.0/24", "3fff::/20")]  # unknown to 3.11
GLOBAL_UNICAST = ipaddress.ip_network("2000::/3")  # RFC 4291; all else that IPv6 has is local or reserved


def resolve(host: str) -> list[str]:
    """Ask the system once for all addresses of a name. OSError where there are none."""
    found = socket.getaddrinfo(host, 443, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


def is_public(text: str) -> bool:
    """Whether an address is one of the internet's, and leads to no other that is not.

    IPv4 addresses inside IPv6 ones are seen through: mapped (RFC 4291), 6to4 (RFC 3056), NAT64 (RFC 6052).
    """
    try:
        address: Address = ipaddress.ip_address(text)
    except ValueError:
        return False
    if isinstance(address, ipaddress.IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour
        if address in NAT64:
            inner = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
        if inner is not None:
            return is_public(str(inner))
        if address not in GLOBAL_UNICAST or address.teredo is not None:
            return False
    special = address.is_multicast or address.is_reserved or any(address in network for network in LATE)
    return address.is_global and not special


@dataclass(frozen=True)
class Network:
    """How the internet is reached. Tests put a server of their own in its place; nobody else has a reason to."""

    resolve: Callable[[str], list[str]] = resolve
    is_public: Callable[[str], bool] = is_public
    port: int = 443
    authorities: Path | None = None  # a PEM file of certificates that are trusted; None: the system's


INTERNET = Network()
