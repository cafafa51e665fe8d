"""LoRAs through the real site and a real worker, from a real HTTPS server: what comes of good files and of bad ones."""

from __future__ import annotations

import os
import signal
from threading import Event
from typing import TYPE_CHECKING, Any

import pytest

from imagecreator.demo.browser import Browser
from imagecreator.demo.errors import DemoError
from tests.generation import lora_shapes as shapes
from tests.live.house import PATIENCE, until
from tests.model_hub import CIVITAI, CIVITAI_STORAGE, ModelHub, Reply, StoredFile

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from imagecreator.demo.pages import Page
    from tests.live.house import House
    from tests.live.servers import Servers

pytestmark = pytest.mark.xdist_group("live")

SOMEBODY = """
from django.contrib.auth.models import Permission
from tests.rows import *
a_user("ada").user_permissions.add(Permission.objects.get(codename="add_lora"))
"""
IMPATIENT = {"DJANGO_SETTINGS_MODULE": "tests.live.lora_settings"}
PATIENT = {"DJANGO_SETTINGS_MODULE": "tests.hub_settings"}
IMPORT = "SELECT {} FROM generation_loraimport ORDER BY queued_at DESC LIMIT 1"
SOON = 10  # seconds: an uploaded file goes when its request is closed, after the answer
KEPT = "SELECT count(*) FROM generation_lora WHERE file <> ''"  # those that came with the project have none


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[ModelHub]:
    """What the worker takes for the internet."""
    with ModelHub(tmp_path) as running:
        yield running


@pytest.fixture
def open_house(build_house: Callable[..., House], hub: ModelHub) -> Callable[..., House]:
    """A house with a site and a worker whose internet is the hub, and with an account that may add LoRAs."""

    def build(servers: Servers | None = None, **settings: str) -> House:
        own = {"LEASE_SECONDS": "4", "REAP_SECONDS": "1", "LORA_IMPORTS_DAILY": "0", **IMPATIENT, **settings}
        house = build_house(servers, **hub.environment() | own)
        house.manage("shell", "--verbosity", "0", "-c", SOMEBODY)
        house.start_site()
        return house

    return build


def enter(browser: Browser) -> None:
    page = browser.get("/accounts/login/")
    browser.submit(page, having="username", username="ada", password="correct horse battery")


def upload(browser: Browser, file: Path, content: bytes) -> Page:
    file.write_bytes(content)
    words = {"address": "", "licence": "CC0", "source": "by hand"}
    return browser.upload(browser.get("/loras/"), file, lambda sent, of: None, **words)


def download(browser: Browser, address: str, **words: str) -> Page:
    return browser.submit(browser.get("/loras/"), having="address", address=address, **words)


def ended(browser: Browser, page: Page) -> Page:
    """The page of an import when it has ended."""
    return until(lambda: (found := browser.get(page.url)) and found.job and not found.job.is_live and found, "it ends")


def left_over(house: House) -> set[str]:
    """Files that belong to no LoRA, in the storage and where downloads and uploads lie."""
    return house.stored("lora-imports/") | {path.name for path in (house.data / "uploads").iterdir()}


def test_both_layouts_uploaded_and_downloaded_are_listed(
    open_house: Callable[..., House], either: Servers | None, hub: ModelHub, tmp_path: Path
) -> None:
    house = open_house(either)
    house.start_worker("-Q", "cpu")
    files = [shapes.kohya(seed=1), shapes.diffusers(), shapes.kohya(seed=2), shapes.diffusers(rows=100)]
    hub.civitai_model(7, 8, files[2], name="Red Cap")
    hub.repository("owner/drops", {"drops.safetensors": files[3]}, card={"license": "mit"})
    with Browser(house.address) as browser:
        enter(browser)
        for page in (
            upload(browser, tmp_path / "ink.safetensors", files[0]),
            upload(browser, tmp_path / "wash.safetensors", files[1]),
            download(browser, "https://civitai.com/models/7/red-cap?modelVersionId=8"),
            download(browser, "https://huggingface.co/owner/drops"),
        ):
            done = ended(browser, page)
            assert done.job is not None
            assert (done.job.state, done.problems) == ("done", [])
            assert done.link(r"/loras/[a-z0-9-]+/")
        listed = browser.get("/loras/").links
    for name in ("ink", "wash", "red-cap", "drops"):
        assert [link for link in listed if f"/loras/{name}-" in link]
    rows = house.rows("SELECT file, sha256 FROM generation_lora WHERE file <> ''")
    assert sorted(house.read(name) for name, _ in rows) == sorted(files)
    assert house.stored("loras/") == {name for name, _ in rows}
    until(lambda: not left_over(house), "nothing is left", SOON)
    assert not {"torch", "numpy"} & house.web_modules()


def stalling(content: bytes, over: Event) -> Reply:
    """Half of it, and then nothing until it is over."""

    def write(file: Any) -> None:
        file.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(content) + content[: len(content) // 2])
        file.flush()
        over.wait(PATIENCE)

    return Reply(raw=write)


def is_coming(house: House) -> bool:
    return any(path.stat().st_size for path in (house.data / "uploads").iterdir())


def half_here(browser: Browser, house: House, hub: ModelHub) -> tuple[Page, bytes, Event]:
    """Begin a download of which half has come: the page of its import, the whole file, and what ends the waiting."""
    content = shapes.diffusers(rows=50_000)
    hub.civitai_model(7, 8, content)
    over = Event()
    hub.routes[CIVITAI_STORAGE, "/file/8"] = stalling(content, over)
    enter(browser)
    page = download(browser, "https://civitai.com/models/7")
    until(lambda: is_coming(house), "some of it is here")
    return page, content, over


def lies(over: Event) -> dict[str, tuple[Reply | Callable[..., Reply], str]]:
    """What the storage answers in the file's place, and the sentence that a person reads."""
    good = shapes.kohya()
    announced = shapes.announcing(5_000_000_000)
    return {
        "SDXL": (StoredFile(shapes.kohya(shapes.SDXL)), "for SDXL, not Preview."),
        "cut off": (StoredFile(good[:-10]), "The LoRA file is cut off: of"),
        "pickle": (StoredFile(shapes.a_pickle()), "This file is a Python pickle"),
        "zip": (StoredFile(shapes.a_zip()), "This file is a ZIP archive"),
        "not a number": (StoredFile(shapes.kohya(wrong=float("nan"))), "The LoRA holds values that are not numbers"),
        "zeros": (StoredFile(shapes.kohya(scale=0.0)), "The LoRA would change nothing"),
        "Flux": (StoredFile(shapes.flux()), "This LoRA is made for another kind of model (Flux"),
        "5 GB": (
            Reply(announced, headers={"Content-Length": "5000000000"}),
            "The LoRA file is larger than 500 MB.",
        ),
        "a page": (
            Reply(b"<!DOCTYPE html><p>Log in first</p>", headers={"Content-Type": "text/html"}),
            "This file is a web page, not a LoRA.",
        ),
        "elsewhere": (Reply.to("https://169.254.169.254/latest/meta-data/"), "not allowed here: 169.254.169.254."),
        "at home": (Reply.to("http://127.0.0.1:8000/admin/"), "not allowed here: 127.0.0.1:8000."),
        "stall": (stalling(good, over), "Nothing, or nearly nothing, came from Civitai any more."),
        "hang up": (Reply(good, cut=100), "The connection to Civitai broke again and again."),
    }


def test_each_bad_download_is_refused_by_its_own_sentence_and_leaves_nothing(
    open_house: Callable[..., House], hub: ModelHub
) -> None:
    house = open_house()
    house.start_worker("-Q", "cpu")
    told: dict[str, str] = {}
    over = Event()
    with Browser(house.address) as browser:
        enter(browser)
        for number, (name, (reply, _)) in enumerate(lies(over).items(), start=1):
            content = reply.content if isinstance(reply, StoredFile) else shapes.kohya()
            hub.civitai_model(number, number, content, files=[a_civitai_file(number)])
            hub.routes[CIVITAI_STORAGE, f"/file/{number}"] = reply
            try:
                page = ended(browser, download(browser, f"https://civitai.com/models/{number}"))
            except DemoError as problem:
                raise AssertionError(name) from problem
            told[name] = " ".join(page.problems)
            until(lambda: not left_over(house), f"nothing is left: {name}", SOON)
    over.set()
    for name, (_, sentence) in lies(over).items():
        assert sentence in told[name], name
    assert len(set(told.values())) == len(told)
    assert house.value(KEPT) == 0
    assert house.stored("loras/") == set()


def a_civitai_file(version: int) -> dict[str, Any]:
    """What Civitai says of a file; nothing of its size and hash, so that only the storage's words count."""
    named = {"name": "a.safetensors", "type": "Model", "primary": True, "metadata": {"format": "SafeTensor"}}
    return named | {"downloadUrl": f"https://{CIVITAI}/api/download/models/{version}"}


def test_what_is_not_what_the_site_promised_is_refused(open_house: Callable[..., House], hub: ModelHub) -> None:
    house = open_house()
    house.start_worker("-Q", "cpu")
    good, other = shapes.kohya(seed=1), shapes.kohya(seed=2)
    assert len(good) == len(other)
    hub.civitai_model(1, 1, good)
    hub.routes[CIVITAI_STORAGE, "/file/1"] = StoredFile(other)
    hub.civitai_model(2, 2, good)
    hub.routes[CIVITAI_STORAGE, "/file/2"] = StoredFile(good + b"more")
    with Browser(house.address) as browser:
        enter(browser)
        wrong_hash = ended(browser, download(browser, "https://civitai.com/models/1"))
        wrong_length = ended(browser, download(browser, "https://civitai.com/models/2"))
    assert "What came is not the file that Civitai names: its SHA-256 differs." in wrong_hash.problems[0]
    assert "The file has another length than was announced:" in wrong_length.problems[0]
    until(lambda: not left_over(house), "nothing is left", SOON)
    assert house.value(KEPT) == 0


def test_bad_uploads_are_refused_in_the_form_or_by_the_worker(open_house: Callable[..., House], tmp_path: Path) -> None:
    house = open_house(LORA_MAX_MB="1")
    house.start_worker("-Q", "cpu")
    at_once = {
        "SDXL": (shapes.kohya(shapes.SDXL), "for SDXL, not Preview."),
        "cut off": (shapes.kohya()[:-10], "The LoRA file is cut off: of"),
        "pickle": (shapes.a_pickle(), "This file is a Python pickle"),
        "zip": (shapes.a_zip(), "This file is a ZIP archive"),
        "Flux": (shapes.flux(), "This LoRA is made for another kind of model (Flux"),
        "large": (shapes.diffusers(rows=80_000), "The LoRA file is larger than 1 MB."),
        "larger": (bytes(6_000_000), "The LoRA file is larger than 1 MB."),
    }
    with Browser(house.address) as browser:
        enter(browser)
        for name, (content, sentence) in at_once.items():
            with pytest.raises(DemoError) as caught:
                upload(browser, tmp_path / "a.safetensors", content)
            assert sentence in str(caught.value), name
            until(lambda: not left_over(house), f"nothing is left: {name}", SOON)
        assert house.value("SELECT count(*) FROM generation_loraimport") == 0
        page = ended(browser, upload(browser, tmp_path / "a.safetensors", shapes.kohya(wrong=float("inf"))))
    assert "The LoRA holds values that are not numbers" in page.problems[0]
    until(lambda: not left_over(house), "nothing is left", SOON)


@pytest.mark.parametrize("victim", ["worker", "child"])
def test_a_killed_worker_leaves_no_download_and_the_import_is_done_all_the_same(
    open_house: Callable[..., House], hub: ModelHub, victim: str
) -> None:
    house = open_house(**PATIENT)
    first = house.start_worker("-Q", "cpu")
    with Browser(house.address) as browser:
        page, content, over = half_here(browser, house, hub)
        child = int(house.value(IMPORT.format("worker")).rpartition(":")[2])
        if victim == "worker":
            os.killpg(first.pid, signal.SIGKILL)
            first.wait()
        else:
            os.kill(child, signal.SIGKILL)
        assert left_over(house)
        over.set()
        hub.routes[CIVITAI_STORAGE, "/file/8"] = StoredFile(content)
        if victim == "worker":
            house.start_worker("-Q", "cpu")
        done = ended(browser, page)
    assert done.job is not None
    assert done.job.state == "done"
    assert house.value(IMPORT.format("attempt")) == 2
    assert house.value(KEPT) == 1
    until(lambda: left_over(house) == set(), "what was left is swept", 30)


def test_a_download_that_is_cancelled_ends_and_leaves_nothing(open_house: Callable[..., House], hub: ModelHub) -> None:
    house = open_house(**PATIENT)
    house.start_worker("-Q", "cpu")
    with Browser(house.address) as browser:
        page, _, over = half_here(browser, house, hub)
        browser.submit(browser.get(page.url), action=r".*/cancel/")
        done = ended(browser, page)
    assert done.job is not None
    assert done.job.state == "cancelled"
    until(lambda: not left_over(house), "nothing is left", SOON)
    assert len([asked for asked in hub.asked if asked.host == CIVITAI_STORAGE]) == 1
    over.set()
