"""The pages of LoRAs: what is listed for whom, what the form refuses at once, and what becomes of what is sent."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from django.contrib.auth.models import Permission
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from generation.models import Lora, LoraImport, LoraStyle
from imagecreator.queue.states import State
from tests.generation import lora_shapes as shapes
from tests.look import rung, words
from tests.rows import a_lora_import, a_lora_row, a_style, a_user

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.contrib.auth.models import User

HERE = "/loras/"
CIVITAI = "https://civitai.com/models/7?modelVersionId=8"


@pytest.fixture
def ada(db: None) -> User:
    """Somebody who may add LoRAs."""
    user = a_user("ada")
    user.user_permissions.add(Permission.objects.get(codename="add_lora"))
    return user


@pytest.fixture
def adas(ada: User, as_user: Callable[[User], Client]) -> Client:
    """Ada's browser."""
    return as_user(ada)


def a_file(content: bytes, name: str = "my ink.safetensors") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content)


def sent(client: Client, **fields: Any) -> Any:
    """What the site answers to the form, whose id is new unless it is given."""
    form = client.get(HERE).context["form"]
    return client.post(HERE, {"id": form["id"].value(), **fields})


def complaint(answer: Any, field: str | None = None) -> str:
    """What stands beside a field, or above the form; and nothing was queued."""
    assert not LoraImport.objects.exists()
    assert not default_storage.exists("lora-imports") or default_storage.listdir("lora-imports")[1] == []
    errors = answer.context["form"].errors
    assert list(errors) == [field or "__all__"]
    return " ".join(errors[field or "__all__"])


# ---- what is seen ----


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
        *("Ink", "cross-attention 192", "Weight 0.8", "CC0-1.0", "Added by alice", "Waiting for approval"),
        *("It fits the model that paints here.", "ink", "wet paper"),
        *("Large", "Approved", "Licence not stated", "somebody"),
        "This LoRA is made for another model than the one that paints here: for SDXL, not cross-attention 192.",
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


def test_a_loras_page_has_all_facts(alices: Client, alice: User) -> None:
    lora = a_lora_row(added_by=alice, parts=["unet", "text_encoder"], ranks=[4, 16])
    said = words(alices.get(lora.get_absolute_url()))
    for text in (lora.sha256, lora.short_hash, "4, 16", "how the picture is painted, how the prompt is read", "alice"):
        assert text in said


def test_the_empty_list_says_what_to_do(alices: Client, adas: Client) -> None:
    assert "The operator of this site has not offered any so far." in words(alices.get(HERE))
    assert "Add one: from its page on Hugging Face or Civitai, or from a file." in words(adas.get(HERE))


# ---- adding ----


def test_only_those_who_may_have_the_form_and_are_heard(alices: Client, mos: Client, adas: Client) -> None:
    for client in (alices, mos):
        assert "Add a LoRA" not in words(client.get(HERE))
        assert client.post(HERE, {"address": CIVITAI}).status_code == 403
    assert Client().post(HERE, {"address": CIVITAI}).status_code == 302
    assert not LoraImport.objects.exists()
    assert "Add a LoRA" in words(adas.get(HERE))


@pytest.mark.django_db(transaction=True)
def test_an_address_is_queued_and_followed(adas: Client, ada: User) -> None:
    rung("cpu")
    answer = sent(adas, address="https://civitai.com/models/7/ink?modelVersionId=8&token=secret", name="Ink")
    row = LoraImport.objects.get()
    assert answer["Location"] == row.get_absolute_url()
    assert (row.owner, row.state, row.name, row.address) == (ada, State.QUEUED, "Ink", CIVITAI)
    assert rung("cpu") == ["generation.tasks.import_lora"]
    said = words(adas.get(row.get_absolute_url()))
    assert "Ink" in said
    assert "Waiting" in said
    listed = words(adas.get(HERE))
    assert "On their way" in listed
    assert 'hx-get="/loras/imports/"' in adas.get(HERE).content.decode()


@pytest.mark.django_db(transaction=True)
def test_a_file_is_queued_under_its_own_name(adas: Client) -> None:
    content = shapes.kohya()
    sent(adas, file=a_file(content), licence="CC0", source="by hand")
    row = LoraImport.objects.get()
    assert (row.name, row.licence, row.source) == ("my ink", "CC0", "by hand")
    with row.file.open("rb") as stored:
        assert stored.read() == content
    row.delete()


WRONG = {
    "SDXL": (lambda: shapes.kohya(shapes.SDXL), "for SDXL, not cross-attention 192."),
    "cut off": (lambda: shapes.kohya()[:-10], "The LoRA file is cut off: of 4100 bytes only 4090 are there."),
    "pickle": (shapes.a_pickle, "This file is a Python pickle"),
    "zip": (shapes.a_zip, "This file is a ZIP archive"),
    "Flux": (shapes.flux, "This LoRA is made for another kind of model (Flux"),
    "a page": (lambda: b"<!DOCTYPE html><p>Log in first</p>", "This file is a web page, not a LoRA."),
    "empty": (lambda: b"", "The file is empty."),
}


@pytest.mark.parametrize(("make", "sentence"), WRONG.values(), ids=WRONG)
def test_a_wrong_file_is_refused_beside_the_field(make: Any, sentence: str, adas: Client) -> None:
    answer = sent(adas, file=a_file(make()), licence="CC0", source="me")
    assert sentence in complaint(answer, "file")


@pytest.mark.parametrize(
    ("address", "sentence"),
    [
        ("https://example.org/a.safetensors", "This is not the address of a model on Hugging Face or Civitai."),
        ("http://127.0.0.1/a.safetensors", "This is not the address of a model on Hugging Face or Civitai."),
        ("https://civitai.com.evil.example/models/7", "This is not the address of a model"),
        ("https://huggingface.co/owner/name/resolve/main/a.ckpt", "There is no .safetensors file at this address."),
        (f"https://huggingface.co/owner/name/blob/main/{'long/' * 120}a.safetensors", "This is not the address"),
        ("ink", "This is not the address of a model on Hugging Face or Civitai."),
    ],
)
def test_an_address_that_cannot_be_one_is_refused_beside_the_field(address: str, sentence: str, adas: Client) -> None:
    assert sentence in complaint(sent(adas, address=address), "address")


def test_one_of_address_and_file_is_needed(adas: Client) -> None:
    assert "Neither an address nor a file was given." in complaint(sent(adas, name="Ink"))
    both = sent(adas, address=CIVITAI, file=a_file(shapes.kohya()), licence="CC0", source="me")
    assert "An address and a file were given." in complaint(both)


@pytest.mark.parametrize("missing", ["licence", "source"])
def test_with_a_file_its_licence_and_source_are_needed(missing: str, adas: Client) -> None:
    fields = {"licence": "CC0", "source": "me", missing: "  "}
    assert "This field is required." in complaint(sent(adas, file=a_file(shapes.kohya()), **fields), missing)


@pytest.mark.django_db(transaction=True)
def test_a_form_sent_twice_adds_once(adas: Client, bobs: Client, ada: User) -> None:
    form = adas.get(HERE).context["form"]
    fields = {"id": form["id"].value(), "licence": "CC0", "source": "me"}
    answers = [adas.post(HERE, {**fields, "file": a_file(shapes.kohya())}) for _ in range(2)]
    row = LoraImport.objects.get()
    assert [answer["Location"] for answer in answers] == [row.get_absolute_url()] * 2
    assert default_storage.listdir("lora-imports")[1] == [row.file.name.removeprefix("lora-imports/")]
    row.delete()


@pytest.mark.django_db(transaction=True)
def test_a_form_sent_twice_at_once_keeps_the_first_file(adas: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    """The other request writes its row while this one stores its file."""
    from django.db.models.query import QuerySet

    form = adas.get(HERE).context["form"]
    fields = {"id": form["id"].value(), "licence": "CC0", "source": "me"}
    adas.post(HERE, {**fields, "file": a_file(shapes.kohya())})
    row = LoraImport.objects.get()
    seen = QuerySet.first
    blind = [True]

    def first(self: Any) -> Any:
        return None if self.model is LoraImport and blind and blind.pop() else seen(self)

    monkeypatch.setattr(QuerySet, "first", first)
    answer = adas.post(HERE, {**fields, "file": a_file(shapes.kohya())})
    assert not blind
    assert answer["Location"] == row.get_absolute_url()
    assert default_storage.listdir("lora-imports")[1] == [row.file.name.removeprefix("lora-imports/")]
    assert default_storage.exists(row.file.name)
    row.delete()


def test_somebody_elses_id_is_no_way_in(adas: Client, alice: User) -> None:
    row = a_lora_import(alice)
    assert adas.post(HERE, {"id": str(row.pk), "address": CIVITAI}).status_code == 404


# ---- how much ----


def test_so_many_may_be_on_their_way_at_once(adas: Client, ada: User) -> None:
    for _ in range(5):
        assert sent(adas, address=CIVITAI).status_code == 302
    answer = sent(adas, address=CIVITAI)
    assert "LoRAs of yours that are being added: 5, and no more may be at once." in words(answer)
    assert LoraImport.objects.count() == 5
    LoraImport.objects.update(state=State.DONE)
    assert sent(adas, address=CIVITAI).status_code == 302


def test_so_many_may_be_added_in_a_day(adas: Client, ada: User, settings: Any) -> None:
    settings.LORA_IMPORTS_DAILY = 2
    failed = [a_lora_import(ada, state=State.FAILED, error="fetch_away") for _ in range(2)]
    answer = sent(adas, address=CIVITAI)
    assert "You have added 2 LoRAs within 24 hours, and no more may be added." in words(answer)
    LoraImport.objects.filter(pk=failed[0].pk).update(queued_at=timezone.now() - timedelta(hours=25))
    assert sent(adas, address=CIVITAI).status_code == 302
    again = adas.post(reverse("lora_import_retry", args=[failed[0].pk]), follow=True)
    assert "no more may be added" in words(again)
    failed[0].refresh_from_db()
    assert failed[0].state == State.FAILED
    settings.LORA_IMPORTS_DAILY = 0
    adas.post(reverse("lora_import_retry", args=[failed[0].pk]))
    failed[0].refresh_from_db()
    assert failed[0].state == State.QUEUED


@pytest.mark.django_db(transaction=True)
def test_a_file_that_is_too_much_is_not_kept(adas: Client, ada: User, settings: Any) -> None:
    settings.LORA_IMPORTS_DAILY = 1
    a_lora_import(ada, state=State.DONE)
    answer = sent(adas, file=a_file(shapes.kohya()), licence="CC0", source="me")
    assert "no more may be added" in words(answer)
    assert not default_storage.exists("lora-imports") or default_storage.listdir("lora-imports")[1] == []


# ---- on their way ----


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
    assert not LoraImport.objects.exists()
    assert not default_storage.exists(name)


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
    LoraImport.objects.filter(pk=row.pk).update(state=State.DONE)
    assert adas.get(reverse("lora_imports"), headers={"HX-Request": "true"})["HX-Refresh"] == "true"


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


# ---- moderators and operators ----


@pytest.fixture
def op(db: None, as_user: Callable[[User], Client]) -> Client:
    """An operator's browser."""
    return as_user(a_user("olga", "operator", is_staff=True))


def act(client: Client, action: str, *rows: Lora) -> str:
    form = {"action": action, "_selected_action": [str(row.pk) for row in rows]}
    return words(client.post(reverse("admin:generation_lora_changelist"), form, follow=True))


def test_a_moderator_approves_and_takes_it_back(mos: Client, mo: User, bobs: Client) -> None:
    lora = a_lora_row(approved_at=None)
    assert "1 LoRA was decided." in act(mos, "approve", lora)
    lora.refresh_from_db()
    assert lora.approved_by == mo
    assert lora.approved_at is not None
    assert bobs.get(lora.get_absolute_url()).status_code == 200
    assert "0 LoRAs were decided." in act(mos, "approve", lora)
    assert "1 LoRA was decided." in act(mos, "withdraw", lora)
    lora.refresh_from_db()
    assert (lora.approved_at, lora.approved_by) == (None, None)
    assert bobs.get(lora.get_absolute_url()).status_code == 404
    history = words(mos.get(reverse("admin:generation_lora_history", args=[lora.pk])))
    assert "approved" in history
    assert "approval withdrawn" in history


def test_what_the_file_says_cannot_be_edited_and_trigger_words_can(op: Client) -> None:
    lora = a_lora_row()
    url = reverse("admin:generation_lora_change", args=[lora.pk])
    names = set(op.get(url).context["adminform"].form.fields)
    assert names == {"name_en", "name_ru", "trigger_words", "weight", "licence", "source", "order", "active"}
    form = {"name_en": "Ink", "weight": "0.5", "licence": "MIT", "source": "x", "order": "3", "active": "on"}
    answer = op.post(url, form | {"trigger_words": " ink \r\n\r\nwet\u200b paper\r\nink"})
    assert answer.status_code == 302
    lora.refresh_from_db()
    assert (lora.trigger_words, lora.weight) == (["ink", "wet paper"], 0.5)
    many = "\n".join(f"word {number}" for number in range(21))
    assert "At most 20 lines of 200 characters." in words(op.post(url, form | {"trigger_words": many}))


def test_the_list_is_filtered_by_approval(mos: Client) -> None:
    a_lora_row("Waits", b"1", approved_at=None)
    a_lora_row("Approved", b"2")
    a_lora_row("Off", b"3", active=False)
    for choice, name in (("waiting", "Waits"), ("approved", "Approved"), ("off", "Off")):
        answer = mos.get(reverse("admin:generation_lora_changelist", query={"approval": choice}))
        assert [row.name for row in answer.context["cl"].result_list] == [name]


def test_the_list_is_filtered_by_site(mos: Client) -> None:
    a_lora_row("Hub", b"1", source="https://huggingface.co/owner/name")
    a_lora_row("Civ", b"2", source=CIVITAI)
    a_lora_row("Own", b"3", source="https://huggingface.co.example/")
    for choice, name in (("huggingface", "Hub"), ("civitai", "Civ"), ("other", "Own")):
        answer = mos.get(reverse("admin:generation_lora_changelist", query={"site": choice}))
        assert [row.name for row in answer.context["cl"].result_list] == [name]


def test_what_came_with_the_project_is_not_deleted_alone_or_among_others(
    op: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    own, came = a_lora_row("Own", b"1"), a_lora_row("Came", b"2")
    came.file.delete(save=True)
    shipped = {came.key: {"key": came.key, "file": "came.safetensors"}}
    monkeypatch.setattr("generation.models.lora.shipped", lambda kind: shipped)
    monkeypatch.setattr("generation.admin.wordings.shipped", lambda kind: shipped)
    form = {"action": "delete_selected", "post": "yes"}
    for chosen, left in (([own, came], {own, came}), ([own], {came})):
        selected = [str(row.pk) for row in chosen]
        op.post(reverse("admin:generation_lora_changelist"), form | {"_selected_action": selected})
        assert set(Lora.objects.all()) == left
    assert op.post(reverse("admin:generation_lora_delete", args=[came.pk]), {"post": "yes"}).status_code == 403


def test_a_style_puts_on_what_was_approved(op: Client) -> None:
    approved, waits = a_lora_row("Approved", b"1"), a_lora_row("Waits", b"2", approved_at=None)
    style = a_style()
    url = reverse("admin:generation_style_change", args=[style.pk])
    html = op.get(url).content.decode()
    assert f'value="{approved.pk}"' in html
    assert f'value="{waits.pk}"' not in html
    form = {
        **{"name_en": "Lake", "template": "lake of {prompt}", "effort": "100", "order": "1", "active": "on"},
        **{"loras-TOTAL_FORMS": "1", "loras-INITIAL_FORMS": "0", "loras-0-lora": str(approved.pk)},
        "loras-0-weight": "0.7",
    }
    assert op.post(url, form).status_code == 302
    worn = LoraStyle.objects.get()
    assert (worn.style, worn.lora, worn.weight) == (style, approved, 0.7)
