"""Who may fetch what: every address of the site is walked by itself, as stranger, visitor, owner and moderator.

A new address is covered without being named: rows are found by the name of the model in the path. An address whose
rows are not known here fails the test until it is taught what to put in.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID

import pytest
from django.contrib.auth.models import AnonymousUser
from django.db import connection
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from PIL import Image

from channels_app.models import Picture
from channels_app.models.notice import tell
from generation.models import Flag, GeneratedImage
from generation.moderation import raise_flag
from generation.targets import TARGETS
from imagecreator.queue.states import State
from tests.rows import (
    a_channel,
    a_draft,
    a_frame,
    a_guide,
    a_lora_import,
    a_picture,
    a_request,
    a_start,
    a_video,
    an_image,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from django.contrib.auth.models import User

OPEN_TO_ALL = {"home", "signup", "login", "set_language", "healthz"}
FOR_MEMBERS = {
    "logout",
    "password_change",
    "password_change_done",
    "profile",
    "channel_new",
    "requests",
    "loras",
    "lora_imports",
    "held",
    "notices",
    "notices_read",
}
STAFF = {"styleguide"}
# For whoever is logged in: see tests/generation/test_style_previews.py and test_loras_page.py.
OF_THE_HOUSE = {"style_file", "lora"}
MACHINES = {"metrics"}  # with a token: see test_metrics


def addresses() -> Iterator[tuple[str, str]]:
    """Name and route of every address but the admin's."""

    def walk(patterns: Any, prefix: str) -> Iterator[tuple[str, str]]:
        for entry in patterns:
            route = prefix + str(entry.pattern)
            if isinstance(entry, URLResolver):
                if entry.app_name != "admin":
                    yield from walk(entry.url_patterns, route)
            elif isinstance(entry, URLPattern):
                assert entry.name, f"{route} has no name"
                yield entry.name, route

    yield from walk(get_resolver().url_patterns, "")


NOBODYS = UUID(int=0)
OF_ROWS = sorted((name, route) for name, route in addresses() if "<uuid:pk>" in route)


def test_every_address_is_either_of_a_row_or_known_here() -> None:
    others = {name for name, route in addresses() if "<uuid:pk>" not in route}
    assert others == OPEN_TO_ALL | FOR_MEMBERS | STAFF | OF_THE_HOUSE | MACHINES


# A look is there while a picture is painted, and for its owner alone: see tests/generation/test_batch_walk.py. A report
# is for everybody but the owner, of what is published: see tests/generation/test_reports.py.
LASTING = [(name, route) for name, route in OF_ROWS if name not in ("request_look", "picture_report")]


@pytest.fixture
def rows(alice: User) -> dict[str, Any]:
    """One private row of each kind, by the first word of its addresses."""
    channel = a_channel(alice)
    video = a_video(channel)
    request = a_request(video, state=State.DONE)
    return {
        "channels": channel,
        "videos": video,
        "frames": a_frame(video),
        "pictures": a_picture(video, "thumbnail"),
        "drafts": a_draft(video),
        "requests": request,
        "images": an_image(request),
        "references": a_start(alice),
        "guides": a_guide(alice),
        "held": raise_flag(request, Flag.Kind.TEXT, alice, Flag.Reason.RULE),
        "notices": tell(alice, "approved", "/held/", what="a lake"),
        "loras": a_lora_import(alice, state=State.FAILED, error="fetch_away", error_values={"site": "Civitai"}),
    }


def address(name: str, route: str, rows: dict[str, Any]) -> str:
    row = rows[route.split("/", maxsplit=1)[0]]
    return reverse(name, kwargs={"pk": row.pk, **beside(route, start_of(row, route), rows["guides"].pk)})


def start_of(row: Any, route: str) -> UUID:
    """The key of a picture of the owner that fits what the address is for; one that nobody has where it is for none."""
    if "<uuid:start>" not in route:
        return NOBODYS
    target = TARGETS["avatar" if "<slug:target>" in route else "thumbnail"]
    return a_start(row.owner, Image.new("RGB", (target.width, target.height))).pk


def beside(route: str, start: UUID = NOBODYS, guide: UUID = NOBODYS) -> dict[str, object]:
    """What an address takes beside the row's id."""
    named: dict[str, dict[str, object]] = {
        "<slug:target>": {"target": "avatar"},
        "<int:number>": {"number": 0},
        "<uuid:start>": {"start": start},
        "<uuid:guide>": {"guide": guide},
        "<slug:kind>": {"kind": "pose"},
    }
    return {name: value for part, given in named.items() if part in route for name, value in given.items()}


def either(client: Client, url: str) -> tuple[int, int]:
    """The answers to GET and to POST."""
    return client.get(url).status_code, client.post(url).status_code


def needs_login(client: Client, url: str) -> bool:
    answers = [client.get(url), client.post(url)]
    return all(
        answer.status_code in (404, 405) or (answer.status_code == 302 and "/login/" in answer["Location"])
        for answer in answers
    )


@pytest.mark.parametrize(("name", "route"), OF_ROWS)
def test_a_stranger_gets_404_and_changes_nothing(name: str, route: str, rows: dict[str, Any], bobs: Client) -> None:
    got, posted = either(bobs, address(name, route, rows))
    assert got in (404, 405)
    assert posted in (404, 405)
    assert 404 in (got, posted)


@pytest.mark.parametrize(("name", "route"), OF_ROWS)
def test_a_visitor_is_asked_to_log_in_or_gets_404(name: str, route: str, rows: dict[str, Any], db: None) -> None:
    assert needs_login(Client(), address(name, route, rows))


@pytest.mark.parametrize(("name", "route"), LASTING)
def test_the_owner_is_served(name: str, route: str, rows: dict[str, Any], alices: Client) -> None:
    got = alices.get(address(name, route, rows)).status_code
    if got == 405:
        got = alices.post(address(name, route, rows)).status_code
    assert got in (200, 302)


@pytest.mark.parametrize(("name", "route"), LASTING)
def test_a_moderator_may_look_but_not_change(name: str, route: str, rows: dict[str, Any], mos: Client) -> None:
    got, posted = either(mos, address(name, route, rows))
    assert got in (200, 403, 405)
    if name != "request_cancel":  # stopping a request is a moderator's right
        assert posted in (403, 405)


@pytest.mark.parametrize("name", sorted(FOR_MEMBERS))
def test_pages_for_members_ask_visitors_to_log_in(name: str, db: None) -> None:
    if name == "logout":
        assert Client().post(reverse(name)).status_code == 302
    else:
        assert needs_login(Client(), reverse(name))


def test_the_style_guide_is_for_staff(alices: Client, mos: Client, db: None) -> None:
    assert Client().get(reverse("styleguide")).status_code == 404
    assert alices.get(reverse("styleguide")).status_code == 404
    assert mos.get(reverse("styleguide")).status_code == 200


PUBLIC = {"channel", "video", "video_file", "picture_file", "picture_report"}


@pytest.mark.parametrize(("name", "route"), OF_ROWS)
def test_of_what_is_published_strangers_see_pages_and_what_is_in_place_alone(
    name: str, route: str, rows: dict[str, Any], bobs: Client
) -> None:
    publish(rows)
    for client in (Client(), bobs):
        status = client.get(address(name, route, rows)).status_code
        if name in PUBLIC:
            assert status == 200
        elif client is bobs:
            assert status in (403, 404, 405)
            assert client.post(address(name, route, rows)).status_code in (403, 404, 405)
        else:
            assert needs_login(client, address(name, route, rows))


def test_a_published_video_of_a_private_channel_stays_private(rows: dict[str, Any], bobs: Client) -> None:
    rows["videos"].published = True
    rows["videos"].save()
    for name, key in (("video", "videos"), ("video_file", "videos"), ("picture_file", "pictures")):
        assert bobs.get(reverse(name, args=[rows[key].pk])).status_code == 404


def test_a_former_picture_is_no_longer_shown_to_strangers(rows: dict[str, Any], bobs: Client, alices: Client) -> None:
    publish(rows)
    a_picture(rows["videos"], "thumbnail", "red")
    former = reverse("picture_file", args=[rows["pictures"].pk])
    assert bobs.get(former).status_code == 404
    assert alices.get(former).status_code == 200


@pytest.mark.parametrize("status", [GeneratedImage.Status.HELD, GeneratedImage.Status.REJECTED])
def test_a_held_picture_is_for_moderators_alone(
    status: str, rows: dict[str, Any], alices: Client, bobs: Client, mos: Client
) -> None:
    GeneratedImage.objects.update(status=status)
    url = reverse("image_file", args=[rows["images"].pk])
    assert [client.get(url).status_code for client in (alices, bobs, Client(), mos)] == [404, 404, 404, 200]
    assert alices.post(reverse("image_use", args=[rows["images"].pk])).status_code == 404


def test_ids_that_do_not_exist_are_404(alices: Client, as_user: Callable[[User], Client]) -> None:
    for name, route in OF_ROWS:
        url = reverse(name, kwargs={"pk": "00000000-0000-4000-8000-000000000000", **beside(route)})
        assert 404 in either(alices, url)


def publish(rows: dict[str, Any]) -> None:
    for key in ("channels", "videos"):
        rows[key].published = True
        rows[key].save()


@pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL scans what is small")
def test_whether_a_picture_is_seen_is_asked_of_that_one_alone(alice: User, bob: User) -> None:
    picture = a_picture(a_channel(alice, published=True), "avatar")
    for person in (bob, AnonymousUser()):
        rows = Picture.objects.visible_to(person).filter(pk=picture.pk)
        assert rows.get() == picture
        assert "SCAN" not in rows.explain()
