"""Private files over HTTP: whole, in ranges, only when changed, and never left open."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

import pytest
from django.core.files.base import ContentFile, File
from django.core.files.storage import FileSystemStorage
from django.http import Http404
from django.test import RequestFactory
from hypothesis import given
from hypothesis import strategies as st

from imagecreator.serving import CHUNK, Unsatisfiable, parse_range, serve

if TYPE_CHECKING:
    from pathlib import Path

    from django.db.models.fields.files import FieldFile
    from django.http.response import HttpResponseBase

pytestmark = pytest.mark.django_db  # closing a response closes old connections, too
CONTENT = bytes(range(256)) * 4  # 1024 bytes


class WatchedStorage(FileSystemStorage):
    """The real storage, which remembers what it opened."""

    opened: list[File[Any]]

    def open(self, name: str, mode: str = "rb") -> File[Any]:
        file = super().open(name, mode)
        self.opened.append(file)
        return file


@pytest.fixture
def storage(tmp_path: Path) -> WatchedStorage:
    storage = WatchedStorage(location=tmp_path)
    storage.opened = []
    storage.save("videos/one", ContentFile(CONTENT))
    return storage


def stored(storage: FileSystemStorage, name: str = "videos/one") -> FieldFile:
    """What ``serve`` uses of a model's file."""
    return cast("FieldFile", SimpleNamespace(name=name, storage=storage))


def answer(
    storage: FileSystemStorage, method: str = "GET", name: str = "videos/one", **headers: str
) -> HttpResponseBase:
    request = RequestFactory().generic(
        method, "/file/", headers={key.replace("_", "-"): v for key, v in headers.items()}
    )
    return serve(request, stored(storage, name), "video/mp4")


def body(response: HttpResponseBase) -> bytes:
    content = b"".join(response) if response.streaming else response.content  # type: ignore[attr-defined]
    response.close()
    return bytes(content)


def test_the_whole_file_says_that_ranges_are_possible(storage: WatchedStorage) -> None:
    response = answer(storage)
    assert response.status_code == 200
    assert response["Content-Type"] == "video/mp4"
    assert response["Content-Length"] == "1024"
    assert response["Accept-Ranges"] == "bytes"
    assert body(response) == CONTENT


def test_a_file_is_neither_guessed_at_nor_run_nor_shared(storage: WatchedStorage) -> None:
    response = answer(storage)
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Content-Security-Policy"] == "default-src 'none'"
    assert response["Cache-Control"] == "private, max-age=3600"
    response.close()


def test_a_name_for_saving_is_offered(storage: WatchedStorage) -> None:
    response = serve(RequestFactory().get("/"), stored(storage), "image/png", filename='Мой "файл".png')
    assert response["Content-Disposition"].startswith("inline; filename*=utf-8''%D0%9C")
    response.close()


@pytest.mark.parametrize(
    ("asked", "first", "last"),
    [
        ("bytes=0-99", 0, 99),
        ("bytes=0-0", 0, 0),
        ("bytes=1000-", 1000, 1023),
        ("bytes=0-", 0, 1023),
        ("bytes=-24", 1000, 1023),
        ("bytes=-5000", 0, 1023),
        ("bytes=1000-9999999999", 1000, 1023),
        ("BYTES=5-6", 5, 6),
        ("bytes= 5-6 ,", 5, 6),
    ],
)
def test_one_range_is_answered_with_206(storage: WatchedStorage, asked: str, first: int, last: int) -> None:
    response = answer(storage, Range=asked)
    assert response.status_code == 206
    assert response["Content-Range"] == f"bytes {first}-{last}/1024"
    assert response["Content-Length"] == str(last - first + 1)
    assert body(response) == CONTENT[first : last + 1]


@pytest.mark.parametrize("asked", ["bytes=1024-", "bytes=5000-6000", "bytes=-0", "bytes=1024-1024"])
def test_a_range_outside_the_file_is_answered_with_416(storage: WatchedStorage, asked: str) -> None:
    response = answer(storage, Range=asked)
    assert response.status_code == 416
    assert response["Content-Range"] == "bytes */1024"
    assert body(response) == b""


@pytest.mark.parametrize(
    "asked",
    ["bytes=0-1,5-6", "bytes=9-5", "bytes=-", "bytes=a-b", "lines=0-5", "bytes", "", "bytes=0-1-2", "bytes=٣-٥",
     "bytes=0-" + "9" * 5000, "bytes=--5", "bytes=0x1-5"],
)  # fmt: skip
def test_several_malformed_or_foreign_ranges_bring_the_whole_file(storage: WatchedStorage, asked: str) -> None:
    response = answer(storage, Range=asked)
    assert response.status_code == 200
    assert "Content-Range" not in response
    assert body(response) == CONTENT


def test_head_tells_the_size_and_sends_nothing(storage: WatchedStorage) -> None:
    response = answer(storage, "HEAD", Range="bytes=0-5")
    assert (response.status_code, response["Content-Length"], body(response)) == (200, "1024", b"")
    assert response["Content-Type"] == "video/mp4"


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_what_the_browser_has_is_not_sent_again(storage: WatchedStorage, method: str) -> None:
    etag = answer(storage, "HEAD")["ETag"]
    for known in (etag, f"W/{etag}", f'"other", {etag}', "*"):
        response = answer(storage, method, If_None_Match=known, Range="bytes=0-5")
        assert (response.status_code, body(response)) == (304, b"")
        assert (response["ETag"], response["Cache-Control"]) == (etag, "private, max-age=3600")


def test_another_etag_brings_the_file(storage: WatchedStorage) -> None:
    assert body(answer(storage, If_None_Match='"other"')) == CONTENT


def test_another_name_has_another_etag(storage: WatchedStorage) -> None:
    storage.save("videos/two", ContentFile(CONTENT))
    assert answer(storage, "HEAD")["ETag"] != answer(storage, "HEAD", name="videos/two")["ETag"]


def test_if_match_is_respected_and_dates_are_not_since_none_is_known(storage: WatchedStorage) -> None:
    etag = answer(storage, "HEAD")["ETag"]
    assert answer(storage, "HEAD", If_Match=etag).status_code == 200
    assert answer(storage, "HEAD", If_Match='"other"').status_code == 412
    assert answer(storage, "HEAD", If_Unmodified_Since="Sat, 01 Jan 2000 00:00:00 GMT").status_code == 200


def test_a_range_of_another_version_brings_the_whole_file(storage: WatchedStorage) -> None:
    etag = answer(storage, "HEAD")["ETag"]
    for condition, status in (
        (etag, 206),
        (f"W/{etag}", 200),
        ('"other"', 200),
        ("Sat, 01 Jan 2000 00:00:00 GMT", 200),
    ):
        response = answer(storage, Range="bytes=0-5", If_Range=condition)
        assert response.status_code == status, condition
        response.close()


def test_a_missing_file_is_not_found(storage: WatchedStorage) -> None:
    for name in ("videos/none", ""):
        with pytest.raises(Http404):
            answer(storage, name=name)


def test_an_empty_file_is_served(storage: WatchedStorage) -> None:
    storage.save("videos/empty", ContentFile(b""))
    assert (answer(storage, name="videos/empty")["Content-Length"], body(answer(storage, name="videos/empty"))) == (
        "0",
        b"",
    )
    assert answer(storage, name="videos/empty", Range="bytes=0-").status_code == 416
    assert answer(storage, name="videos/empty", Range="bytes=-5").status_code == 200


def test_a_large_file_comes_in_pieces(storage: WatchedStorage) -> None:
    large = CONTENT * 700
    storage.save("videos/large", ContentFile(large))
    response = answer(storage, name="videos/large", Range="bytes=3-")
    pieces = list(response)
    response.close()
    assert max(map(len, pieces)) <= CHUNK
    assert b"".join(pieces) == large[3:]


@pytest.mark.parametrize(
    "headers",
    [{}, {"Range": "bytes=3-9"}, {"Range": "bytes=9999-"}, {"If_None_Match": "*"}, {"If_Match": '"other"'}],
)
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_no_file_stays_open_even_where_nobody_read_it(
    storage: WatchedStorage, method: str, headers: dict[str, str]
) -> None:
    answer(storage, method, **headers).close()
    assert [file.closed for file in storage.opened] == [True]


@given(
    st.text(max_size=40) | st.from_regex(r"bytes=\d{0,25}-\d{0,25}(,\d{0,3}-\d{0,3})?", fullmatch=True),
    st.integers(0, 3000),
)
def test_any_header_gives_bytes_inside_the_file_or_a_plain_refusal(header: str, size: int) -> None:
    try:
        asked = parse_range(header, size)
    except Unsatisfiable:
        return
    if asked is not None:
        start, length = asked
        assert 0 <= start < size
        assert 0 < length <= size - start


@given(st.integers(1, 10**6), st.data())
def test_a_range_inside_the_file_is_taken_literally(size: int, data: st.DataObject) -> None:
    first = data.draw(st.integers(0, size - 1))
    last = data.draw(st.integers(first, size - 1))
    assert parse_range(f"bytes={first}-{last}", size) == (first, last - first + 1)
    assert parse_range(f"bytes=-{size - first}", size) == (first, size - first)
    assert parse_range(f"bytes={first}-", size) == (first, size - first)
