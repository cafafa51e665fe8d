"""The admin: every list and page answers, search finds, actions act, and each group may do what it is for."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest
from django.contrib import admin
from django.contrib.auth.models import Group
from django.urls import reverse

from channels_app.models import Notice, Video
from generation.models import (
    Flag,
    GeneratedImage,
    GenerationRequest,
    Guide,
    GuideUse,
    Lora,
    LoraImport,
    LoraStyle,
    ModerationAct,
    PromptDraft,
    Report,
    Rule,
    Ruling,
    UploadCheck,
)
from generation.moderation import raise_flag
from imagecreator.queue.models import Quota, Worker
from imagecreator.queue.states import State
from tests.look import image_in, rung, words
from tests.rows import (
    a_channel,
    a_draft,
    a_frame,
    a_guide,
    a_lora_import,
    a_lora_row,
    a_modifier,
    a_picture,
    a_request,
    a_rule,
    a_start,
    a_style,
    a_user,
    a_video,
    an_image,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.contrib.auth.models import User
    from django.db.models import Model
    from django.test import Client

Status = GeneratedImage.Status
SITE_MODELS = sorted(admin.site._registry, key=lambda model: model._meta.label)
OURS = [model for model in SITE_MODELS if model._meta.app_label in ("channels_app", "generation")]
JOBS = [Video, PromptDraft, GenerationRequest, LoraImport, Guide, UploadCheck]
KEPT = [Flag, ModerationAct, Notice, Report]  # by nobody changed, not even by administrators
PARTS_OF_OTHERS = {GuideUse, LoraStyle, Ruling}  # seen on the page of what they belong to


@pytest.fixture
def boss(db: None, as_user: Callable[[User], Client]) -> Client:
    """A superuser's browser."""
    return as_user(a_user("boss", is_staff=True, is_superuser=True))


@pytest.fixture
def op(db: None, as_user: Callable[[User], Client]) -> Client:
    """An operator's browser."""
    return as_user(a_user("olga", "operator", is_staff=True))


@pytest.fixture
def rows(alice: User) -> dict[type[Model], Any]:
    """A row of every model."""
    channel = a_channel(alice)
    video = a_video(channel)
    request = a_request(video, state=State.HELD, timings={"paint": 1.5})
    start = a_start(alice)
    flag = raise_flag(request, Flag.Kind.TEXT, alice, Flag.Reason.RULE)
    reported = a_picture(video, "thumbnail")
    made = [
        *(reported, Report.objects.create(picture=reported, visitor="x")),
        Notice.objects.get(),
        *(flag, ModerationAct.objects.get(flag_id=flag.pk)),
        *(alice, alice.profile, Group.objects.first(), channel, video, request),
        *(a_frame(video), a_draft(video), an_image(request, status=Status.HELD)),
        *(a_style(), a_modifier(), a_rule("lakeside"), a_lora_row("Lake", added_by=alice), a_lora_import(alice)),
        *(start, a_guide(alice, picture=start), UploadCheck.of(start)),
        *(Quota.objects.create(person=alice, daily=9), a_worker()),
    ]
    return {type(row): row for row in made}


def a_worker() -> Worker:
    """A worker that lives."""
    Worker.objects.beat("host:1", ["cpu", "gpu"], "preview")
    return Worker.objects.get()


def listing(model: type[Model], **query: str) -> str:
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist", query=query)


def changing(row: Model) -> str:
    return reverse(f"admin:{row._meta.app_label}_{row._meta.model_name}_change", args=[row.pk])


def act(client: Client, action: str, *rows: Model) -> str:
    form = {"action": action, "_selected_action": [str(row.pk) for row in rows]}
    answer = client.post(listing(type(rows[0])), form, follow=True)
    assert answer.status_code == 200
    return words(answer)


def test_every_model_of_the_site_is_there() -> None:
    from django.apps import apps

    mine = {model for label in ("channels_app", "generation") for model in apps.get_app_config(label).get_models()}
    assert set(OURS) == mine - PARTS_OF_OTHERS


@pytest.mark.parametrize("model", SITE_MODELS, ids=lambda model: model._meta.model_name)
def test_lists_search_and_pages_answer(model: type[Model], boss: Client, rows: dict[type[Model], Any]) -> None:
    row = rows[model]
    assert boss.get(listing(model)).status_code == 200
    found = words(boss.get(listing(model, q="no such words")))
    assert re.search(r"\b0 \w", found)
    assert boss.get(changing(row)).status_code == 200
    assert boss.get(changing(row).replace("/change/", "/history/")).status_code == 200
    assert boss.get(changing(row).replace("/change/", "/delete/")).status_code == (
        403 if model in (Worker, *KEPT) else 200
    )
    adding = boss.get(listing(model) + "add/").status_code
    assert adding == (403 if model in [*OURS, Worker] and model not in MADE_BY_HAND else 200)


MADE_BY_HAND = [
    model for model in OURS if model._meta.model_name in ("channel", "profile", "style", "modifier", "rule")
]


@pytest.mark.parametrize("model", OURS, ids=lambda model: model._meta.model_name)
def test_a_row_is_found_by_the_name_of_its_owner_or_its_video(
    model: type[Model], boss: Client, rows: dict[type[Model], Any]
) -> None:
    finds = [re.search(r"\b1 \w", words(boss.get(listing(model, q=text)))) for text in ("alice", "lake")]
    assert any(finds)


@pytest.mark.parametrize("model", OURS, ids=lambda model: model._meta.model_name)
def test_every_filter_that_a_list_offers_can_be_chosen(
    model: type[Model], boss: Client, rows: dict[type[Model], Any]
) -> None:
    html = boss.get(listing(model)).content.decode()
    for query in sorted(set(re.findall(r'href="(\?[^"]+)"', html))):
        assert boss.get(listing(model) + query.replace("&amp;", "&")).status_code == 200, query


@pytest.mark.parametrize("model", OURS, ids=lambda model: model._meta.model_name)
def test_links_to_files_lead_to_the_files(model: type[Model], boss: Client, rows: dict[type[Model], Any]) -> None:
    for url in (listing(model), changing(rows[model])):
        html = boss.get(url).content.decode()
        for address in re.findall(r'(?:href|src)="(/(?:videos|frames|pictures|images)/[^"]*)"', html):
            assert boss.get(address).status_code == 200, address
        assert 'type="file"' not in html


def test_saving_a_page_unchanged_changes_nothing(boss: Client, rows: dict[type[Model], Any]) -> None:
    request = rows[GenerationRequest]
    form = {"owner": request.owner.pk, "target": "thumbnail", "video": request.video.pk, "prompt": "x", "count": 1}
    assert boss.post(changing(request), form | {"state": "done", "seed": "1"}).status_code == 302
    request.refresh_from_db()
    assert (request.prompt, request.state, request.seed, request.timings) == ("x", State.HELD, 7, {"paint": 1.5})


def test_a_moderator_looks_at_held_pictures_and_approves_them(mos: Client, rows: dict[type[Model], Any]) -> None:
    image = rows[GeneratedImage]
    html = mos.get(listing(GeneratedImage, status__exact="held")).content.decode()
    address = reverse("image_file", args=[image.pk])
    assert f'src="{address}"' in html
    assert image_in(mos.get(address)).size == (1280, 720)
    assert "1 held picture was decided." in act(mos, "approve", image)
    image.refresh_from_db()
    assert (image.status, image.request.state) == (Status.OK, State.DONE)
    assert "0 held pictures were decided." in act(mos, "reject", image)
    image.refresh_from_db()
    assert image.status == Status.OK


def test_rejecting_keeps_a_picture_from_its_owner(mos: Client, alices: Client, rows: dict[type[Model], Any]) -> None:
    image = rows[GeneratedImage]
    act(mos, "reject", image)
    image.refresh_from_db()
    assert (image.status, image.request.state) == (Status.REJECTED, State.DONE)
    assert alices.get(reverse("image_file", args=[image.pk])).status_code == 404


def test_who_decided_is_kept_in_the_history(mos: Client, boss: Client, rows: dict[type[Model], Any]) -> None:
    image = rows[GeneratedImage]
    act(mos, "approve", image)
    history = words(boss.get(changing(image).replace("/change/", "/history/")))
    assert "mo" in history
    assert "approved" in history


@pytest.mark.parametrize(
    "model", [model for model in OURS if model not in (Lora, Rule)], ids=lambda m: m._meta.model_name
)
def test_a_moderator_may_look_but_edits_deletes_and_queues_nothing(
    model: type[Model], mos: Client, rows: dict[type[Model], Any]
) -> None:
    row = rows[model]
    page = mos.get(changing(row))
    assert page.status_code == 200
    assert 'name="_save"' not in page.content.decode()
    assert mos.post(changing(row), {"state": "done"}).status_code == 403
    assert mos.post(changing(row).replace("/change/", "/delete/"), {"post": "yes"}).status_code == 403
    for action in ("delete_selected", "cancel_jobs", "retry_jobs"):
        act(mos, action, row)
    assert type(row)._default_manager.filter(pk=row.pk).exists()
    before = getattr(row, "state", None)
    row.refresh_from_db()
    assert getattr(row, "state", None) == before


@pytest.mark.parametrize("model", [Video, GenerationRequest, LoraImport], ids=lambda model: model._meta.model_name)
def test_an_operator_stops_and_restarts_jobs(model: type[Any], op: Client, rows: dict[type[Model], Any]) -> None:
    row = rows[model]
    model.objects.update(state=State.QUEUED)
    assert "1 job was cancelled." in act(op, "cancel_jobs", row)
    row.refresh_from_db()
    assert row.state == State.CANCELLED
    rung(row.lane)
    assert "1 job was queued again." in act(op, "retry_jobs", row)
    row.refresh_from_db()
    assert row.state == State.QUEUED
    model.objects.update(state=State.DONE)
    assert "0 jobs were queued again." in act(op, "retry_jobs", row)


def test_an_operator_decides_about_no_picture(op: Client, rows: dict[type[Model], Any]) -> None:
    image = rows[GeneratedImage]
    act(op, "approve", image)
    image.refresh_from_db()
    assert image.status == Status.HELD
    assert op.get(reverse("image_file", args=[image.pk])).status_code == 404


def test_people_without_the_staff_mark_do_not_get_in(alices: Client, rows: dict[type[Model], Any]) -> None:
    for address in (reverse("admin:index"), listing(GeneratedImage), changing(rows[Video])):
        assert "/admin/login/" in alices.get(address)["Location"]


def test_staff_without_a_group_see_nothing(as_user: Callable[[User], Client], rows: dict[type[Model], Any]) -> None:
    client = as_user(a_user("new", is_staff=True))
    for model in OURS:
        assert client.get(listing(model)).status_code == 403


def test_the_groups_are_there_with_what_they_may_do(db: None) -> None:
    may = {
        name: {f"{p.content_type.app_label}.{p.codename}" for p in Group.objects.get(name=name).permissions.all()}
        for name in ("moderator", "operator")
    }
    assert "generation.moderate" in may["moderator"]
    changing = [name for name in may["moderator"] if re.search(r"\.(add|change|delete)_", name)]
    assert set(changing) == {"generation.change_lora", "generation.add_rule", "generation.change_rule"}
    assert {"channels_app.change_video", "generation.change_generationrequest"} <= may["operator"]
    assert "generation.moderate" not in may["operator"]
    deleting = {name for name in may["operator"] if ".delete_" in name}
    assert deleting == {"queue.delete_quota", "generation.delete_lora", "generation.delete_lorastyle"}
    assert not [name for name in may["moderator"] if name.startswith("queue.")]


def test_what_an_administrator_adds_to_a_group_survives_the_next_migration(db: None) -> None:
    from django.contrib.auth.models import Permission
    from django.core.management import call_command

    group = Group.objects.get(name="moderator")
    group.permissions.add(Permission.objects.get(codename="delete_video"))
    count = group.permissions.count()
    call_command("migrate", verbosity=0)
    assert group.permissions.count() == count
