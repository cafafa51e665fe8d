"""``manage.py styles``: the list; previews painted by the real model, stored with their rows, served to members."""

from __future__ import annotations

from io import StringIO
from typing import TYPE_CHECKING

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from PIL import Image

from generation.models import Lora, Style
from imagecreator.files.models import LooseFile
from tests.generation.lora_rows import a_lora_with_file, put_on
from tests.look import image_in, stored, words
from tests.rows import a_draft, a_style, picture_bytes

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from pytest_django import DjangoCaptureOnCommitCallbacks, Settings

    from channels_app.models import Video

pytestmark = pytest.mark.usefixtures("only_own_loras")


@pytest.fixture(autouse=True)
def few(db: None) -> None:
    """Two styles, so that painting them takes a moment only."""
    Style.objects.exclude(key__in=["flat", "neon"]).delete()
    Style.objects.update(effort=20)


def styles(*arguments: str) -> list[str]:
    """What the command prints."""
    out = StringIO()
    call_command("styles", *arguments, stdout=out)
    return out.getvalue().splitlines()


def states() -> dict[str, str]:
    return {line.split()[0]: line.split("yes")[-1].split(" no ")[-1].strip() for line in styles()[1:]}


def preview_of(key: str) -> str:
    return Style.objects.get(key=key).file.name


def image_of(style: Style) -> bytes:
    with style.file.open("rb") as file, Image.open(file) as image:
        return image.tobytes()


def files() -> set[str]:
    return {path.name for path in stored() if path.parent.name == "styles"}


def test_previews_are_painted_once_and_again_where_something_has_changed(
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    before = files()
    assert states() == {"flat": "missing", "neon": "missing"}
    assert styles("preview") == ["1/2 flat: painted", "2/2 neon: painted"]
    assert states() == {"flat": "painted", "neon": "painted"}
    first = preview_of("flat")
    with Style.objects.get(key="flat").file.open("rb") as file, Image.open(file) as image:
        assert (image.format, image.size) == ("JPEG", (480, 270))
    assert styles("preview") == ["1/2 flat: up to date", "2/2 neon: up to date"]
    assert preview_of("flat") == first

    Style.objects.filter(key="neon").update(template="{prompt}, green neon")
    assert states()["neon"] == "out of date"
    former = preview_of("neon")
    with django_capture_on_commit_callbacks(execute=True):
        assert styles("preview") == ["1/2 flat: up to date", "2/2 neon: painted"]
    assert preview_of("neon") != former, "browsers keep a file by its name"
    assert len(files() - before) == 2, "the former file is gone"

    with django_capture_on_commit_callbacks(execute=True):
        assert styles("preview", "--only", "flat", "--force") == ["1/1 flat: painted"]
    assert preview_of("flat") != first
    assert len(files() - before) == 2
    assert not LooseFile.objects.exists()


def test_a_preview_wears_what_the_style_puts_on_if_everybody_may_use_it(tmp_path: Path) -> None:
    styles("preview", "--only", "flat")
    before = Style.objects.get(key="flat")
    bare = image_of(before)
    row = put_on(before, a_lora_with_file(tmp_path, "Neon glow"))
    assert states()["flat"] == "out of date"
    Lora.objects.update(approved_at=None)
    assert states()["flat"] == "painted"
    Lora.objects.update(approved_at=timezone.now())
    assert styles("preview", "--only", "flat") == ["1/1 flat: painted"]
    assert image_of(Style.objects.get(key="flat")) != bare
    row.lora.file.storage.delete(row.lora.file.name)
    assert states()["flat"] == "painted"
    with pytest.raises(CommandError, match="Not painted: flat"):
        styles("preview", "--only", "flat", "--force")


def test_only_what_is_offered_is_painted_unless_it_is_named(
    flagging_models: Path, models_in: Callable[..., Path]
) -> None:
    models_in(flagging_models)
    Style.objects.update(active=False)
    assert styles("preview") == []
    with pytest.raises(CommandError, match=r"^There is no style nothing; “manage.py styles” lists them.$"):
        styles("preview", "--only", "nothing")
    with pytest.raises(CommandError, match="Not painted: flat"):
        styles("preview", "--only", "flat")


def test_what_the_checker_holds_is_not_kept(flagging_models: Path, models_in: Callable[..., Path]) -> None:
    models_in(flagging_models)
    a = files()
    with pytest.raises(CommandError, match=r"^Not painted: flat, neon\.$"):
        styles("preview")
    assert states() == {"flat": "missing", "neon": "missing"}
    assert files() == a


def test_another_model_makes_previews_out_of_date(settings: Settings) -> None:
    a_style(preview="red")
    Style.objects.exclude(key="lake").delete()
    assert states() == {"lake": "out of date"}
    settings.PROFILE = "nobody"
    with pytest.raises(CommandError, match="The engine profile “nobody” does not exist"):
        styles()


def test_the_list_names_styles_in_both_languages_and_whether_they_are_offered() -> None:
    Style.objects.filter(key="flat").update(active=False)
    head, flat, neon = styles("list")
    assert head.split() == ["key", "English", "Russian", "offered", "preview"]
    assert flat.split() == ["flat", "Flat", "illustration", "Плоская", "иллюстрация", "no", "missing"]
    assert neon.split() == ["neon", "Neon", "Неон", "yes", "missing"]


def test_a_preview_is_for_everybody_who_is_logged_in_and_changes_its_name_when_it_changes(
    alices: Client, bobs: Client
) -> None:
    style = a_style(preview="red")
    url = reverse("style_file", args=["lake"])
    for client in (alices, bobs):
        assert image_in(client.get(url)).size == (480, 270)
        assert client.post(url).status_code == 405
    assert "/login/" in Client().get(url)["Location"]
    tag = alices.get(url)["ETag"]
    assert alices.get(url, headers={"If-None-Match": tag}).status_code == 304
    style.keep_preview(picture_bytes((480, 270), "blue", "JPEG"), "blue")
    assert alices.get(url, headers={"If-None-Match": tag}).status_code == 200
    for key in ("flat", "nothing"):
        assert alices.get(reverse("style_file", args=[key])).status_code == 404


def test_a_style_takes_its_preview_along(
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    before = files()
    style = a_style(preview="red")
    assert len(files() - before) == 1
    with django_capture_on_commit_callbacks(execute=True):
        style.delete()
    assert files() == before


def test_a_style_that_is_deleted_while_it_is_painted_leaves_no_file() -> None:
    before = files()
    style = a_style()
    Style.objects.filter(pk=style.pk).delete()
    with pytest.raises(Style.DoesNotExist):
        style.keep_preview(picture_bytes(kind="JPEG"), "red")
    assert files() == before


def test_the_page_shows_the_preview_or_a_placeholder(alices: Client, video: Video) -> None:
    a_draft(video)
    a_style(preview="red")
    answer = alices.get(reverse("generate_thumbnail", args=[video.pk]))
    html = answer.content.decode()
    assert f'src="{reverse("style_file", args=["lake"])}?' in html
    assert html.count(reverse("style_file", args=["flat"])) == 0
    assert html.count("style-card__blank--") == Style.objects.filter(file="").count()
    assert "Lake" in words(answer)
