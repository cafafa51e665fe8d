"""A cache that is away or full: pages and work go on without it."""

from __future__ import annotations

from itertools import count
from socket import socket
from typing import TYPE_CHECKING

import pytest

from generation.models import GenerationRequest
from generation.serve import serve_requests
from imagecreator import caches
from imagecreator.queue.claim import claim_batch
from imagecreator.queue.states import State
from tests.live.house import free_port
from tests.rows import a_request

if TYPE_CHECKING:
    from pathlib import Path

    from django.test import Client
    from pytest_django.fixtures import SettingsWrapper

    from channels_app.models import Video

NOBODY = f"redis://127.0.0.1:{free_port()}/0"


def callers(server: socket) -> int:
    """How many have called since it was last asked."""
    for number in count():
        try:
            server.accept()[0].close()
        except BlockingIOError:
            return number
    raise AssertionError


def test_a_server_that_is_away_reads_as_an_empty_cache() -> None:
    cache = caches.Redis(NOBODY, {})
    cache.set("a", 1)
    assert cache.get("a") is None
    assert cache.get_many(["a"]) == {}
    cache.delete_many(["a"])


def test_a_server_that_is_silent_is_waited_for_once_and_asked_again_later(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(caches, "REST", 3600.0)
    with socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        silent.setblocking(False)
        address = f"redis://127.0.0.1:{silent.getsockname()[1]}/0"
        for _ in range(2):  # each thread of the site has its own
            cache = caches.Redis(address, {"OPTIONS": {"socket_timeout": 0.5}})
            cache.set("a", 1)
            assert cache.get("a") is None
            assert cache.get_many(["a"]) == {}
        assert callers(silent) == 1
        monkeypatch.setattr(caches, "REST", 0.0)
        assert cache.get("a") is None
        assert callers(silent) == 1


def test_a_folder_that_cannot_be_written_reads_as_an_empty_cache(tmp_path: Path) -> None:
    cache = caches.Folder(str(tmp_path / "cache"), {})
    (tmp_path / "cache").rmdir()
    (tmp_path / "cache").write_text("a file where the folder was")
    cache.set("a", 1)
    assert cache.get("a") is None


def test_a_folder_keeps_what_it_is_given(tmp_path: Path) -> None:
    cache = caches.Folder(str(tmp_path / "cache"), {})
    cache.set("a", b"x", 60)
    assert cache.get_many(["a", "b"]) == {"a": b"x"}
    cache.delete_many(["a"])
    assert cache.get("a") is None


@pytest.mark.django_db(transaction=True)
def test_without_its_cache_the_site_paints_and_shows_pages(
    alices: Client, video: Video, settings: SettingsWrapper
) -> None:
    settings.CACHES = {"default": {"BACKEND": "imagecreator.caches.Redis", "LOCATION": NOBODY}}
    request = a_request(video, steps_asked=2)
    assert "Place 1 in the queue" in " ".join(alices.get(request.get_absolute_url()).content.decode().split())
    serve_requests(claim_batch(GenerationRequest, "worker"))
    request.refresh_from_db()
    assert request.state == State.DONE
    assert alices.get(request.get_absolute_url()).status_code == 200
