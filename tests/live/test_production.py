"""The main job on PostgreSQL, Redis and S3, as a browser does it; and those servers being restarted meanwhile."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import httpx
import pytest

from imagecreator.demo import journey
from imagecreator.demo.browser import Browser
from tests.clips import draw_clip
from tests.live.house import until
from tests.live.test_worker_death import REQUEST, ask

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from imagecreator.demo.pages import Page
    from tests.live.house import House
    from tests.live.servers import Servers

pytestmark = pytest.mark.xdist_group("live")


def nothing_to_look_after() -> None:
    """The journey asks this while it waits."""


def do_the_main_job(browser: Browser, clip: Path, folder: Path) -> tuple[Page, list[Path]]:
    """From an account to an applied thumbnail; return the video's page and the four pictures."""
    journey.enter(browser, folder / "account.json")
    page = journey.upload(browser, journey.channel(browser), clip, "The red kite", "")
    page = journey.wait_for_frames(browser, page, nothing_to_look_after)
    page = journey.wait_for_prompt(browser, page, nothing_to_look_after)
    page = journey.paint(browser, page, nothing_to_look_after)
    pictures = journey.collect(browser, page, folder / "pictures")
    return journey.use_first(browser, page), pictures


def test_the_main_job_on_postgresql_redis_and_a_bucket(
    build_house: Callable[..., House], servers: Servers, tmp_path: Path
) -> None:
    house = build_house(servers)
    house.start_site()
    house.start_worker()
    clip = draw_clip(tmp_path / "clip.mp4")
    content = clip.read_bytes()
    with Browser(house.address) as browser:
        page, pictures = do_the_main_job(browser, clip, tmp_path)
        assert len(pictures) == 4
        kinds = [name.partition("/")[0] for name in house.stored()]
        assert (kinds.count("videos"), kinds.count("images"), kinds.count("pictures")) == (1, 4, 1)
        assert kinds.count("frames") >= 8
        assert not (house.data / "media").exists()
        assert not (house.data / "db.sqlite3").exists()
        assert not (house.data / "broker").exists()
        assert not any((house.data / "uploads").iterdir())
        assert house.value("SELECT count(*) FROM channels_app_video WHERE state = 'done' AND thumbnail_id IS NOT NULL")
        video = page.url + "file/"
        part = browser._client.get(video, headers={"Range": "bytes=1000-1999"})
        assert (part.status_code, part.content) == (httpx.codes.PARTIAL_CONTENT, content[1000:2000])
        assert part.headers["Content-Range"] == f"bytes 1000-1999/{len(content)}"
        assert browser._client.get(video).content == content
        assert httpx.get(video, trust_env=False).status_code == httpx.codes.NOT_FOUND, "private"
        shown = browser._client.get(page.url).text
        assert f":{servers.s3.port}" not in shown, "no address of the bucket"
        assert not re.search(r"X-Amz|Signature", shown)
        browser.submit(browser.get(page.need_link(r"/videos/.*/edit/")), action=r"/videos/.*/delete/")
        until(lambda: not house.stored(), "all files went with the video", 30)


def test_a_restarted_database_is_survived_by_site_and_worker(
    build_house: Callable[..., House], servers: Servers
) -> None:
    house = build_house(servers, LEASE_SECONDS="4", REAP_SECONDS="1")
    pk = ask(house, steps=60)
    house.start_site()
    house.start_worker()
    until(lambda: house.value(REQUEST.format("stage = 'paint' AND step > 5"), pk), "painting has begun")
    servers.postgres.restart()
    assert httpx.get(f"{house.address}/healthz", trust_env=False, timeout=20).status_code == httpx.codes.OK
    assert house.value(REQUEST.format("state = 'running'"), pk), "it was still in hand when the database came back"
    until(lambda: house.value(REQUEST.format("state = 'done'"), pk), "the request is done")
    assert len(house.stored("images/")) == 3


@pytest.mark.parametrize("forgetful", [False, True], ids=["keeping its data", "losing its data"])
def test_a_row_is_served_though_redis_was_away_when_it_came(
    build_house: Callable[..., House], servers: Servers, forgetful: bool
) -> None:
    house = build_house(servers, REAP_SECONDS="1")
    house.start_worker("--loglevel", "INFO")
    until(lambda: " ready." in house.log("worker"), "the worker is ready")
    servers.redis.stop()
    try:
        pk = ask(house, steps=2)
        assert house.value(REQUEST.format("state = 'queued'"), pk)
        if forgetful:
            servers.redis.forget()
    finally:
        servers.redis.start()
    until(lambda: house.value(REQUEST.format("state = 'done'"), pk), "the request is done")


def test_a_worker_hears_redis_through_its_socket(build_house: Callable[..., House], servers: Servers) -> None:
    house = build_house(servers, BROKER_URL=f"redis+socket://{servers.redis.socket}")
    house.start_worker("--loglevel", "INFO")
    until(lambda: " ready." in house.log("worker"), "the worker is ready")
    pk = ask(house, steps=2)
    until(lambda: house.value(REQUEST.format("state = 'done'"), pk), "the request is done")


def test_the_cache_is_shared_by_all_processes(build_house: Callable[..., House], either: Servers | None) -> None:
    house = build_house(either)
    put = "from django.core.cache import cache; cache.set('preview', b'x' * 50_000, 60)"
    house.manage("shell", "--verbosity", "0", "-c", put)
    get = "from django.core.cache import cache; print(len(cache.get('preview')))"
    assert house.manage("shell", "--verbosity", "0", "-c", get).split() == ["50000"]
