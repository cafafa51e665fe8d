"""An import from its row to its LoRA: what is kept, what is refused and why, and that nothing else stays anywhere."""

from __future__ import annotations

import hashlib
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from django.core.management import call_command
from django.utils import timezone

from generation.loras import importing
from generation.models import Lora
from generation.shipped import LORA_FOLDER, shipped
from imagecreator.files.models import LooseFile
from imagecreator.queue.lease import Lease
from imagecreator.queue.states import State
from tests.generation import lora_shapes as shapes
from tests.generation.importing import work
from tests.look import words
from tests.model_hub import CIVITAI_STORAGE, ModelHub, Reply, StoredFile
from tests.rows import a_lora_import, a_lora_row

if TYPE_CHECKING:
    from django.contrib.auth.models import User
    from django.test import Client

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("nothing_stays", "only_own_loras")]
CIVITAI = "https://civitai.com/models/7?modelVersionId=8"


def test_an_upload_becomes_a_lora(alice: User) -> None:
    content = shapes.kohya()
    row = work(a_lora_import(alice, content, name="Ink", licence="CC0", source="by hand"))
    assert (row.state, row.error) == (State.DONE, "")
    lora = row.lora
    assert lora is not None
    assert (lora.name_en, lora.licence, lora.source, lora.added_by) == ("Ink", "CC0", "by hand", alice)
    assert lora.sha256 == hashlib.sha256(content).hexdigest()
    assert (lora.size, lora.width, lora.parts, lora.ranks) == (len(content), 192, ["unet"], [4])
    assert lora.trigger_words == ["ink", "wet paper", "Redcap"]
    assert lora.key == f"ink-{lora.sha256[:8]}"
    assert lora.approved_at is None
    with lora.file.open("rb") as stored:
        assert stored.read() == content
    assert list(Lora.objects.offered(alice)) == [lora]
    assert not row.found_here
    assert not LooseFile.objects.exists()


def test_a_download_brings_what_its_site_says(alice: User, hub: ModelHub) -> None:
    content = shapes.kohya()
    hub.civitai_model(7, 8, content, name="Red Cap", trainedWords=["redcap", "mushroom man"])
    lora = work(a_lora_import(alice, address=CIVITAI)).lora
    assert lora is not None
    assert (lora.name_en, lora.source) == ("Red Cap", CIVITAI)
    assert "credit needed" in lora.licence
    assert lora.trigger_words == ["redcap", "mushroom man", "ink", "wet paper"]  # "Redcap" is there already


def test_a_download_is_moved_to_its_place_and_not_copied(
    alice: User, hub: ModelHub, monkeypatch: pytest.MonkeyPatch
) -> None:
    hub.civitai_model(7, 8, shapes.kohya())
    look, seen = importing._look, []

    def see(lease: Any, path: Path) -> Any:
        seen.append(path.stat().st_ino)
        return look(lease, path)

    monkeypatch.setattr(importing, "_look", see)
    lora = work(a_lora_import(alice, address=CIVITAI)).lora
    assert lora is not None
    assert [Path(lora.file.path).stat().st_ino] == seen
    assert Path(lora.file.path).read_bytes() == shapes.kohya()


def test_nobody_says_of_licence_and_source_what_the_site_does_not(alice: User, hub: ModelHub) -> None:
    hub.repository("owner/name", {"a.safetensors": shapes.diffusers()}, card={"license": "mit"})
    address = "https://huggingface.co/owner/name"
    lora = work(a_lora_import(alice, address=address, name="Mine", licence="own", source="me")).lora
    assert lora is not None
    assert (lora.name_en, lora.licence, lora.source) == ("Mine", "mit", address)


def test_where_the_site_names_no_licence_the_persons_word_is_kept(alice: User, hub: ModelHub) -> None:
    hub.repository("owner/name", {"a.safetensors": shapes.diffusers()})
    lora = work(a_lora_import(alice, address="https://huggingface.co/owner/name", licence="own")).lora
    assert lora is not None
    assert lora.licence == "own"


def test_a_licence_of_many_words_is_cut(alice: User, hub: ModelHub) -> None:
    long = [f"a-licence-with-a-long-name-{number}" for number in range(20)]
    hub.repository("owner/name", {"a.safetensors": shapes.diffusers()}, card={"license": long})
    lora = work(a_lora_import(alice, address="https://huggingface.co/owner/name")).lora
    assert lora is not None
    assert len(lora.licence) == 200
    assert lora.licence.startswith("a-licence-with-a-long-name-0, a-licence-with-a-long-name-1")


def test_of_many_trigger_words_the_first_are_kept(alice: User, hub: ModelHub) -> None:
    hub.civitai_model(7, 8, shapes.kohya(), trainedWords=[f"word {number}" for number in range(30)])
    lora = work(a_lora_import(alice, address=CIVITAI)).lora
    assert lora is not None
    assert lora.trigger_words == [f"word {number}" for number in range(20)]


REFUSED = {
    "SDXL": (lambda: shapes.kohya(shapes.SDXL), "lora_does_not_fit"),
    "cut off": (lambda: shapes.kohya()[:-10], "lora_cut_off"),
    "pickle": (shapes.a_pickle, "lora_pickle"),
    "zip": (shapes.a_zip, "lora_zip"),
    "Flux": (shapes.flux, "lora_other_model"),
    "not a number": (lambda: shapes.kohya(wrong=float("nan")), "lora_not_numbers"),
    "infinite": (lambda: shapes.kohya(wrong=float("-inf")), "lora_not_numbers"),
    "zeros": (lambda: shapes.kohya(scale=0.0), "lora_no_effect"),
    "words": (lambda: b"just a few words, no LoRA", "lora_not_safetensors"),
}


@pytest.mark.parametrize(("make", "code"), REFUSED.values(), ids=REFUSED)
def test_a_bad_upload_is_refused_and_not_kept(alice: User, make: Any, code: str) -> None:
    row = work(a_lora_import(alice, make()))
    assert (row.state, row.error) == (State.FAILED, code)
    assert row.problem is not None
    assert not Lora.objects.exists()
    assert not row.can_be_retried


@pytest.mark.parametrize(("make", "code"), REFUSED.values(), ids=REFUSED)
def test_a_bad_download_is_refused_and_not_kept(alice: User, hub: ModelHub, make: Any, code: str) -> None:
    hub.civitai_model(7, 8, make())
    row = work(a_lora_import(alice, address=CIVITAI))
    assert (row.state, row.error) == (State.FAILED, code)
    assert not Lora.objects.exists()
    assert row.can_be_retried


def test_what_a_file_says_of_itself_can_be_stored_and_shown(alice: User, hub: ModelHub, alices: Client) -> None:
    hub.civitai_model(7, 8, shapes.unsayable())
    row = work(a_lora_import(alice, address=CIVITAI))
    assert (row.state, row.error, row.error_values["first"]) == (State.FAILED, "lora_unknown_keys", "abc")
    for url in (row.get_absolute_url(), "/loras/"):
        assert "abc" in words(alices.get(url))


def test_a_file_above_the_limit_is_not_downloaded(alice: User, hub: ModelHub, settings: Any) -> None:
    settings.LORA_MAX_MB = 1
    hub.civitai_model(7, 8, shapes.diffusers(rows=80_000))
    row = work(a_lora_import(alice, address=CIVITAI))
    assert (row.state, row.error, row.error_values) == (State.FAILED, "lora_too_large", {"limit_mb": "1"})
    assert hub.sent.get("/file/8", 0) == 0


def test_an_upload_above_a_limit_that_was_lowered_meanwhile_is_refused(alice: User, settings: Any) -> None:
    settings.LORA_MAX_MB = 1
    row = work(a_lora_import(alice, shapes.diffusers(rows=80_000)))
    assert row.error == "lora_too_large"


def test_tokens_and_hosts_of_the_settings_are_used(alice: User, hub: ModelHub, settings: Any) -> None:
    settings.CIVITAI_TOKEN = "of-the-operator"
    hub.civitai_model(7, 8, shapes.kohya())
    assert work(a_lora_import(alice, address=CIVITAI)).state == State.DONE
    carried = {asked.host: asked.headers.get("authorization") for asked in hub.asked}
    assert carried == {"civitai.com": "Bearer of-the-operator", CIVITAI_STORAGE: None}
    settings.FETCH_HOSTS = ["civitai.com"]
    row = work(a_lora_import(alice, address=CIVITAI))
    assert (row.error, row.error_values) == ("fetch_elsewhere", {"host": CIVITAI_STORAGE})


def test_the_same_file_is_kept_once(alice: User, bob: User) -> None:
    first = work(a_lora_import(alice, shapes.kohya())).lora
    assert first is not None
    again = work(a_lora_import(alice, shapes.kohya()))
    assert (again.state, again.lora, again.found_here, again.is_offered) == (State.DONE, first, True, True)
    bobs = work(a_lora_import(bob, shapes.kohya()))
    assert (bobs.lora, bobs.found_here, bobs.is_offered) == (first, True, False)
    Lora.objects.update(approved_at=timezone.now())
    assert bobs.is_offered
    Lora.objects.update(active=False)
    assert not bobs.is_offered
    assert Lora.objects.count() == 1


def test_what_somebody_added_before_it_came_with_the_project_stays_theirs(alice: User) -> None:
    key, fields = next(iter(shipped("lora").items()))
    Lora.objects.filter(key=key).delete()
    own = a_lora_row("Mine", (LORA_FOLDER / fields["file"]).read_bytes(), added_by=alice, approved_at=None)
    call_command("migrate", verbosity=0)
    assert list(Lora.objects.filter(sha256=own.sha256).values_list("key", "added_by")) == [(own.key, alice.pk)]
    assert Lora.objects.count() == len(shipped("lora"))


def test_two_workers_with_the_same_file_keep_it_once(alice: User, bob: User, monkeypatch: pytest.MonkeyPatch) -> None:
    """The other one writes its row between our look and our row."""
    content = shapes.kohya()
    row = a_lora_import(alice, content)
    make = importing._lora

    def outrun(*arguments: Any) -> Lora:
        mine = make(*arguments)
        a_lora_row("Other", content, added_by=bob)
        return mine

    monkeypatch.setattr(importing, "_lora", outrun)
    work(row)
    assert (row.state, row.error) == (State.DONE, "")
    assert row.lora == Lora.objects.get()
    assert row.lora.added_by == bob


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, int, int]]:
    """What is told of the progress: stage, step, steps."""
    heard: list[tuple[str, int, int]] = []
    tell = Lease.tell

    def hear(self: Any, stage: str, step: int = 0, steps: int = 0) -> None:
        heard.append((stage, step, steps))
        tell(self, stage, step, steps)

    monkeypatch.setattr(Lease, "tell", hear)
    return heard


def test_an_upload_that_comes_from_a_storage_elsewhere_makes_progress(
    alice: User, told: list[tuple[str, int, int]], settings: Any
) -> None:
    """Else it would look as if its worker hung."""
    elsewhere = {"BACKEND": "django.core.files.storage.InMemoryStorage"}
    settings.STORAGES = settings.STORAGES | {"default": elsewhere}
    assert work(a_lora_import(alice, shapes.diffusers(rows=400_000))).state == State.DONE  # 6.4 MB
    assert told[:2] == [("inspect", 5, 9), ("inspect", 9, 9)], "in pieces of four MiB"
    Lora.objects.all().delete()


def test_progress_is_told_in_megabytes(alice: User, hub: ModelHub, told: list[tuple[str, int, int]]) -> None:
    content = shapes.diffusers(rows=200_000)  # 3.2 MB
    hub.civitai_model(7, 8, content)
    slow = StoredFile(content)

    def in_pieces(asked: Any) -> Reply:
        time.sleep(0.7)
        return slow(asked)

    slow.cuts = [1_500_000, 1_000_000]
    hub.routes[CIVITAI_STORAGE, "/file/8"] = in_pieces
    assert work(a_lora_import(alice, address=CIVITAI)).state == State.DONE
    fetched = [(step, steps) for stage, step, steps in told if stage == "fetch"]
    assert (2, 4) in fetched
    assert {stage for stage, _, _ in told} == {"fetch", "inspect", "finish"}
