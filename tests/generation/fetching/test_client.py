"""Redirects, tokens and refusals: where a server may send us, whom a token is shown to, and what people are told."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from generation import fetching
from imagecreator.errors import ERRORS
from tests.generation.fetching.conftest import BODY
from tests.model_hub import CIVITAI, CIVITAI_STORAGE, COMMIT, HF_STORAGE, HUGGING_FACE, Reply, StoredFile

if TYPE_CHECKING:
    from collections.abc import Callable

    from generation.engine.errors import EngineError
    from generation.fetching.fetch import Fetched
    from tests.model_hub import Asked, ModelHub

HF = "https://huggingface.co/owner/name"
MODEL = "https://civitai.com/models/12"
SOURCES = Path(fetching.__file__).parent
API = "/api/models/owner/name"
FILE = f"/owner/name/resolve/{COMMIT}/a.safetensors"
TOKENS = {HUGGING_FACE: "hf_secret", CIVITAI: " civitai_secret\n"}


@pytest.fixture(autouse=True)
def filled(hub: ModelHub) -> None:
    """A LoRA on each of the sites."""
    hub.repository("owner/name", {"a.safetensors": BODY})
    hub.civitai_model(12, 34, BODY)


def seen(hub: ModelHub) -> dict[str, set[str | None]]:
    """The tokens that each host has seen."""
    found: dict[str, set[str | None]] = {}
    for asked in hub.asked:
        found.setdefault(asked.host, set()).add(asked.headers.get("authorization"))
    return found


@pytest.mark.parametrize(
    ("address", "host"),
    [("https://evil.example/a", "evil.example"), ("https://hf.co.evil.example/a", "hf.co.evil.example"),
     ("http://cas-bridge.xethub.hf.co/a", "cas-bridge.xethub.hf.co"), ("//evil.example/a", "evil.example"),
     ("https://huggingface.co:8443/a", "huggingface.co:8443"), ("https://127.0.0.1/a", "127.0.0.1"),
     ("https://[::1]/a", "[::1]"), ("https://me@evil.example/", "evil.example"), ("file:///etc/passwd", "?"),
     ("https://huggingface.co@evil.example/a", "evil.example"), ("https://huggingface.co./a", "huggingface.co."),
     ("https://[bad/a", "?"), ("https://a..xethub.hf.co/a", "a..xethub.hf.co"),
     ("https://me@cas-bridge.xethub.hf.co/a", "cas-bridge.xethub.hf.co"),
     ("ftp://huggingface.co/a", "huggingface.co"), ("data:text/plain,a", "?")],
)  # fmt: skip
@pytest.mark.parametrize("at", [API, FILE])
def test_a_redirect_to_what_is_not_listed(
    address: str, host: str, at: str, hub: ModelHub, refused: Callable[..., EngineError]
) -> None:
    hub.routes[HUGGING_FACE, at] = Reply.to(address)
    problem = refused(HF)
    assert (problem.code, problem.values) == ("fetch_elsewhere", {"host": host})
    assert hub.asked[-1].path.startswith(at)  # nobody was asked afterwards


def test_a_redirect_to_a_listed_name_with_a_private_address(hub: ModelHub, refused: Callable[..., EngineError]) -> None:
    homes = {HF_STORAGE: ["10.0.0.1"]}
    network = replace(
        hub.network,
        resolve=lambda host: homes.get(host, ["127.0.0.1"]),
        is_public=lambda address: not address.startswith("10."),
    )
    problem = refused(HF, network=network)
    assert (problem.code, problem.values) == ("fetch_private", {"host": HF_STORAGE})


@pytest.mark.parametrize("target", [FILE, f"https://huggingface.co{FILE}", "", "?again"])
def test_a_loop(target: str, hub: ModelHub, refused: Callable[..., EngineError]) -> None:
    hub.routes[HUGGING_FACE, FILE] = Reply.to(target)
    assert refused(HF).code == "fetch_redirects"
    assert sum(asked.path.startswith(FILE) for asked in hub.asked) == 6


def test_five_redirects_are_followed_and_six_are_not(
    hub: ModelHub, get: Callable[..., Fetched], refused: Callable[..., EngineError]
) -> None:
    for number in range(5):
        hub.routes[HUGGING_FACE, f"/{number}"] = Reply.to(f"/{number + 1}", (301, 302, 303, 307, 308)[number])
    hub.routes[HUGGING_FACE, "/5"] = StoredFile(BODY)
    hub.routes[HUGGING_FACE, FILE] = Reply.to("/0")
    assert refused(HF).code == "fetch_redirects"
    hub.routes[HUGGING_FACE, FILE] = Reply.to("/1")
    assert get(HF).path.read_bytes() == BODY


def test_odd_letters_in_a_redirect(hub: ModelHub, get: Callable[..., Fetched]) -> None:
    hub.routes[HUGGING_FACE, FILE] = Reply.to("/a b/\u00e9?name=\u00e9 \u00e9;x=%20")
    hub.routes[HUGGING_FACE, "/a%20b/%C3%A9"] = StoredFile(BODY)
    assert get(HF).path.read_bytes() == BODY


def test_a_token_is_shown_to_its_own_site_alone(hub: ModelHub, get: Callable[..., Fetched]) -> None:
    get(HF, tokens=TOKENS)
    get(MODEL, tokens=TOKENS)
    assert seen(hub) == {
        HUGGING_FACE: {"Bearer hf_secret"},
        HF_STORAGE: {None},
        CIVITAI: {"Bearer civitai_secret"},
        CIVITAI_STORAGE: {None},
    }


def test_a_token_of_the_other_site_is_not_shown_after_a_redirect(hub: ModelHub, get: Callable[..., Fetched]) -> None:
    hub.routes[CIVITAI, "/api/download/models/34"] = Reply.to(f"https://{HUGGING_FACE}/stored")
    hub.routes[HUGGING_FACE, "/stored"] = StoredFile(BODY)
    get(MODEL, tokens=TOKENS)
    assert seen(hub)[HUGGING_FACE] == {None}


def test_no_token_is_no_header(hub: ModelHub, get: Callable[..., Fetched]) -> None:
    get(HF, tokens={HUGGING_FACE: "  "})
    assert seen(hub)[HUGGING_FACE] == {None}


def test_no_token_in_an_error(hub: ModelHub, refused: Callable[..., EngineError]) -> None:
    hub.routes[HUGGING_FACE, API] = Reply(status=403)
    assert "secret" not in repr(refused(HF, tokens=TOKENS))


@pytest.mark.parametrize("status", [401, 403])
@pytest.mark.parametrize("at", [API, FILE])
def test_who_asks_is_not_known_or_not_welcome(
    status: int, at: str, hub: ModelHub, refused: Callable[..., EngineError]
) -> None:
    hub.routes[HUGGING_FACE, at] = Reply(status=status)
    wanted = {"site": "Hugging Face", "setting": "HF_TOKEN"}
    problem = refused(HF)
    assert (problem.code, problem.values) == ("fetch_token", wanted)
    problem = refused(HF, tokens=TOKENS)
    assert (problem.code, problem.values) == ("fetch_gated", wanted)


def test_civitai_sends_to_its_page_for_logging_in(hub: ModelHub, refused: Callable[..., EngineError]) -> None:
    hub.routes[CIVITAI, "/api/download/models/34"] = Reply.to("/login?returnUrl=%2Fmodels&reason=download-auth", 307)
    hub.routes[CIVITAI, "/login"] = Reply(b"<html>", headers={"Content-Type": "text/html"})
    problem = refused(MODEL)
    assert (problem.code, problem.values) == ("fetch_token", {"site": "Civitai", "setting": "CIVITAI_TOKEN"})


def test_hugging_face_says_401_for_what_it_does_not_have(hub: ModelHub, refused: Callable[..., EngineError]) -> None:
    hub.routes[HUGGING_FACE, API] = Reply(status=401, headers={"X-Error-Code": "RepoNotFound"})
    assert refused(HF).code == "fetch_missing"


@pytest.mark.parametrize(
    ("status", "code"),
    [(404, "fetch_missing"), (410, "fetch_missing"), (500, "fetch_site_down"), (503, "fetch_site_down"),
     (400, "fetch_refused"), (418, "fetch_refused"), (204, "fetch_refused"), (304, "fetch_refused")],
)  # fmt: skip
@pytest.mark.parametrize("at", [API, FILE])
def test_other_refusals(status: int, code: str, at: str, hub: ModelHub, refused: Callable[..., EngineError]) -> None:
    hub.routes[HUGGING_FACE, at] = Reply(status=status)
    problem = refused(HF)
    assert problem.code == code
    assert problem.values["site"] == "Hugging Face"
    assert problem.values.get("status", status) == status


def test_the_storage_refuses(hub: ModelHub, refused: Callable[..., EngineError]) -> None:
    """No token would help: the storage knows signed addresses only."""
    hub.routes[CIVITAI_STORAGE, "/file/34"] = Reply(status=403)
    problem = refused(MODEL)
    assert (problem.code, problem.values) == ("fetch_refused", {"site": "Civitai", "status": 403})


@pytest.mark.parametrize(
    ("said", "seconds"), [("90", 90), ("", 60), ("soon", 60), ("0", 1), ("9" * 40, 86_400), ("-5", 60)]
)
def test_too_many_questions(said: str, seconds: int, hub: ModelHub, refused: Callable[..., EngineError]) -> None:
    hub.routes[HUGGING_FACE, API] = Reply(status=429, headers={"Retry-After": said})
    problem = refused(HF)
    assert problem.code == "fetch_busy"
    assert problem.values == {"site": "Hugging Face", "seconds": seconds, "minutes": -(-seconds // 60)}
    assert len(hub.asked) == 1


def test_too_many_questions_until_a_date(hub: ModelHub, refused: Callable[..., EngineError]) -> None:
    then = format_datetime(datetime.now(UTC) + timedelta(hours=1), usegmt=True)
    hub.routes[HUGGING_FACE, API] = Reply(status=429, headers={"Retry-After": then})
    assert 3000 < refused(HF).values["seconds"] <= 3600


def test_a_connection_that_breaks_in_a_question_is_tried_again(hub: ModelHub, get: Callable[..., Fetched]) -> None:
    whole = hub.routes[HUGGING_FACE, API]
    assert isinstance(whole, Reply)
    replies = [
        Reply(whole.body, cut=9, farewell=True),
        Reply(raw=lambda out: None),
        Reply(raw=lambda out: out.write(b"HTTP/1.1 200 OK\r\nA")),
        whole,
    ]

    def one_by_one(asked: Asked) -> Reply:
        return replies.pop(0) if len(replies) > 1 else replies[0]

    hub.routes[HUGGING_FACE, API] = one_by_one
    assert get(HF).path.read_bytes() == BODY


@pytest.mark.parametrize(
    "answer", [b"", b"HTTP/1.1 200 OK\r\n" + b"A: b\r\n" * 200 + b"\r\n", b"SSH-2.0-OpenSSH_9.6\r\n\r\n",
               b"HTTP/1.1 200 OK\r\nA: " + b"a" * 100_000, b"HTTP/1.1 abc\r\n\r\n"],
)  # fmt: skip
def test_answers_that_are_not_http(answer: bytes, hub: ModelHub, refused: Callable[..., EngineError]) -> None:
    hub.routes[HUGGING_FACE, API] = Reply(raw=lambda out: out.write(answer))
    assert refused(HF, tries=2).code == "fetch_broken"
    assert len(hub.asked) == 2


def test_every_error_has_its_sentences_and_every_sentence_its_error() -> None:
    raised = {code for file in SOURCES.glob("*.py") for code in re.findall(r'"(fetch_\w+)"', file.read_text())}
    assert raised == {code for code in ERRORS if code.startswith("fetch_")}
