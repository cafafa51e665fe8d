"""The file itself: broken connections, lies about lengths, slowness, a full disk, and somebody who cancels."""

from __future__ import annotations

import gzip
import time
from typing import TYPE_CHECKING, Any

import pytest

from tests.generation.fetching.conftest import BODY
from tests.model_hub import COMMIT, HF_STORAGE, HUGGING_FACE, Reply, StoredFile

if TYPE_CHECKING:
    from collections.abc import Callable

    from generation.engine.errors import EngineError
    from generation.fetching.fetch import Fetched
    from tests.model_hub import Asked, ModelHub

HF = "https://huggingface.co/owner/name"
STORED = "/xet/owner/name/a.safetensors"
FILE = f"/owner/name/resolve/{COMMIT}/a.safetensors"
SHORT = {"stall_seconds": 1.0, "answer_seconds": 1.0, "tries": 2}


@pytest.fixture(autouse=True)
def filled(hub: ModelHub) -> None:
    """A LoRA on Hugging Face."""
    hub.repository("owner/name", {"a.safetensors": BODY})


@pytest.fixture
def unsaid(hub: ModelHub) -> None:
    """Nobody says size and hash of the LoRA."""
    model = {"siblings": [{"rfilename": "a.safetensors"}], "sha": COMMIT}
    hub.routes[HUGGING_FACE, "/api/models/owner/name"] = Reply.json(model)
    hub.routes[HUGGING_FACE, FILE] = Reply.to(f"https://{HF_STORAGE}{STORED}")


def ranges(hub: ModelHub) -> list[str | None]:
    """What was asked of the storage."""
    return [asked.headers.get("range") for asked in hub.asked if asked.host == HF_STORAGE]


def test_a_broken_connection_goes_on_where_it_broke(hub: ModelHub, get: Callable[..., Fetched]) -> None:
    hub.routes[HF_STORAGE, STORED] = StoredFile(BODY, cuts=(100_000, 50_000, 0))
    assert get(HF).path.read_bytes() == BODY
    assert ranges(hub) == [None, "bytes=100000-", "bytes=150000-", "bytes=150000-"]
    assert hub.sent[STORED] == len(BODY)  # no byte came twice


def test_a_connection_that_breaks_again_and_again(hub: ModelHub, refused: Callable[..., EngineError]) -> None:
    hub.routes[HF_STORAGE, STORED] = StoredFile(BODY, cuts=(10,) * 9)
    problem = refused(HF)
    assert (problem.code, problem.values) == ("fetch_broken", {"site": "Hugging Face"})
    assert len(ranges(hub)) == 5


def test_a_file_that_changes_between_two_pieces_is_begun_anew(
    unsaid: None, hub: ModelHub, get: Callable[..., Fetched]
) -> None:
    other = bytes(reversed(BODY))
    files = [StoredFile(BODY, cuts=(100_000,)), StoredFile(other)]
    hub.routes[HF_STORAGE, STORED] = lambda asked: files["range" in asked.headers](asked)
    assert get(HF).path.read_bytes() == other
    assert ranges(hub) == [None, "bytes=100000-"]


def _not_as_asked(**headers: str) -> Callable[[Asked], Reply]:
    """A storage that breaks once, answers a range in another way than it was asked for, and then does well."""
    file = StoredFile(BODY, cuts=(100_000,))

    def answer(asked: Asked) -> Reply:
        reply = file(asked)
        if reply.status == 206:
            reply.headers |= headers
        return reply

    return answer


@pytest.mark.parametrize(
    "headers",
    [{"Content-Range": "bytes 0-409599/409600"}, {"Content-Range": "bytes 100000-409599/409601"},
     {"Content-Range": "bytes 100000-200000/409600"}, {"Content-Range": "nonsense"}, {"ETag": '"other"'},
     {"Content-Range": "bytes 100000-409599/*"}, {"Content-Encoding": "gzip"}, {"Content-Length": "5"}],
)  # fmt: skip
def test_a_range_that_was_not_asked_for_is_not_taken(
    headers: dict[str, str], hub: ModelHub, get: Callable[..., Fetched]
) -> None:
    hub.routes[HF_STORAGE, STORED] = _not_as_asked(**headers)
    assert get(HF).path.read_bytes() == BODY
    assert ranges(hub) == [None, "bytes=100000-", None]


@pytest.mark.parametrize(("first", "content"), [(50_000, BODY), (100_000, BODY + b"x")])
def test_another_range_or_file_told_without_a_contradiction(
    first: int, content: bytes, hub: ModelHub, get: Callable[..., Fetched]
) -> None:
    file = StoredFile(BODY, cuts=(100_000,))
    said = {"ETag": file.etag, "Content-Range": f"bytes {first}-{len(content) - 1}/{len(content)}"}
    other = Reply(content[first:], 206, said)
    hub.routes[HF_STORAGE, STORED] = lambda asked: other if "range" in asked.headers else file(asked)
    assert get(HF).path.read_bytes() == BODY
    assert ranges(hub) == [None, "bytes=100000-", None]


def test_a_range_that_cannot_be_given_is_begun_anew(hub: ModelHub, get: Callable[..., Fetched]) -> None:
    file = StoredFile(BODY, cuts=(100_000,))
    hub.routes[HF_STORAGE, STORED] = lambda asked: Reply(status=416) if "range" in asked.headers else file(asked)
    assert get(HF).path.read_bytes() == BODY
    assert ranges(hub) == [None, "bytes=100000-", None]


@pytest.mark.parametrize("etag", ["", 'W/"weak"'])
def test_a_file_without_a_strong_etag_is_begun_anew(etag: str, hub: ModelHub, get: Callable[..., Fetched]) -> None:
    file = StoredFile(BODY, cuts=(100_000,))
    file.etag = etag
    hub.routes[HF_STORAGE, STORED] = file
    assert get(HF).path.read_bytes() == BODY
    assert ranges(hub) == [None, None]


def test_a_part_of_a_file_that_nobody_asked_for(hub: ModelHub, refused: Callable[..., EngineError]) -> None:
    part = {"Content-Range": f"bytes 0-{len(BODY) - 1}/{len(BODY)}"}
    hub.routes[HF_STORAGE, STORED] = Reply(BODY, 206, part)
    assert refused(HF).code == "fetch_broken"


@pytest.mark.parametrize("size", [len(BODY) - 1, len(BODY) + 1, 5])
def test_another_length_than_the_site_named(size: int, hub: ModelHub, refused: Callable[..., EngineError]) -> None:
    hub.routes[HF_STORAGE, STORED] = StoredFile((BODY + b"x")[:size])
    problem = refused(HF)
    assert (problem.code, problem.values) == ("fetch_length", {"want": len(BODY), "have": size})
    assert ranges(hub) == [None]


@pytest.mark.parametrize("size", [len(BODY) - 1, len(BODY) + 100_000])
def test_another_length_than_the_site_named_told_by_nobody(
    size: int, hub: ModelHub, refused: Callable[..., EngineError]
) -> None:
    hub.routes[HF_STORAGE, STORED] = Reply((BODY * 2)[:size], chunked=True)
    assert refused(HF).code == "fetch_length"


@pytest.mark.parametrize("farewell", [False, True])
def test_fewer_bytes_than_announced(
    farewell: bool, unsaid: None, hub: ModelHub, refused: Callable[..., EngineError]
) -> None:
    longer = {"Content-Length": str(len(BODY) + 7)}
    hub.routes[HF_STORAGE, STORED] = Reply(BODY, headers=longer, farewell=farewell)
    assert refused(HF).code == "fetch_broken"
    assert len(ranges(hub)) == 5


def test_more_bytes_than_announced_are_not_read(hub: ModelHub, get: Callable[..., Fetched]) -> None:
    hub.routes[HF_STORAGE, STORED] = Reply(BODY * 2, headers={"Content-Length": str(len(BODY))})
    assert get(HF).path.read_bytes() == BODY


@pytest.mark.parametrize("announced", [True, False])
def test_a_body_without_an_end(
    announced: bool, unsaid: None, hub: ModelHub, refused: Callable[..., EngineError]
) -> None:
    def endless(out: Any) -> None:
        out.write(b"HTTP/1.1 200 OK\r\n" + (b"Transfer-Encoding: chunked\r\n" if announced else b"") + b"\r\n")
        while True:  # until the client hangs up
            out.write(b"10000\r\n" + bytes(65_536) + b"\r\n" if announced else bytes(65_536))

    hub.routes[HF_STORAGE, STORED] = Reply(raw=endless)
    problem = refused(HF, most_bytes=3_000_000)
    assert (problem.code, problem.values) == ("lora_too_large", {"limit_mb": 3})


def test_too_large_by_what_the_site_says(hub: ModelHub, refused: Callable[..., EngineError]) -> None:
    assert refused(HF, most_bytes=len(BODY) - 1).code == "lora_too_large"
    assert ranges(hub) == []


def test_too_large_by_what_the_storage_says(unsaid: None, hub: ModelHub, refused: Callable[..., EngineError]) -> None:
    told: list[int] = []
    assert refused(HF, most_bytes=len(BODY) - 1, tell=lambda have, total: told.append(have)).code == "lora_too_large"
    assert set(told) == {0}


def test_as_large_as_it_may_be(get: Callable[..., Fetched]) -> None:
    assert get(HF, most_bytes=len(BODY)).bytes == len(BODY)


def test_another_file_of_the_same_length(hub: ModelHub, refused: Callable[..., EngineError]) -> None:
    hub.routes[HF_STORAGE, STORED] = StoredFile(BODY[:-1] + b"x")
    assert refused(HF).code == "fetch_wrong_hash"


def test_the_hash_that_is_named_on_the_way(unsaid: None, hub: ModelHub, refused: Callable[..., EngineError]) -> None:
    hub.routes[HUGGING_FACE, FILE] = Reply.to(f"https://{HF_STORAGE}{STORED}", **{"X-Linked-Etag": f'"{"0" * 64}"'})
    assert refused(HF).code == "fetch_wrong_hash"


def test_a_file_of_which_nobody_says_anything(unsaid: None, hub: ModelHub, get: Callable[..., Fetched]) -> None:
    hub.routes[HF_STORAGE, STORED] = Reply(BODY, chunked=True)
    told: list[int | None] = []
    assert get(HF, tell=lambda have, total: told.append(total)).path.read_bytes() == BODY
    assert set(told) == {None}


@pytest.mark.parametrize("reply", [
    Reply(BODY, headers={"Content-Type": "text/html; charset=utf-8"}),
    Reply(b"  <!DOCTYPE html><title>Log in</title>"), Reply(b"<html>" + BODY, chunked=True),
])  # fmt: skip
def test_a_page_instead_of_a_file(
    reply: Reply, unsaid: None, hub: ModelHub, refused: Callable[..., EngineError]
) -> None:
    hub.routes[HF_STORAGE, STORED] = reply
    assert refused(HF).code == "lora_page"


def test_packed_bytes_are_not_unpacked(unsaid: None, hub: ModelHub, refused: Callable[..., EngineError]) -> None:
    hub.routes[HF_STORAGE, STORED] = Reply(gzip.compress(BODY), headers={"Content-Encoding": "gzip"})
    assert refused(HF).code == "fetch_packed"
    assert {asked.headers["accept-encoding"] for asked in hub.asked} == {"identity"}


def test_nothing_comes_any_more(hub: ModelHub, refused: Callable[..., EngineError]) -> None:
    def silent(out: Any) -> None:
        out.write(b"HTTP/1.1 200 OK\r\nContent-Length: 409600\r\n\r\n" + BODY[:1000])
        out.flush()
        time.sleep(8)

    hub.routes[HF_STORAGE, STORED] = Reply(raw=silent)
    problem = refused(HF, **SHORT)
    assert (problem.code, problem.values) == ("fetch_stalled", {"site": "Hugging Face"})
    assert len(ranges(hub)) == 2


def test_a_body_that_drips(hub: ModelHub, refused: Callable[..., EngineError]) -> None:
    hub.routes[HF_STORAGE, STORED] = Reply(BODY, pause=0.05)
    told: list[int] = []
    assert refused(HF, tell=lambda have, total: told.append(have), **SHORT).code == "fetch_stalled"
    assert len(set(told)) > 3  # bytes came all the time


@pytest.mark.parametrize(
    "start", [b"", b"HTTP/1.1 200 OK\r\nA: ", b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"]
)
def test_lines_that_drip(start: bytes, hub: ModelHub, refused: Callable[..., EngineError]) -> None:
    def drip(out: Any) -> None:
        out.write(start)
        for _ in range(200):
            out.write(b"0")
            out.flush()
            time.sleep(0.05)

    hub.routes[HF_STORAGE, STORED] = Reply(raw=drip)
    assert refused(HF, **SHORT).code == "fetch_stalled"


def test_a_body_that_would_not_be_here_in_time(hub: ModelHub, refused: Callable[..., EngineError]) -> None:
    """400 KB at 20 bytes a second at most, within ten minutes: nobody waits that long to see that."""
    hub.routes[HF_STORAGE, STORED] = Reply(BODY, pause=0.05)
    assert refused(HF, stall_bytes=1, **SHORT | {"total_seconds": 600.0}).code == "fetch_stalled"
    assert len(ranges(hub)) == 2


def test_all_of_it_takes_too_long(hub: ModelHub, refused: Callable[..., EngineError]) -> None:
    hub.routes[HF_STORAGE, STORED] = Reply(BODY, pause=0.05)
    assert refused(HF, total_seconds=3.0).code == "fetch_too_slow"
