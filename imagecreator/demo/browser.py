"""A small browser: keeps cookies, sends forms with their hidden fields, uploads files without reading them whole."""

from __future__ import annotations

import io
import mimetypes
from typing import TYPE_CHECKING, Self, TypeAlias

import httpx

from imagecreator.demo.errors import DemoError
from imagecreator.demo.pages import Page, read_page

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

Tell: TypeAlias = "Callable[[int, int], None]"  # done, of
TIMEOUT = httpx.Timeout(60, read=600, write=600)  # a large upload is copied once more before the answer comes


class Browser:
    """A person's browser on one site; every failed answer is a ``DemoError`` with what the page said."""

    def __init__(self, site: str) -> None:
        # Settings for a proxy are for the world outside; the site is on this machine.
        headers = {"Accept-Language": "en", "User-Agent": "image-creator-demo"}
        self._client = httpx.Client(
            base_url=site, follow_redirects=True, timeout=TIMEOUT, headers=headers, trust_env=False
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._client.close()

    def get(self, address: str) -> Page:
        """Open a page."""
        return self._page("GET", address)

    def submit(self, form_page: Page, *, having: str = "", action: str = r".*", **values: str) -> Page:
        """Fill in the form that has the field ``having`` (or whose path matches ``action``) and send it."""
        form = form_page.form(having=having, action=action)
        return self._answer(self._page("POST", form.action, data={**form.fields, **values}))

    def upload(self, form_page: Page, file: Path, tell: Tell, **values: str) -> Page:
        """Send the form that has a field ``file`` with the file, a piece at a time; ``tell(sent, of)`` in bytes."""
        form = form_page.form(having="file")
        kind = mimetypes.guess_type(file.name)[0] or "application/octet-stream"
        with _Told(file, tell) as pieces:
            sent = {"file": (file.name, pieces, kind)}
            return self._answer(self._page("POST", form.action, data={**form.fields, **values}, files=sent))

    def download(self, address: str, to: Path) -> None:
        """Save what lies at ``address`` as the file ``to``."""
        with self._client.stream("GET", address) as answer:
            if answer.status_code != httpx.codes.OK:
                raise DemoError(f"{address} answered {answer.status_code}.")
            with to.open("wb") as file:
                for piece in answer.iter_bytes():
                    file.write(piece)

    def _page(
        self, method: str, address: str, data: Mapping[str, str] | None = None, files: _Files | None = None
    ) -> Page:
        try:
            answer = self._client.request(method, address, data=data, files=files)
        except httpx.HTTPError as problem:
            raise DemoError(f"The site did not answer at {address}: {problem}.") from problem
        page = read_page(answer.text, str(answer.url), answer.status_code)
        if answer.is_error:
            raise DemoError(f"{page.url}: {page.trouble()}")
        return page

    def _answer(self, page: Page) -> Page:
        if page.problems:
            raise DemoError(f"The site said: {' '.join(page.problems)}")
        return page


class _Told(io.FileIO):
    """A file that tells how much of it was read."""

    def __init__(self, path: Path, tell: Tell) -> None:
        super().__init__(path)
        self._tell_sent = tell
        self._size = path.stat().st_size

    def read(self, size: int | None = -1, /) -> bytes:
        piece = super().read(size)
        self._tell_sent(self.tell(), self._size)
        return piece or b""


_Files = dict[str, tuple[str, _Told, str]]
