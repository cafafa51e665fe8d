"""A language model in the worker's own memory: the real classes, a random Llama and one that was taught by heart."""

from __future__ import annotations

import json
import shutil
import time
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
import torch
from transformers import LlamaForCausalLM

from generation.engine import Engine, EngineError, Profile, load_profile
from generation.engine.language import Asked, LanguageError
from generation.engine.language.patience import Patience
from generation.engine.language.question import question
from generation.engine.roles import Role
from tests.generation.engine.language.speaking import BOAT, CAKE, GOOD, LOST

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

ROLE = "language_model"


def with_copy(profile: Profile, folder: Path) -> Profile:
    """The profile with a language model of its own, to be damaged."""
    shutil.copytree(profile.roles[ROLE].folder, folder)
    return replace(profile, roles={ROLE: replace(profile.roles[ROLE], folder=folder)})


def refused(profile: Profile) -> LanguageError:
    """The error of a question."""
    with pytest.raises(LanguageError) as caught:
        Engine(profile).language_model(60).write(CAKE)
    return caught.value


def test_what_a_good_model_says_becomes_an_answer(speaker: Engine) -> None:
    heard: list[int] = []
    answer = speaker.language_model(60).write(CAKE, lambda tokens, most: heard.append(tokens))
    assert {name: list(value) if isinstance(value, tuple) else value for name, value in vars(answer).items()} == GOOD
    assert heard[-1] > 10 and heard == sorted(heard)
    assert answer == speaker.language_model(60).write(CAKE), "always the same"


def test_it_stops_at_the_brace_that_closes_the_object(speaker: Engine) -> None:
    said = speaker._language.reply(question(CAKE), Patience(time.monotonic() + 60, lambda tokens, most: None))
    assert said.startswith("Here you are: {") and said.endswith("}")


def test_a_wrong_answer_is_repaired_once(speaker: Engine) -> None:
    heard: list[int] = []
    assert speaker.language_model(60).write(BOAT, lambda tokens, most: heard.append(tokens)).subject == "an old boat"
    assert heard.count(1) == 2, "the second answer counts anew"


def test_two_wrong_answers_are_an_error_that_says_why(speaker: Engine) -> None:
    with pytest.raises(LanguageError) as caught:
        speaker.language_model(60).write(LOST)
    assert caught.value.code == "language_answer"
    assert caught.value.reason.startswith("subject is not in English; action is no text")


def test_a_model_without_sense_says_nothing_that_can_be_used(profile: Profile) -> None:
    """Random weights, through the real classes: 400 tokens, twice, and an error."""
    heard: list[int] = []
    with pytest.raises(LanguageError) as caught:
        Engine(profile).language_model(300).write(CAKE, lambda tokens, most: heard.append(tokens))
    assert (caught.value.code, caught.value.reason) == ("language_answer", "it holds no whole JSON object")
    assert max(heard) == 400 and heard.count(400) == 2


def test_whoever_cancels_ends_it_at_once_and_the_next_is_answered(speaker: Engine) -> None:
    class Cancelled(Exception):
        pass

    def cancel(tokens: int, most: int) -> None:
        if tokens == 3:
            raise Cancelled

    with pytest.raises(Cancelled):
        speaker.language_model(60).write(CAKE, cancel)
    assert speaker.language_model(60).write(CAKE)


def test_the_time_is_over(speaker: Engine) -> None:
    with pytest.raises(LanguageError) as caught:
        speaker.language_model(0.01).write(CAKE)
    assert caught.value.code == "language_slow"


def test_a_long_description_is_cut_by_its_own_tokenizer(speaker: Engine) -> None:
    """And the question still fits: the error is about the answer."""
    language, heard = speaker._language, []
    long = Asked("Т" * 200, "очень длинно " * 400, ("a long caption " * 20,) * 9)
    with pytest.raises(LanguageError) as caught:
        speaker.language_model(300).write(long, lambda tokens, most: heard.append(tokens))
    assert caught.value.code == "language_answer"
    assert language.tokens(long.description) > 500


def test_a_profile_without_one_says_so(profile: Profile) -> None:
    error = refused(replace(profile, roles={}))
    assert error.code == "no_language_model" and error.values["profile"] == profile.title


def test_a_folder_that_is_not_there(profile: Profile, tmp_path: Path) -> None:
    missing = Role(tmp_path / "none", "MIT", "nowhere")
    assert refused(replace(profile, roles={ROLE: missing})).code == "role_missing"


def no_template(folder: Path) -> None:
    (folder / "chat_template.jinja").unlink()


def no_tokenizer(folder: Path) -> None:
    (folder / "tokenizer.json").unlink()


def bad_tokenizer(folder: Path) -> None:
    (folder / "tokenizer.json").write_text("{}")


def bad_template(folder: Path) -> None:
    (folder / "chat_template.jinja").write_text("{{ raise_exception('no system turn') }}")


def no_weights(folder: Path) -> None:
    (folder / "model.safetensors").unlink()
    torch.save({}, folder / "pytorch_model.bin")


def cut_off(folder: Path) -> None:
    whole = (folder / "model.safetensors").read_bytes()
    (folder / "model.safetensors").write_bytes(whole[:-100])


def other_kind(folder: Path) -> None:
    change(folder, architectures=["BertModel"])


def own_code(folder: Path) -> None:
    change(folder, model_type="mine", auto_map={"AutoModelForCausalLM": "mine.Mine", "AutoConfig": "mine.Config"})
    (folder / "mine.py").write_text("raise SystemExit('this ran')")


def more_layers(folder: Path) -> None:
    change(folder, num_hidden_layers=3)


def small_context(folder: Path) -> None:
    change(folder, max_position_embeddings=450)


def change(folder: Path, **values: object) -> None:
    file = folder / "config.json"
    file.write_text(json.dumps(json.loads(file.read_text()) | values))


@pytest.mark.parametrize(
    ("damage", "reason"),
    [
        (no_template, "it has no chat template"),
        (no_tokenizer, "it has neither tokenizer.json nor tokenizer.model"),
        (bad_tokenizer, ""),
        (bad_template, "no system turn"),
        (no_weights, "damaged/model.safetensors is not a whole safetensors file"),
        (cut_off, "damaged/model.safetensors is not a whole safetensors file"),
        (other_kind, "it is a ['BertModel'], not a language model"),
        (own_code, ""),
        (more_layers, "its weights lack 9 tensors, model.layers.2."),
        (small_context, "it reads 450 tokens, too few for a question of "),
    ],
)
def test_a_damaged_model_is_refused_in_words(
    damage: Callable[[Path], None], reason: str, speaking: Profile, tmp_path: Path
) -> None:
    profile = with_copy(speaking, tmp_path / "damaged")
    damage(tmp_path / "damaged")
    error = refused(profile)
    assert error.code == "language_wrong" and error.reason.startswith(reason) and len(error.reason) > 5


def test_the_painters_make_room_and_come_back(
    profile: Profile, speaking: Profile, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = Engine(replace(profile, roles=speaking.roles))
    engine.load()
    forward, calls = LlamaForCausalLM.forward, []

    def full_while_painters_are_there(self: LlamaForCausalLM, *args: object, **kwargs: object) -> object:
        calls.append(engine.loaded)
        if engine.loaded:
            raise torch.OutOfMemoryError("CUDA out of memory")
        return forward(self, *args, **kwargs)

    monkeypatch.setattr(LlamaForCausalLM, "forward", full_while_painters_are_there)
    assert engine.language_model(60).write(CAKE)
    assert calls[:2] == [True, False]
    engine.load()
    assert engine.loaded
    engine.close()


def test_no_memory_at_all_is_said(speaking: Profile, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*args: object, **kwargs: object) -> None:
        raise torch.OutOfMemoryError("CUDA out of memory")

    monkeypatch.setattr(LlamaForCausalLM, "forward", full)
    assert refused(speaking).code == "language_no_memory"


def test_a_card_that_failed_is_no_error_to_go_on_after(speaking: Profile, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*args: object, **kwargs: object) -> None:
        raise torch.AcceleratorError("CUDA error: an illegal memory access was encountered")

    monkeypatch.setattr(LlamaForCausalLM, "forward", broken)
    with pytest.raises(EngineError) as caught:
        Engine(speaking).language_model(60).write(CAKE)
    assert caught.value.code == "card_failed" and not isinstance(caught.value, LanguageError)


def test_it_goes_when_many_have_painted_without_it(speaking: Profile) -> None:
    engine = Engine(speaking)
    assert engine.language_model(60).write(CAKE)
    for _ in range(15):
        engine._language.passed_over()
    assert engine._language._model is not None
    engine._language.passed_over()
    assert engine._language._model is None and engine._language.drop() is False


def test_the_large_profiles_name_one_with_its_licence(tmp_path: Path) -> None:
    for name in ("sd15", "sdxl"):
        named = load_profile(name, models_dir=tmp_path).roles[ROLE]
        assert named.licence == "Llama 3.2 Community License" and "meta-llama/Llama-3.2" in named.source
    assert ROLE not in load_profile("preview", models_dir=tmp_path).roles
