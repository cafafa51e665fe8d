"""Tokens counted without torch are those that the text encoder is given, window by window."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from generation.emphasis import Fragment, fragments
from generation.engine import Engine, load_profile
from generation.engine.jobs import MOST_WINDOWS
from generation.engine.load import load
from generation.engine.prompts import Prompts
from generation.engine.tokens import Count, counted, open_tokenizer

if TYPE_CHECKING:
    from tokenizers import Tokenizer

    from generation.engine import Profile

PREVIEW = load_profile("preview", models_dir=Path("nowhere"))
PHRASE = "a red kite over green hills and a quiet lake"
TEXTS = [
    "", " ", "red", "A red boat, озеро", "Красный змей над холмами", "Ёжик — в тумане…", "кот🎬🌅 emoji 👨‍👩‍👧",
    "it's 1984! we'll don't", "(word:1.3)", "a (red:1.3) fox", "a (re:1.3)d fox", "((deep)) [less] \\(plain\\)",
    "(:1.3)", "()", "[[[", "<|endoftext|> and <|startoftext|>", "x<|endoftext|>", "e\u0301 ﬁ İstanbul ß",
    "tab\tline\nline  two",
    "日本の風景", "a" * 300, "." * 200, ",,, " * 60, ", ".join([PHRASE] * 6), " ".join([PHRASE] * 12),
    ", ".join([f"({PHRASE}:1.2)"] * 9), ", ".join([PHRASE] * 60), "змей над холмами, " * 30,
    "supercalifragilistic" * 20,
]  # fmt: skip


@pytest.fixture(scope="module", params=["tiny", "preview"])
def prompts(request: pytest.FixtureRequest, profile: Profile) -> Any:
    return Prompts(load(profile if request.param == "tiny" else PREVIEW).pipe), (
        profile if request.param == "tiny" else PREVIEW
    )


def tokenizer_of(profile: Profile) -> Tokenizer:
    found = open_tokenizer(profile.folder / "tokenizer")
    assert found is not None
    return found


def in_windows(prompts: Prompts, text: str) -> tuple[int, ...]:
    """What compel makes of it: the tokens of each window but for the marks and what fills it up."""
    parts = fragments(text) or [Fragment("")]
    provider = prompts._provider
    own = provider.get_token_ids([part.text for part in parts], include_start_and_end_markers=False)
    ids, _, _ = provider.get_token_ids_and_expand_weights([p.text for p in parts], [p.weight for p in parts], "cpu")
    left, sizes = sum(map(len, own)), []
    end = provider.tokenizer.eos_token_id
    for window in ids.reshape(-1, 77).tolist():
        body = window[1:]
        while len(body) > 1 and body[-1] == body[-2] == end:
            body.pop()
        sizes.append(min(left, len(body) - 1))
        left -= sizes[-1]
    assert left == 0
    return tuple(sizes)


@pytest.mark.parametrize("text", TEXTS, ids=range(len(TEXTS)))
def test_the_counter_agrees_with_what_the_text_encoder_is_given(prompts: tuple[Prompts, Profile], text: str) -> None:
    painted, profile = prompts
    found = counted(tokenizer_of(profile), text)
    ids = [
        number
        for part in fragments(text)
        for number in painted._pipe.tokenizer(part.text, add_special_tokens=False).input_ids
    ]
    assert found.tokens == len(ids)
    if "<|" not in text:  # there the marks themselves are words
        assert found.windows == in_windows(painted, text)
    assert found.read_in == painted._windows(text)
    assert Engine(profile).count_tokens(text) == found.tokens


def test_an_old_checkpoints_two_files_count_the_same(tmp_path: Path) -> None:
    whole = json.loads((PREVIEW.folder / "tokenizer/tokenizer.json").read_text())["model"]
    (tmp_path / "vocab.json").write_text(json.dumps(whole["vocab"]))
    lines = ["#version: 0.2", *(" ".join(pair) for pair in whole["merges"]), ""]
    (tmp_path / "merges.txt").write_text("\n".join(lines), encoding="utf-8")
    old, new = open_tokenizer(tmp_path), tokenizer_of(PREVIEW)
    assert old is not None
    for text in TEXTS:
        assert old.encode(text, add_special_tokens=False).ids == new.encode(text, add_special_tokens=False).ids, text


@given(st.text(max_size=400))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_is_typed_can_be_counted(text: str) -> None:
    found = counted(tokenizer_of(PREVIEW), text)
    assert all(0 < size <= 75 for size in found.windows[:-1])
    assert 0 <= found.windows[-1] <= 75


def test_what_does_not_fit_into_the_windows_is_left_out() -> None:
    assert (Count((42,)).room, Count((42,)).left_out) == (75, 0)
    assert (Count((70, 30)).read_in, Count((70, 30)).room) == (2, 150)
    long = Count((75, 70, 75, 75, 75, 8))
    assert (long.tokens, long.read_in, long.room, long.left_out) == (378, MOST_WINDOWS, 300, 83)


def test_without_a_tokenizer_there_is_none_and_one_that_comes_is_seen(tmp_path: Path) -> None:
    folder = tmp_path / "tokenizer"
    assert open_tokenizer(folder) is None
    folder.mkdir()
    (folder / "tokenizer.json").write_text("{}")
    assert open_tokenizer(folder) is None
    shutil.copy(PREVIEW.folder / "tokenizer/tokenizer.json", folder / "tokenizer.json")
    found = open_tokenizer(folder)
    assert found is not None
    assert open_tokenizer(folder) is found, "it is kept"


def test_counting_needs_no_torch() -> None:
    code = (
        "import sys; from pathlib import Path; from generation.engine.tokens import counted, open_tokenizer;"
        f"print(counted(open_tokenizer(Path({str(PREVIEW.folder / 'tokenizer')!r})), 'a (red:1.2) boat').tokens);"
        "print([name for name in ('torch', 'numpy', 'transformers', 'compel') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split("\n")[:2] == ["3", "[]"]
