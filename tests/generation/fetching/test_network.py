"""Which hosts and addresses are gone to."""

from __future__ import annotations

import socket
from contextlib import suppress
from dataclasses import replace
from threading import Thread
from time import sleep
from typing import TYPE_CHECKING

import pytest

from generation.engine.errors import EngineError
from generation.fetching.client import Client
from generation.fetching.hosts import is_listed
from generation.fetching.network import INTERNET, Network, is_public
from tests.generation.fetching.conftest import LIMITS

if TYPE_CHECKING:
    from tests.model_hub import ModelHub

PUBLIC = ["3.165.160.61", "8.8.8.8", "2600:9000:2804::1", "::ffff:8.8.8.8", "64:ff9b::808:808", "2002:808:808::1"]
OTHERS = [
    "127.0.0.1", "127.9.9.9", "0.0.0.0", "10.0.0.1", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1",
    "192.0.0.8", "192.0.2.1", "198.18.0.1", "203.0.113.9", "224.0.0.1", "239.255.255.250", "240.0.0.1",
    "255.255.255.255", "192.88.99.1", "::", "::1", "::7f00:1", "::ffff:127.0.0.1", "::ffff:169.254.169.254",
    "::ffff:0:7f00:1", "fe80::1", "fe80::1%eth0", "fec0::1", "fc00::1", "fd00:ec2::254", "ff02::1", "2001:db8::1",
    "3fff::1", "64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe", "64:ff9b:1::808:808", "2002:7f00:1::1", "2002:a9fe:a9fe::",
    "2001:0:808:808::1", "5f00::1", "100::1", "localhost", "", "8.8.8", "0x7f000001", "2130706433",
]  # fmt: skip


@pytest.mark.parametrize("address", PUBLIC)
def test_addresses_of_the_internet(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize("address", OTHERS)
def test_all_other_addresses(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", OTHERS[:-5])
@pytest.mark.parametrize("others", [[], ["8.8.8.8"]], ids=["alone", "mixed"])
def test_a_name_with_one_bad_address_is_not_gone_to(
    address: str, others: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(socket, "create_connection", lambda *_: pytest.fail("it connected"))
    client = Client(limits=LIMITS, network=Network(resolve=lambda host: [*others, address]))
    with pytest.raises(EngineError) as caught:
        client.open("https://huggingface.co/")
    assert (caught.value.code, caught.value.values) == ("fetch_private", {"host": "huggingface.co"})


def test_a_name_that_does_not_exist() -> None:
    asked: list[str] = []

    def nobody(host: str) -> list[str]:
        asked.append(host)
        raise socket.gaierror(socket.EAI_NONAME, "unknown")

    with pytest.raises(EngineError) as caught:
        Client(limits=LIMITS, network=Network(resolve=nobody)).json("https://huggingface.co/api")
    assert (caught.value.code, caught.value.values) == ("fetch_away", {"site": "Hugging Face"})
    assert asked == ["huggingface.co"] * LIMITS.tries


def test_the_systems_resolver_gives_addresses() -> None:
    assert "127.0.0.1" in INTERNET.resolve("localhost")


def test_a_name_is_resolved_once_for_each_question(hub: ModelHub) -> None:
    """A second look could give another address than the one that was looked at."""
    asked: list[str] = []
    looked_at: list[str] = []

    def resolve(host: str) -> list[str]:
        asked.append(host)
        return ["127.0.0.1"]

    network = replace(hub.network, resolve=resolve, is_public=lambda address: not looked_at.append(address))
    with pytest.raises(EngineError, match="fetch_missing"):
        Client(limits=LIMITS, network=network).open("https://huggingface.co/")
    assert (asked, looked_at) == (["huggingface.co"], ["127.0.0.1"])
    assert [asked.host for asked in hub.asked] == ["huggingface.co"]


def test_the_next_address_is_tried_where_the_first_does_not_answer(hub: ModelHub) -> None:
    network = replace(hub.network, resolve=lambda host: ["127.0.0.77", "127.0.0.1"])
    with pytest.raises(EngineError, match="fetch_missing"):
        Client(limits=LIMITS, network=network).open("https://huggingface.co/")


@pytest.mark.parametrize("drips", [False, True])
def test_a_host_that_never_ends_its_greeting(drips: bool) -> None:
    def greet() -> None:
        with suppress(OSError):
            connection = listener.accept()[0]
            connection.sendall(b"\x16\x03\x03\x40\x00" if drips else b"")  # TLS: 16 KB of handshake are to come
            while True:
                sleep(0.05)
                connection.sendall(b"\x02" if drips else b"")

    with socket.create_server(("127.0.0.1", 0)) as listener:
        Thread(target=greet, daemon=True).start()
        network = Network(lambda host: ["127.0.0.1"], lambda address: True, listener.getsockname()[1])
        limits = replace(LIMITS, connect_seconds=0.5, tries=1)
        with pytest.raises(EngineError, match="fetch_away"):
            Client(limits=limits, network=network).open("https://huggingface.co/")


def test_a_certificate_of_another_name(hub: ModelHub) -> None:
    client = Client(hosts=["other.example"], limits=LIMITS, network=hub.network)
    with pytest.raises(EngineError) as caught:
        client.open("https://other.example/")
    assert (caught.value.code, caught.value.values) == ("fetch_unsafe", {"host": "other.example"})
    assert hub.asked == []


def test_a_certificate_that_nobody_vouches_for(hub: ModelHub) -> None:
    client = Client(limits=LIMITS, network=replace(hub.network, authorities=None))
    with pytest.raises(EngineError, match="fetch_unsafe"):
        client.open("https://huggingface.co/")


def test_proxies_of_the_environment_are_not_asked(hub: ModelHub, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("https_proxy", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    with pytest.raises(EngineError, match="fetch_missing"):
        Client(limits=LIMITS, network=hub.network).open("https://huggingface.co/")


@pytest.mark.parametrize(
    "host",
    ["huggingface.co", "us.aws.cdn.hf.co", "cas-bridge.xethub.hf.co", "b2.civitai.com", "a.b.r2.cloudflarestorage.com"],
)
def test_hosts_of_the_list(host: str) -> None:
    assert is_listed(host)


@pytest.mark.parametrize(
    "host",
    [
        "",
        "co",
        "hf.co.",
        "evilhf.co",
        "cdn.hf.co.evil.example",
        "r2.cloudflarestorage.com",
        "evilcivitai.com",
        ".civitai.com",
        "a..civitai.com",
        f"{'a' * 64}.civitai.com",
        f"{'a.' * 130}civitai.com",
        "a\0.civitai.com",
        "me@b2.civitai.com",
        "evil.example:80.civitai.com",
        "fe80::1%.civitai.com",
        "a .civitai.com",
        "a\n.civitai.com",
        "x.hf.co",
    ],
)
def test_hosts_that_are_not_on_the_list(host: str) -> None:
    assert not is_listed(host)
