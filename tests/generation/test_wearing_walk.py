"""Requests with LoRAs as the worker paints them, by the preview model itself and with real files."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from django.urls import reverse
from django.utils import timezone

from generation.forms.dressing import dress
from generation.models import GenerationRequest, Lora
from generation.serve import serve_requests
from imagecreator.queue.changes import retry
from imagecreator.queue.claim import claim_batch
from imagecreator.queue.states import State
from tests.generation.lora_rows import a_lora_with_file, note
from tests.generation.walking import pixels, work
from tests.look import page, words
from tests.rows import a_channel, a_draft, a_request, a_user, a_video

if TYPE_CHECKING:
    from pathlib import Path

    from django.test import Client

    from channels_app.models import Video

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("only_own_loras")]
STEPS = 2
FAR = 1  # of 255: how far a pixel may be from the same picture painted alone


@pytest.fixture
def neon(tmp_path: Path) -> Lora:
    return a_lora_with_file(tmp_path, "Neon glow", seed=1)


@pytest.fixture
def ink(tmp_path: Path) -> Lora:
    return a_lora_with_file(tmp_path, "Ink", seed=2)


def asked(video: Video, *notes: dict[str, object], **fields: object) -> GenerationRequest:
    return a_request(video, loras=list(notes), steps_asked=STEPS, **fields)


def painted(video: Video, *notes: dict[str, object]) -> bytes:
    """The pixels of the one picture that is painted with these."""
    row = work(asked(video, *notes))
    assert row.state == State.DONE, row.error
    return pixels(row)[0]


def another_video(name: str = "ben") -> Video:
    return a_video(a_channel(a_user(name)))


def paint_all() -> list[list[GenerationRequest]]:
    """Let a worker paint until nobody waits; the batches, in order, afresh."""
    batches = []
    while leases := claim_batch(GenerationRequest, "worker", room=8):
        serve_requests(leases)
        batches.append([GenerationRequest.objects.get(pk=lease.pk) for lease in leases])
    return batches


def far(one: bytes, other: bytes) -> int:
    return max(abs(a - b) for a, b in zip(one, other, strict=True))


def test_a_lora_changes_the_picture_by_its_weight_and_two_at_once_by_both(video: Video, neon: Lora, ink: Lora) -> None:
    pictures = [
        painted(video),
        painted(video, note(neon)),
        painted(video, note(neon, -0.5)),
        painted(video, note(ink)),
        painted(video, note(neon), note(ink)),
    ]
    assert len(set(pictures)) == len(pictures)
    assert painted(video, note(ink), note(neon)) == pictures[4], "in whatever order they were chosen"
    assert painted(video) == pictures[0], "nothing stays on"


def test_weight_0_is_bit_for_bit_as_without_whether_or_not_the_lora_is_still_there(video: Video, neon: Lora) -> None:
    bare = painted(video)
    assert painted(video, note(neon, 0)) == bare
    neon.delete()
    assert painted(video, note(neon, 0)) == bare


def test_who_wears_the_same_shares_a_batch_and_nobody_wears_what_others_chose(
    video: Video, neon: Lora, ink: Lora
) -> None:
    worn = [note(neon, 0.8), note(ink, 0.5)]
    alone = {"neon": painted(video, worn[0]), "both": painted(video, *worn), "bare": painted(video)}
    rows = {
        "both": asked(video, *worn),
        "neon": asked(another_video("ben"), worn[0]),
        "bare": asked(another_video("cy")),
        "both again": asked(another_video("dee"), *reversed(worn)),
        "bare again": asked(another_video("eve"), note(ink, 0.0)),
    }
    batches = [{str(row.pk) for row in batch} for batch in paint_all()]
    assert sorted(len(batch) for batch in batches) == [1, 2, 2]
    for one, other in (("both", "both again"), ("bare", "bare again")):
        assert {str(rows[one].pk), str(rows[other].pk)} in batches
    for name, row in rows.items():
        assert far(pixels(row)[0], alone[name.removesuffix(" again")]) <= FAR, name


def test_the_file_tells_which_loras_by_hash_and_weight_in_our_words_and_in_a1111s(video: Video, neon: Lora) -> None:
    row = work(asked(video, note(neon, 0.35)))
    (image,) = row.images.all()
    (told,) = image.recipe().loras
    assert (told.name, told.weight, told.digest, told.short_hash) == ("Neon glow", 0.35, neon.sha256, neon.short_hash)
    with image.file.open("rb") as file:
        content = file.read()
    assert b"<lora:Neon_glow:0.35>" in content
    assert f'Lora hashes: "Neon_glow: {neon.short_hash}"'.encode() in content


def test_again_is_the_same_picture_bit_for_bit_and_vary_another_with_the_same_loras(
    alices: Client, video: Video, neon: Lora, ink: Lora
) -> None:
    a_draft(video)
    first = work(asked(video, note(neon, 0.35), note(ink, -0.25, own=False), seed=77))
    (image,) = first.images.all()
    address = reverse("generate_thumbnail", args=[video.pk])
    for wish, is_same in (("again", True), ("vary", False)):
        answer = alices.get(f"{address}?{wish}={image.pk}")
        form = page(answer).form(having="prompt").fields
        chosen = {f"loras-{lora.key}": form[f"loras-{lora.key}"] for lora in (neon, ink)}
        assert chosen == {"loras-neon-glow": "0.35", "loras-ink": "-0.25"}
        sent = alices.post(address, form | {"loras": ["neon-glow", "ink"]})
        assert sent.status_code == 302, page(sent).problems
        row = work(GenerationRequest.objects.latest("created_at"))
        assert {(one["key"], one["weight"]) for one in row.loras} == {("neon-glow", 0.35), ("ink", -0.25)}
        assert (pixels(row) == pixels(first)) is is_same


@pytest.mark.parametrize("change", [{"active": False}, {"approved_at": None}, None])
def test_a_lora_that_is_gone_or_withdrawn_meanwhile_ends_its_own_request_alone(
    alices: Client, video: Video, neon: Lora, change: dict[str, object] | None
) -> None:
    Lora.objects.update(added_by=video.owner if change == {"approved_at": None} else None)
    mine = asked(video, note(neon))
    theirs = asked(another_video(), note(neon))
    bare = asked(another_video("cy"))
    if change:
        Lora.objects.update(**change)
    else:
        neon.delete()
    rows = {row.pk: row for batch in paint_all() for row in batch}
    lost = rows[theirs.pk]
    assert (lost.state, lost.error) == (State.FAILED, "lora_gone")
    name = "Neon glow" if change else "neon-glow"
    assert lost.problem
    assert lost.problem.what == f"The LoRA “{name}” is no longer offered here."
    assert rows[bare.pk].state == State.DONE
    is_own = change == {"approved_at": None}
    assert rows[mine.pk].state == (State.DONE if is_own else State.FAILED), "whoever added it may go on"


def test_trying_again_asks_anew(video: Video, neon: Lora) -> None:
    Lora.objects.update(active=False)
    row = work(asked(video, note(neon)))
    assert row.error == "lora_gone"
    retry(row)
    assert work(row).error == "lora_gone"
    Lora.objects.update(active=True)
    retry(row)
    assert work(row).state == State.DONE


def test_another_file_than_was_chosen_is_never_painted_with(video: Video, ink: Lora, tmp_path: Path) -> None:
    chosen = a_lora_with_file(tmp_path, "Chosen", seed=3)  # no other test has left it in the engine's memory
    row = asked(video, note(chosen))
    with chosen.file.storage.open(chosen.file.name, "wb") as there, ink.file.open("rb") as other:
        there.write(other.read())
    row = work(row)
    assert (row.state, row.error) == (State.FAILED, "lora_changed")
    assert painted(video), "the next one works"


def test_a_file_that_is_gone_is_said(video: Video, neon: Lora) -> None:
    neon.file.storage.delete(neon.file.name)
    assert work(asked(video, note(neon))).error == "file_missing"


def test_what_was_made_for_another_model_is_refused_by_the_worker_too(video: Video, neon: Lora) -> None:
    row = asked(video, note(neon))
    Lora.objects.update(width=2048)
    assert work(row).error == "lora_does_not_fit"


def test_a_picture_whose_file_is_gone_is_told_with_its_loras(video: Video, neon: Lora) -> None:
    row = work(asked(video, note(neon, 0.5)))
    (image,) = row.images.all()
    image.file.storage.delete(image.file.name)
    assert dress(image.recipe(), None, video.owner).weights == {"neon-glow": 0.5}


def test_pages_name_loras_and_weights(alices: Client, video: Video, neon: Lora) -> None:
    row = work(asked(video, note(neon, 0.35), note(neon, 1.0) | {"key": "gone", "weight": 0.0, "own": False}))
    (image,) = row.images.all()
    assert "LoRAs Neon glow 0.35, gone 0 (from the style)" in words(alices.get(row.get_absolute_url()))
    assert "LoRAs Neon glow 0.35" in words(alices.get(image.get_absolute_url()))
    assert "LoRAs: Neon glow 0.35" in words(alices.get(reverse("requests")))
    assert "<lora:Neon_glow:0.35>" in words(alices.get(image.get_absolute_url())), "what the copy button copies"
    Lora.objects.update(name_ru="Неон", approved_at=timezone.now())
    russian = words(alices.get(row.get_absolute_url(), HTTP_ACCEPT_LANGUAGE="ru"))
    assert "LoRA Неон 0,35" in russian
