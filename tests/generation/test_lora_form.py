"""Adding LoRAs: what the form refuses at once, what becomes of what is sent, and how much one person may."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from generation.loras.leftovers import forget_removed
from generation.models import LoraImport
from imagecreator.queue.states import State
from tests.generation import lora_shapes as shapes
from tests.look import rung, words
from tests.rows import a_lora_import, a_lora_row

if TYPE_CHECKING:
    from django.contrib.auth.models import User

HERE = "/loras/"
CIVITAI = "https://civitai.com/models/7?modelVersionId=8"


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
    "SDXL": (lambda: shapes.kohya(shapes.SDXL), "for SDXL, not Preview."),
    "cut off": (lambda: shapes.kohya()[:-10], "The LoRA file is cut off: of 4100 bytes only 4090 are there."),
    "pickle": (shapes.a_pickle, "This file is a Python pickle"),
    "zip": (shapes.a_zip, "This file is a ZIP archive"),
    "Flux": (shapes.flux, "This LoRA is made for another kind of model (Flux"),
    "a page": (lambda: b"<!DOCTYPE html><p>Log in first</p>", "This file is a web page, not a LoRA."),
    "empty": (lambda: b"", "The file is empty."),
    "a name that cannot be shown": (shapes.unsayable, "abc"),
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


def test_what_was_taken_off_the_list_still_counts_for_a_day(adas: Client, ada: User, settings: Any) -> None:
    settings.LORA_IMPORTS_DAILY = 1
    form = adas.get(HERE).context["form"]
    fields = {"id": form["id"].value(), "address": CIVITAI}
    adas.post(HERE, fields)
    adas.post(reverse("lora_import_remove", args=[LoraImport.objects.get().pk]))
    assert "no more may be added" in words(sent(adas, address=CIVITAI))
    assert forget_removed() == 0
    LoraImport.objects.update(queued_at=timezone.now() - timedelta(hours=25))
    again = adas.post(HERE, fields)  # a page that was left open: its import is no longer there to be shown
    assert adas.get(again["Location"]).status_code == 200
    kept = a_lora_import(ada, removed=True, state=State.DONE, lora=a_lora_row())
    LoraImport.objects.filter(pk=kept.pk).update(queued_at=timezone.now() - timedelta(hours=25))
    assert forget_removed() == 1
    kept.refresh_from_db()  # it tells where its LoRA came from
    kept.delete()
    assert LoraImport.objects.get().get_absolute_url() == again["Location"]


@pytest.mark.django_db(transaction=True)
def test_a_file_that_is_too_much_is_not_kept(adas: Client, ada: User, settings: Any) -> None:
    settings.LORA_IMPORTS_DAILY = 1
    a_lora_import(ada, state=State.DONE)
    answer = sent(adas, file=a_file(shapes.kohya()), licence="CC0", source="me")
    assert "no more may be added" in words(answer)
    assert not default_storage.exists("lora-imports") or default_storage.listdir("lora-imports")[1] == []
