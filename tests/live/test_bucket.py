"""Media in a bucket, against a real S3 server: ranges without the rest, broken connections, no address, no folder."""

from __future__ import annotations

import select
import socket
import socketserver
import threading
from typing import TYPE_CHECKING, Any, cast

import pytest
from django.core.files.base import ContentFile
from django.http import Http404
from django.test import RequestFactory
from PIL import Image

from channels_app.models import Video
from channels_app.prepare import prepare
from imagecreator.bucket import FIRST_PART, BucketStorage
from imagecreator.errors import ExpectedError
from imagecreator.files.local import PIECE
from imagecreator.queue.changes import cancel
from imagecreator.queue.claim import claim
from imagecreator.queue.serve import serve
from imagecreator.queue.states import State
from imagecreator.serving import serve as answer_with
from tests.clips import draw_clip
from tests.live.servers import KEYS
from tests.look import colour_of, stored
from tests.rows import a_frame, a_video

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from django.db.models.fields.files import FieldFile
    from django.http.response import HttpResponseBase

    from channels_app.models import Channel
    from tests.live.servers import S3, Servers

pytestmark = [pytest.mark.xdist_group("live"), pytest.mark.django_db(transaction=True)]
MB = 1024 * 1024
CONTENT = bytes(range(256)) * 4 * 1024 * 5  # 5 MB


class Asked(list[str]):
    """The GETs that a storage has sent: the range of each."""

    def __init__(self, storage: BucketStorage) -> None:
        super().__init__()
        storage.connection.meta.client.meta.events.register("before-send.s3.GetObject", self._hear)

    def _hear(self, request: Any, **_: Any) -> None:
        asked = request.headers.get("Range", "")
        self.append(asked.decode() if isinstance(asked, bytes) else asked)

    @property
    def total(self) -> int:
        """How many bytes they asked for."""
        ends = [tuple(map(int, asked.removeprefix("bytes=").split("-"))) for asked in self]
        return sum(last - first + 1 for first, last in ends)


@pytest.fixture
def s3(servers: Servers, monkeypatch: pytest.MonkeyPatch) -> S3:
    for name, value in KEYS.items():
        monkeypatch.setenv(name, value)
    return servers.s3


@pytest.fixture
def bucket(s3: S3) -> str:
    return s3.new_bucket()


def options(s3: S3, bucket: str) -> dict[str, Any]:
    return {"bucket_name": bucket, "location": "media", "endpoint_url": s3.endpoint, "region_name": "eu-central-1"}


@pytest.fixture
def storage(s3: S3, bucket: str) -> BucketStorage:
    storage = BucketStorage(**options(s3, bucket))
    storage.save("videos/one", ContentFile(CONTENT))
    return storage


@pytest.fixture
def in_bucket(s3: S3, bucket: str, settings: Any) -> str:
    """The site keeps its media in the bucket."""
    settings.STORAGES = settings.STORAGES | {
        "default": {"BACKEND": "imagecreator.bucket.BucketStorage", "OPTIONS": options(s3, bucket)}
    }
    return bucket


def answer(storage: BucketStorage, method: str = "GET", name: str = "videos/one", **headers: str) -> HttpResponseBase:
    request = RequestFactory().generic(method, "/", headers={key.replace("_", "-"): v for key, v in headers.items()})
    return answer_with(request, cast("FieldFile", Stored(name, storage)), "video/mp4")


class Stored:
    """What ``serve`` uses of a model's file."""

    def __init__(self, name: str, storage: BucketStorage) -> None:
        self.name, self.storage = name, storage


def body(response: HttpResponseBase) -> bytes:
    content = b"".join(response) if response.streaming else response.content  # type: ignore[attr-defined]
    response.close()
    return bytes(content)


@pytest.mark.parametrize(
    ("asked", "first", "last"),
    [
        ("bytes=0-1", 0, 1),
        ("bytes=0-", 0, len(CONTENT) - 1),
        ("bytes=3000000-3000099", 3_000_000, 3_000_099),
        ("bytes=1000000-4000000", 1_000_000, 4_000_000),
        ("bytes=-7", len(CONTENT) - 7, len(CONTENT) - 1),
    ],
)
def test_a_range_is_fetched_without_the_rest(storage: BucketStorage, asked: str, first: int, last: int) -> None:
    heard = Asked(storage)
    response = answer(storage, Range=asked)
    assert response.status_code == 206
    assert response["Content-Range"] == f"bytes {first}-{last}/{len(CONTENT)}"
    assert body(response) == CONTENT[first : last + 1]
    assert heard[0].startswith(f"bytes={first}-")
    wanted = last - first + 1
    assert wanted <= heard.total <= max(FIRST_PART, 3 * wanted)


def test_the_whole_file_comes_in_a_few_growing_parts(storage: BucketStorage) -> None:
    heard = Asked(storage)
    assert body(answer(storage)) == CONTENT
    assert heard.total == len(CONTENT)
    assert len(heard) <= 4


@pytest.mark.parametrize("headers", [{"Range": "bytes=99999999-"}, {"If_None_Match": "*"}])
def test_an_answer_without_content_fetches_none(storage: BucketStorage, headers: dict[str, str]) -> None:
    heard = Asked(storage)
    assert answer(storage, **headers).status_code in (304, 416)
    assert answer(storage, "HEAD")["Content-Length"] == str(len(CONTENT))
    assert heard == []


def test_what_is_missing_is_not_found(storage: BucketStorage) -> None:
    with pytest.raises(Http404):
        answer(storage, name="videos/none")
    with pytest.raises(FileNotFoundError):
        storage.open("videos/none")
    storage.delete("videos/none")


def test_a_reader_seeks_like_a_local_file_and_opens_again(storage: BucketStorage) -> None:
    file = storage.open("videos/one")
    assert file.size == len(CONTENT)
    file.seek(-3, 2)
    assert file.read() == CONTENT[-3:]
    file.seek(10)
    assert file.read(5) == CONTENT[10:15]
    assert file.tell() == 15
    file.close()
    assert file.closed
    assert file.open("rb").read(2) == CONTENT[:2]
    file.close()


@pytest.fixture
def bad_line(s3: S3) -> Iterator[int]:
    """A port before the server's. After 300 kB, in the middle of an answer, it cuts the connection, once."""
    passed = [0, 300_000]  # bytes so far, and where to cut

    class Line(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            with socket.create_connection(("127.0.0.1", s3.port)) as server:
                while True:
                    for end in select.select([self.request, server], [], [], 20)[0]:
                        data = end.recv(65536)
                        passed[0] += len(data)
                        if not data or passed[0] > passed[1]:
                            passed[1] += 10**9 if data else 0
                            return
                        (server if end is self.request else self.request).sendall(data)

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Line) as server:
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server.server_address[1]
        server.shutdown()


def test_a_connection_that_breaks_off_is_taken_up_where_it_was(storage: BucketStorage, s3: S3, bad_line: int) -> None:
    over = BucketStorage(**options(s3, storage.bucket_name) | {"endpoint_url": f"http://127.0.0.1:{bad_line}"})
    heard = Asked(over)
    with over.open("videos/one") as file:
        assert file.read() == CONTENT
    again = int(heard[1].removeprefix("bytes=").partition("-")[0])
    assert 0 < again < FIRST_PART, "asked for again from where it had come to"


def test_a_file_is_never_overwritten_and_has_no_address(storage: BucketStorage) -> None:
    assert storage.save("videos/one", ContentFile(b"other")) != "videos/one"
    with storage.open("videos/one") as file:
        assert file.read(4) == CONTENT[:4]
    with pytest.raises(ValueError, match="no public address"):
        storage.url("videos/one")


def test_what_a_browser_says_about_a_file_does_not_reach_the_bucket(storage: BucketStorage, s3: S3) -> None:
    content = ContentFile(b"<script>")
    content.content_type = "text/html; ÿ"  # type: ignore[attr-defined]
    storage.save("videos/two", content)
    found = s3.client().head_object(Bucket=storage.bucket_name, Key="media/videos/two")
    assert found["ContentType"] == "application/octet-stream"


def test_a_server_that_is_away_is_said_in_words(s3: S3) -> None:
    away = BucketStorage(**options(s3, "none") | {"endpoint_url": "http://127.0.0.1:9"})
    for act in (lambda: away.exists("a"), lambda: away.open("a"), lambda: away.save("a", ContentFile(b"a"))):
        with pytest.raises(ExpectedError) as told:
            act()
        assert told.value.code == "storage_away"


def test_a_video_is_read_from_the_bucket_and_its_frames_go_there(
    in_bucket: str, s3: S3, channel: Channel, tmp_path: Path
) -> None:
    before = stored()
    clip = draw_clip(tmp_path / "walk.mp4", seconds=2)
    video = a_video(channel, content=clip.read_bytes(), state=State.QUEUED, duration=None, container="")
    lease = claim(Video, "worker")
    assert lease is not None
    serve(lease, prepare)
    video.refresh_from_db()
    assert (video.state, video.error, video.container) == (State.DONE, "", "mp4")
    frames = {frame.file.name for frame in video.frames.all()}
    assert s3.names(in_bucket) == {video.file.name, *frames}
    with video.frames.all()[0].file.open("rb") as file, Image.open(file, formats=["JPEG"]) as image:
        assert image.size == (320, 180)
    assert stored() == before, "nothing of it is left on this machine"
    video.delete()
    assert s3.names(in_bucket) == set(), "files go with their rows"


def test_fetching_a_large_video_is_progress_and_can_be_cancelled(in_bucket: str, channel: Channel) -> None:
    before = stored()
    video = a_video(channel, content=bytes(3 * PIECE), state=State.QUEUED)
    lease = claim(Video, "worker")
    assert lease is not None
    told, tell = [], lease.tell

    def heard(stage: str, step: int = 0, steps: int = 0) -> None:
        told.append((stage, step, steps))
        cancel(video)
        tell(stage, step, steps)

    lease.tell = heard  # type: ignore[method-assign]
    serve(lease, prepare)
    video.refresh_from_db()
    assert told == [("probe", 1, 3)]
    assert video.state == State.CANCELLED
    assert stored() == before


def test_files_of_rows_that_never_came_to_be_are_taken_back(in_bucket: str, s3: S3, channel: Channel) -> None:
    clip = bytes(100)
    video = a_video(channel, content=clip, state=State.QUEUED)
    lease = claim(Video, "worker")
    assert lease is not None
    serve(lease, prepare)
    video.refresh_from_db()
    assert (video.state, video.error) == (State.FAILED, "not_a_video")
    assert s3.names(in_bucket) == {video.file.name}


def test_a_file_that_is_gone_from_the_bucket_is_said(in_bucket: str, s3: S3, channel: Channel) -> None:
    video = a_video(channel, state=State.QUEUED)
    video.file.storage.delete(video.file.name)
    lease = claim(Video, "worker")
    assert lease is not None
    serve(lease, prepare)
    video.refresh_from_db()
    assert (video.state, video.error) == (State.FAILED, "file_missing")


def test_a_frame_becomes_the_thumbnail_in_the_bucket(in_bucket: str, s3: S3, video: Video, alices: Any) -> None:
    frame = a_frame(video, colour="orange")
    alices.post(f"/frames/{frame.pk}/use/")
    video.refresh_from_db()
    assert colour_of(video.thumbnail)[0] > 200
    assert {name.partition("/")[0] for name in s3.names(in_bucket)} == {"videos", "frames", "pictures"}
