"""A draft that models write: frames, captions, the question, the answer, the row. The tiny BLIP and Llama, for real."""

from __future__ import annotations

import json
import shutil
from io import StringIO
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pytest
import torch
from django.core.management import call_command

from generation.engine import Engine
from generation.engine.tiny import build_tiny
from generation.material import seen_of
from generation.models import PromptDraft
from generation.stages.engine_door import _open, engine
from generation.tasks import write_draft
from imagecreator.queue.changes import enqueue
from imagecreator.queue.states import State
from tests.clips import draw_scene
from tests.generation.engine.language.other_server import OtherServer, Talk
from tests.generation.engine.language.speaking import GOOD, teach
from tests.generation.walking import work
from tests.rows import a_channel, a_draft, a_frame, a_video

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from PIL import Image
    from pytest_django import Settings

    from channels_app.models import Channel, Frame, Video

TITLE = "Торт за пять минут!"
TEXT = json.dumps(GOOD, ensure_ascii=False)


@pytest.fixture(scope="module")
def tiny_models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the tiny checkpoint, with its captioner and its language model."""
    folder = tmp_path_factory.mktemp("models")
    build_tiny(folder / "tiny")
    return folder


@pytest.fixture
def cake(channel: Channel) -> Video:
    """A video of three scenes, the first of them twice."""
    video = a_video(channel, title=TITLE, description="Самый простой рецепт.")
    for rank, scene in enumerate((0, 1, 2, 0)):
        put(a_frame(video, rank=rank), scene, 0.5)
    return video


def put(frame: Frame, scene: int, at: float) -> None:
    """Let a frame show a drawn scene, pressed more the worse its rank."""
    with frame.file.storage.open(str(frame.file.name), "wb") as file:
        draw_scene((320, 180), scene, at).save(file, "JPEG", quality=90 - frame.rank)


def good(talk: Talk) -> None:
    talk.say(TEXT)


@pytest.mark.django_db(transaction=True)
def test_frames_become_captions_captions_a_question_and_its_answer_the_draft(
    cake: Video, models_in: Callable[[Path], Path], tiny_models: Path, settings: Settings, tmp_path: Path
) -> None:
    """By a server first, whose question the worker's own Llama is then taught: it gets the very same."""
    models_in(tiny_models)
    captions = engine().caption(seen_of(PromptDraft(video=cake, target="thumbnail")).frames[:3])
    assert len(set(captions)) == 3
    with OtherServer(good) as server:
        settings.LANGUAGE_MODEL, settings.LANGUAGE_MODEL_NAME = server.address, "good-llama"
        first = work(a_draft(cake, state=State.QUEUED, prompt="", negative=""))
        (talk,) = server.talks
    asked = talk.body["messages"]
    told = material(asked[1]["content"])
    assert (told["title"], told["description"], told["language_of_title"]) == (TITLE, cake.description, "ru")
    assert (told["captions"], told["picture"]) == (captions, "thumbnail"), "the twin is not told of again"
    assert first.facts["palette"] and " and ".join(first.facts["palette"]) + " colors" in told["facts"]
    assert_written_from(first, [*captions, captions[0]], "good-llama")

    models_in(shutil.copytree(tiny_models, tmp_path / "models"))
    teach(tmp_path / "models" / "tiny" / "language", [(asked, TEXT)])
    settings.LANGUAGE_MODEL, settings.LANGUAGE_MODEL_NAME = "worker", ""
    second = work(a_draft(cake, state=State.QUEUED, prompt="", negative=""))
    assert_written_from(second, [*captions, captions[0]], "language")
    assert second.prompt == first.prompt


def assert_written_from(draft: PromptDraft, captions: list[str], writer: str) -> None:
    assert (draft.state, draft.error, draft.source, draft.fallback) == (State.DONE, "", "model", "")
    assert (draft.writer, draft.captioner, draft.captions_fault) == (writer, "captioner", "")
    assert draft.captions == captions
    for words in ("a cook with a tall cake", "pouring caramel", "a small kitchen", "warm lamplight", "watercolor"):
        assert words in draft.prompt
    assert "low angle" in draft.variations["dramatic"] and "a cook" in draft.variations["minimal"]
    assert draft.negative.startswith("text, blurry, ")


def pairs(line: str) -> list[str]:
    """Every two words of it that stand together."""
    words = line.split()
    return [" ".join(both) for both in pairwise(words)]


def material(message: str) -> dict[str, Any]:
    """What the user's turn holds, as JSON."""
    told: dict[str, Any] = json.loads(message.partition("<material>")[2].partition("</material>")[0])
    return told


@pytest.mark.django_db(transaction=True)
def test_twins_are_looked_at_once_and_each_keeps_the_line(
    channel: Channel, models_in: Callable[[Path], Path], tiny_models: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two videos that begin alike, as the latest of a channel often do; a figure that has moved is no twin."""
    for _ in range(2):
        video = a_video(channel)
        for rank, at in enumerate((0.2, 0.8)):
            put(a_frame(video, rank=rank), 4, at)
    models_in(tiny_models)
    looked: list[int] = []
    real = Engine.caption

    def counted(painter: Engine, frames: Sequence[Image.Image]) -> list[str]:
        looked.append(len(frames))
        return real(painter, frames)

    monkeypatch.setattr(Engine, "caption", counted)
    draft = work(PromptDraft.objects.create(owner=channel.owner, channel=channel, target="cover"))
    assert (draft.state, draft.error, looked) == (State.DONE, "", [2])
    one, two, *others = draft.captions
    assert one != two and others == [one, two]


@pytest.mark.django_db(transaction=True)
def test_where_the_model_talks_nonsense_the_form_writes_from_the_captions(
    cake: Video, models_in: Callable[[Path], Path], tiny_models: Path, settings: Settings
) -> None:
    models_in(tiny_models)
    settings.LANGUAGE_MODEL = "worker"
    draft = work(a_draft(cake, state=State.QUEUED, prompt="", negative=""))
    assert (draft.state, draft.source, draft.fallback, draft.writer) == (State.DONE, "form", "language_answer", "")
    assert draft.captioner == "captioner" and len(draft.captions) == 4
    assert draft.prompt.startswith("cake five minutes, ")
    assert any(words in draft.prompt for line in draft.captions for words in pairs(line))


@pytest.mark.django_db(transaction=True)
def test_a_server_writes_also_where_the_profile_cannot_be_read(cake: Video, settings: Settings) -> None:
    settings.PROFILE = "nobodys"
    with OtherServer(good) as server:
        settings.LANGUAGE_MODEL, settings.LANGUAGE_MODEL_NAME = server.address, "good-llama"
        draft = work(a_draft(cake, state=State.QUEUED, prompt="", negative=""))
    assert (draft.state, draft.source, draft.captioner) == (State.DONE, "model", "")


@pytest.mark.django_db(transaction=True)
def test_the_log_tells_operators_why_a_model_could_not(
    cake: Video,
    models_in: Callable[[Path], Path],
    tiny_models: Path,
    settings: Settings,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
) -> None:
    models_in(shutil.copytree(tiny_models, tmp_path / "models"))
    (tmp_path / "models" / "tiny" / "captioner" / "config.json").write_text('{"architectures": ["Bert"]}')
    with OtherServer(lambda talk: talk.answer(401, f"no such key: {talk.headers['authorization']}")) as server:
        settings.LANGUAGE_MODEL, settings.LANGUAGE_MODEL_NAME = server.address, "llama"
        settings.LANGUAGE_MODEL_KEY = "sk-secret"
        draft = work(a_draft(cake, state=State.QUEUED, prompt="", negative=""))
    assert (draft.source, draft.fallback, draft.captions_fault) == ("form", "language_refused", "captioner_wrong")
    told = [record.getMessage() for record in caplog.records if record.levelname == "WARNING"]
    assert any("it is a Bert" in line for line in told)
    assert any("it answered with status 401: no such key" in line for line in told)
    assert "sk-secret" not in caplog.text and TITLE not in caplog.text


@pytest.mark.django_db(transaction=True)
def test_a_worker_that_only_writes_leaves_the_card_when_nothing_waits(
    cake: Video, models_in: Callable[[Path], Path], tiny_models: Path, settings: Settings
) -> None:
    """On a processor the models stay: nobody else needs that memory so badly. Here one is taken for a card."""
    models_in(tiny_models)
    settings.LANGUAGE_MODEL = "worker"
    enqueue(PromptDraft.objects.create(owner=cake.owner, video=cake, target="thumbnail"))
    write_draft()
    painter = engine()
    assert painter._captioner is not None and painter._language.device == torch.device("cpu")
    painter._captioner.device = torch.device("cuda")
    bare = a_channel(cake.owner)  # nothing to look at
    for target in ("avatar", "cover"):
        enqueue(PromptDraft.objects.create(owner=bare.owner, channel=bare, target=target))
    for _ in range(2):
        write_draft()
        assert painter._captioner is not None, "another draft may wait"
    write_draft()
    assert painter._captioner is None and painter._language.device is not None
    assert set(PromptDraft.objects.values_list("state", flat=True)) == {State.DONE}


@pytest.mark.django_db
def test_the_command_asks_the_models_of_the_profile_that_it_is_given(
    models_in: Callable[..., Path], tiny_models: Path, settings: Settings
) -> None:
    """The site's own profile has another captioner and no language model; one engine is open at a time."""
    models_in(tiny_models, "preview")
    settings.LANGUAGE_MODEL = "worker"
    said = StringIO()
    call_command("write_prompt", title="A walk", profile="tiny", json=True, stdout=said)
    report = json.loads(said.getvalue())
    assert (report["profile"], report["source"], report["fallback"]) == ("tiny", "form", "language_answer")
    assert list(_open) == ["tiny"]
