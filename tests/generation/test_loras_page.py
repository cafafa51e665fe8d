"""The pages of LoRAs: what is listed for whom, and what is said of those on their way."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from django.core.files.storage import default_storage
from django.test import Client
from django.urls import reverse

from generation.engine import checkpoint
from generation.models import Lora, LoraImport
from imagecreator.queue.states import State
from tests.generation import lora_shapes as shapes
from tests.look import words
from tests.rows import a_lora_import, a_lora_row

if TYPE_CHECKING:
    from django.contrib.auth.models import User

pytestmark = pytest.mark.usefixtures("only_own_loras")

HERE = "/loras/"


def test_everybody_sees_what_was_approved_and_their_own(
    alice: User, alices: Client, bobs: Client, mos: Client, db: None
) -> None:
    a_lora_row("For all", b"1")
    a_lora_row("Of Alice", b"2", added_by=alice, approved_at=None)
    a_lora_row("Switched off", b"3", active=False, added_by=alice)
    assert Client().get(HERE).status_code == 302
    seen = {
        name: [shown.lora.name for shown in client.get(HERE).context["loras"]]
        for name, client in (("alice", alices), ("bob", bobs), ("mo", mos))
    }
    assert seen == {
        "alice": ["For all", "Of Alice"],
        "bob": ["For all"],
        "mo": ["For all", "Of Alice", "Switched off"],
    }
    for row in Lora.objects.all():
        pages = {"alice": alices, "bob": bobs, "mo": mos}
        for name, client in pages.items():
            status = client.get(row.get_absolute_url()).status_code
            assert status == (200 if row.name in seen[name] else 404)
        assert Client().get(row.get_absolute_url()).status_code == 302


def test_the_list_tells_what_one_must_know(alice: User, alices: Client) -> None:
    a_lora_row("Ink", b"1", added_by=alice, approved_at=None, weight=0.8)
    a_lora_row("Large", b"2", width=2048, family="SDXL", source="somebody", licence="", trigger_words=[])
    said = words(alices.get(HERE))
    for text in (
        *("Ink", "Preview", "Weight 0.8", "CC0-1.0", "Added by alice", "Waiting for approval"),
        *("It fits the model that paints here.", "ink", "wet paper"),
        *("Large", "Approved", "Licence not stated", "somebody"),
        "This LoRA is made for another model than the one that paints here: for SDXL, not Preview.",
    ):
        assert text in said
    html = alices.get(HERE).content.decode()
    assert '<a href="https://example.org/ink" rel="noopener noreferrer nofollow">example.org</a>' in html


@pytest.mark.parametrize(
    "source",
    ["http://example.org/a", "javascript:alert(1)", "https://a@b.example/", "https://[", "//example.org", "https:/x"],
)
def test_only_a_plain_https_address_becomes_a_link(source: str, alices: Client) -> None:
    lora = a_lora_row(source=source)
    for url in (HERE, lora.get_absolute_url()):
        html = alices.get(url).content.decode()
        assert f'href="{source}' not in html
        assert source in words(alices.get(url))


def test_where_the_model_is_elsewhere_nobody_says_whether_it_fits(alices: Client, settings: Any) -> None:
    settings.PROFILE = "sd15"  # its model is not installed here
    a_lora_row()
    assert "Whether it fits is seen when it is painted with." in words(alices.get(HERE))


def test_the_models_own_files_are_read_once_for_each_kind_of_lora(
    alices: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(6):
        a_lora_row(f"Ink {number}", bytes([number]), **({"width": 2048} if number % 3 == 0 else {}))
    reads: list[object] = []
    widths = checkpoint.text_widths
    monkeypatch.setattr(checkpoint, "text_widths", lambda profile: (reads.append(profile), widths(profile))[1])
    shown = alices.get(HERE).context["loras"]
    assert [each.fit.problem is None for each in shown] == [False, True, True] * 2
    assert len(reads) == 2


def test_a_loras_page_has_all_facts(alices: Client, alice: User) -> None:
    lora = a_lora_row(added_by=alice, parts=["unet", "text_encoder"], ranks=[4, 16])
    said = words(alices.get(lora.get_absolute_url()))
    for text in (lora.sha256, lora.short_hash, "4, 16", "how the picture is painted, how the prompt is read", "alice"):
        assert text in said


def test_the_empty_list_says_what_to_do(alices: Client, adas: Client) -> None:
    assert "The operator of this site has not offered any so far." in words(alices.get(HERE))
    assert "Add one: from its page on Hugging Face or Civitai, or from a file." in words(adas.get(HERE))


@pytest.mark.django_db(transaction=True)
def test_a_waiting_upload_that_is_cancelled_is_deleted_at_once(adas: Client, ada: User) -> None:
    row = a_lora_import(ada, shapes.kohya())
    name = row.file.name
    adas.post(reverse("lora_import_cancel", args=[row.pk]))
    row.refresh_from_db()
    assert row.state == State.CANCELLED
    assert not default_storage.exists(name)
    adas.post(reverse("lora_import_retry", args=[row.pk]))
    row.refresh_from_db()
    assert row.state == State.CANCELLED
    assert "Try again" not in words(adas.get(row.get_absolute_url()))


@pytest.mark.django_db(transaction=True)
def test_removing_takes_the_upload_along(adas: Client, ada: User) -> None:
    row = a_lora_import(ada, shapes.kohya())
    name = row.file.name
    assert adas.post(reverse("lora_import_remove", args=[row.pk]))["Location"] == HERE
    assert not default_storage.exists(name)
    assert "On their way" not in words(adas.get(HERE))
    for page in (row.get_absolute_url(), reverse("lora_import_status", args=[row.pk])):
        assert adas.get(page).status_code == 404
    assert adas.post(reverse("lora_import_retry", args=[row.pk])).status_code == 404


def test_what_failed_says_why_and_what_to_do(adas: Client, ada: User) -> None:
    values = {"site": "Civitai", "setting": "CIVITAI_TOKEN"}
    row = a_lora_import(ada, state=State.FAILED, error="fetch_token", error_values=values)
    for url in (HERE, row.get_absolute_url()):
        said = words(adas.get(url))
        assert "Civitai gives this model only to those who are logged in." in said
        assert "The operator of this site can put a token of Civitai into the setting CIVITAI_TOKEN." in said
        assert "Try again" in said
        assert "Remove" in said


def test_who_may_no_longer_add_may_not_try_again_either(alices: Client, alice: User) -> None:
    row = a_lora_import(alice, state=State.FAILED, error="fetch_away", error_values={"site": "Civitai"})
    answer = alices.post(reverse("lora_import_retry", args=[row.pk]), follow=True)
    assert "Your account may not add LoRAs." in words(answer)
    row.refresh_from_db()
    assert row.state == State.FAILED


def test_the_part_of_the_list_that_lives_ends_with_the_last_import(adas: Client, ada: User) -> None:
    row = a_lora_import(ada)
    part = adas.get(reverse("lora_imports"), headers={"HX-Request": "true"})
    assert 'id="job"' in part.content.decode()
    assert 'id="loras"' not in part.content.decode()
    LoraImport.objects.filter(pk=row.pk).update(state=State.DONE, lora=a_lora_row())
    last = adas.get(reverse("lora_imports"), headers={"HX-Request": "true"})
    assert "HX-Refresh" not in last  # the form may be half filled in
    assert "hx-get" not in last.content.decode()
    assert last.content.decode().count('id="job"') == 1
    assert '<div id="loras" hx-swap-oob="true">' in last.content.decode()
    assert "Ink" in words(last)


RESULTS = {
    "new": ({"approved_at": None}, True, "You can paint with it. A moderator looks at it before others can."),
    "of somebody else": ({"approved_at": None}, False, "This LoRA is here already: somebody else added it."),
    "switched off": ({"active": False}, True, "This LoRA is here already, but it was switched off."),
    "approved": ({}, False, "The LoRA is here. You can paint with it."),
}


@pytest.mark.parametrize(("fields", "own", "sentence"), RESULTS.values(), ids=RESULTS)
def test_the_page_of_an_import_says_what_came_of_it(
    fields: dict[str, Any], own: bool, sentence: str, adas: Client, ada: User, bob: User
) -> None:
    lora = a_lora_row(added_by=ada if own else bob, **fields)
    row = a_lora_import(ada, state=State.DONE, lora=lora)
    said = words(adas.get(row.get_absolute_url()))
    assert sentence in said
    assert (lora.get_absolute_url() in adas.get(row.get_absolute_url()).content.decode()) == row.is_offered
    lora.delete()
    assert "The LoRA that came of this has been deleted since." in words(adas.get(row.get_absolute_url()))
