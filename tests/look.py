"""How tests look at the house from outside: what a page says, which files lie in the storage, which bells were rung."""

from __future__ import annotations

import re
from html import unescape
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.conf import settings
from PIL import Image

from imagecreator.celery import app
from imagecreator.demo.pages import Page, read_page

if TYPE_CHECKING:
    from channels_app.models import Picture


def words(answer: Any) -> str:
    """What is written on a page, with one blank between words."""
    html = re.sub(r"<(script|style|svg)\b.*?</\1>", " ", answer.content.decode(), flags=re.DOTALL)
    return " ".join(unescape(re.sub(r"<[^>]*>", " ", html)).split())


def page(answer: Any) -> Page:
    """A page with its forms, links, problems and job."""
    return read_page(answer.content.decode(), "http://testserver" + answer.request["PATH_INFO"], answer.status_code)


def image_in(answer: Any) -> Image.Image:
    """The picture that was sent."""
    assert answer.status_code == 200
    return Image.open(BytesIO(answer.getvalue()))


def colour_of(picture: Picture | None) -> tuple[int, ...]:
    """The pixel in the middle of a stored picture."""
    assert picture is not None
    with picture.file.open("rb") as file, Image.open(file) as image:
        pixel = image.convert("RGB").getpixel((image.width // 2, image.height // 2))
    assert isinstance(pixel, tuple)
    return pixel


def stored() -> set[Path]:
    """Every file in the storage, and every upload that has not come to an end."""
    folders = (Path(settings.DATA_DIR) / "media", Path(settings.FILE_UPLOAD_TEMP_DIR))
    return {path for folder in folders for path in folder.rglob("*") if path.is_file()}


def rung(lane: str) -> list[str]:
    """The names of the messages that wait in a lane; they are taken out."""
    names = []
    with app.connection_for_read() as connection:
        while message := connection.default_channel.basic_get(lane, no_ack=True):
            names.append(message.headers["task"])
    return names
