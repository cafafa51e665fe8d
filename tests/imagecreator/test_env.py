"""Settings from the environment: a wrong value stops the start with one sentence."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from django.core.exceptions import ImproperlyConfigured

from imagecreator import env

if TYPE_CHECKING:
    from pathlib import Path


def test_text_may_come_from_a_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("hush\n")
    monkeypatch.setenv("WORD_FILE", str(tmp_path / "secret"))
    assert env.text("WORD") == "hush"
    monkeypatch.setenv("WORD_FILE", str(tmp_path / "nothing"))
    with pytest.raises(ImproperlyConfigured, match="cannot be read"):
        env.text("WORD")


@pytest.mark.parametrize(("value", "meant"), [("1", True), ("Yes", True), ("off", False), ("", False)])
def test_yes_and_no(monkeypatch: pytest.MonkeyPatch, value: str, meant: bool) -> None:
    monkeypatch.setenv("FLAG", value)
    assert env.boolean("FLAG", not meant) is meant


@pytest.mark.parametrize(
    ("read", "value"),
    [
        (lambda: env.boolean("X", True), "maybe"),
        (lambda: env.number("X", 1), "many"),
        (lambda: env.number("X", 1, least=2), "1"),
        (lambda: env.choice("X", "a", ("a", "b")), "c"),
        (lambda: env.bounds("X", frozenset({"a"})), "b=1"),
        (lambda: env.bounds("X", frozenset({"a"})), "a=much"),
        (lambda: env.bounds("X", frozenset({"a"})), "a=nan"),
        (lambda: env.bounds("X", frozenset({"a"})), "a"),
    ],
)
def test_a_wrong_value_names_the_variable(monkeypatch: pytest.MonkeyPatch, read: object, value: str) -> None:
    monkeypatch.setenv("X", value)
    with pytest.raises(ImproperlyConfigured, match="X is"):
        read()  # type: ignore[operator]


def test_lists_and_defaults(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOSTS", " a.example , b.example,")
    assert env.words("HOSTS") == ["a.example", "b.example"]
    assert env.number("UNSET", 7) == 7


@pytest.mark.parametrize("value", ["none", "http://127.0.0.1:11434", "https://llm.example/v1", "http://[::1]:8000"])
def test_a_word_or_an_address(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("X", value)
    assert env.choice_or_address("X", "none", ("none", "worker")) == value


@pytest.mark.parametrize(
    "value",
    [
        *[
            "",
            "None",
            "llama",
            "localhost:8000",
            "ftp://a.example",
            "http://",
            "http://a b",
            "http://[",
            "http://a:99999",
        ],
        *["http://user:secret@a.example", "http://a.example?key=secret", "http://a.example/#secret"],
    ],
)
def test_neither_a_word_nor_an_address(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("X", value)
    with pytest.raises(ImproperlyConfigured, match=r"^X takes ") as caught:
        env.choice_or_address("X", "none", ("none", "worker"))
    assert "secret" not in str(caught.value)


def test_bounds_are_numbers_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    names = frozenset({"one", "two"})
    assert env.bounds("X", names) == {}
    monkeypatch.setenv("X", " one = 0.02, two=-1 ")
    assert env.bounds("X", names) == {"one": 0.02, "two": -1.0}
