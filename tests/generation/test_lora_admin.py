"""LoRAs in the admin: approving, editing words, what came with the project, and what styles put on."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from django.urls import reverse

from generation.models import Lora, LoraStyle
from tests.look import words
from tests.rows import a_lora_row, a_style, a_user

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.contrib.auth.models import User
    from django.test import Client

pytestmark = pytest.mark.usefixtures("only_own_loras")

CIVITAI = "https://civitai.com/models/7?modelVersionId=8"


@pytest.fixture
def op(db: None, as_user: Callable[[User], Client]) -> Client:
    """An operator's browser."""
    return as_user(a_user("olga", "operator", is_staff=True))


def act(client: Client, action: str, *rows: Lora) -> str:
    form = {"action": action, "_selected_action": [str(row.pk) for row in rows]}
    return words(client.post(reverse("admin:generation_lora_changelist"), form, follow=True))


def test_a_moderator_approves_and_takes_it_back(mos: Client, mo: User, bobs: Client) -> None:
    lora = a_lora_row(approved_at=None)
    assert "1 LoRA was approved." in act(mos, "approve", lora)
    lora.refresh_from_db()
    assert lora.approved_by == mo
    assert lora.approved_at is not None
    assert bobs.get(lora.get_absolute_url()).status_code == 200
    assert "0 LoRAs were approved." in act(mos, "approve", lora)
    assert "Approval of 1 LoRA was withdrawn." in act(mos, "withdraw", lora)
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


def test_what_the_file_says_is_told_in_words(op: Client) -> None:
    lora = a_lora_row(parts=["unet", "text_encoder"], ranks=[4, 16])
    said = words(op.get(reverse("admin:generation_lora_change", args=[lora.pk])))
    assert "Changes: how the picture is painted, how the prompt is read" in said
    assert "Ranks: 4, 16" in said
    assert "unet" not in said


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
