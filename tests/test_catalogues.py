"""The catalogues are complete in English and Russian, hold what the sources say, and are what a person reads."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse
from django.utils import translation
from django.utils.translation import ngettext

from tests.catalogues import LANGUAGES, PROJECT, catalogue_file, messages, read_catalogue, sources, texts

if TYPE_CHECKING:
    from pathlib import Path

    from babel.messages.catalog import Catalog

PLACEHOLDERS = re.compile(r"%\(\w+\)[a-z]|%%|(?<!%)%[a-z]|\{\w*\}")
CYRILLIC = re.compile(r"[а-яё]", re.IGNORECASE)
INTERNATIONAL = {"OK", "LoRA"}  # the same in every language
WELCOME = {
    "en": "A thumbnail for every video, painted from the video itself",
    "ru": "Превью для каждого видео, нарисованное по его кадрам",
}


def strings(catalogue: Catalog) -> dict[Any, Any]:
    """Each entry's key, with its context, and translation."""
    return {(message.context, message.id): message.string for message in messages(catalogue)}


@pytest.fixture(scope="module")
def fresh(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the project in which the texts were collected anew, as ``make messages`` does it."""
    copy = tmp_path_factory.mktemp("collected")
    skip = shutil.ignore_patterns("__pycache__", "*.mo")
    for folder in ("channels_app", "generation", "imagecreator", "locale", "scripts", "templates"):
        shutil.copytree(PROJECT / folder, copy / folder, ignore=skip)
    shutil.copy(PROJECT / "manage.py", copy)
    (copy / ".venv").symlink_to(sys.prefix)
    where = {"IMAGECREATOR_DATA": str(copy / "data"), "DJANGO_SETTINGS_MODULE": "imagecreator.settings"}
    run = subprocess.run(
        [copy / "scripts" / "messages.sh"], env=os.environ | where, capture_output=True, text=True, check=False
    )
    assert run.returncode == 0, f"{run.stdout}\n{run.stderr}"
    return copy


def test_there_is_a_catalogue_for_every_language_of_the_site() -> None:
    assert {code for code, _ in settings.LANGUAGES} == set(LANGUAGES)
    assert {folder.name for folder in (PROJECT / "locale").iterdir()} == set(LANGUAGES)


@pytest.mark.parametrize("language", LANGUAGES)
def test_nothing_is_untranslated_fuzzy_or_obsolete(language: str) -> None:
    catalogue = read_catalogue(language)
    assert len(messages(catalogue)) > 300
    assert [message.id for message in messages(catalogue) if not texts(message) or not all(texts(message))] == []
    assert [message.id for message in catalogue if message.fuzzy] == []
    assert list(catalogue.obsolete) == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_catalogue_holds_exactly_the_texts_of_the_sources(language: str, fresh: Path) -> None:
    kept, found = strings(read_catalogue(language)), strings(read_catalogue(language, fresh))
    assert found.keys() - kept.keys() == set(), "new texts: run `make messages` and translate them"
    assert kept.keys() - found.keys() == set(), "texts that nobody says any more: run `make messages`"


@pytest.mark.parametrize("language", LANGUAGES)
def test_collecting_again_keeps_every_translation(language: str, fresh: Path) -> None:
    assert strings(read_catalogue(language, fresh)) == strings(read_catalogue(language))
    assert "POT-Creation-Date" not in catalogue_file(language, fresh).read_text()


def test_english_reads_as_in_the_sources() -> None:
    assert [message.id for message in messages(read_catalogue("en")) if texts(message) != sources(message)] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_placeholders_of_a_translation_are_those_of_its_source(language: str) -> None:
    different = [
        (message.id, text)
        for message in messages(read_catalogue(language))
        for text in texts(message)
        if sorted(PLACEHOLDERS.findall(text)) != sorted(PLACEHOLDERS.findall(sources(message)[-1]))
    ]
    assert different == []


def test_russian_is_written_in_cyrillic() -> None:
    latin = {text for message in messages(read_catalogue("ru")) for text in texts(message) if not CYRILLIC.search(text)}
    assert latin == INTERNATIONAL


def test_russian_plurals_have_the_forms_that_the_header_counts() -> None:
    catalogue = read_catalogue("ru")
    plurals = [message for message in messages(catalogue) if message.pluralizable]
    assert catalogue.num_plurals in (3, 4)
    assert len(plurals) >= 5
    assert [message.id for message in plurals if len(texts(message)) != catalogue.num_plurals] == []


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (0, "0 картинок"),
        (1, "1 картинка"),
        (2, "2 картинки"),
        (5, "5 картинок"),
        (11, "11 картинок"),
        (21, "21 картинка"),
        (22, "22 картинки"),
    ],
)
def test_numbers_are_counted_in_russian(number: int, words: str) -> None:
    with translation.override("ru"):
        assert ngettext("%(number)s picture", "%(number)s pictures", number) % {"number": number} == words


@pytest.mark.parametrize(
    ("accepted", "language"),
    [("ru", "ru"), ("ru-RU,ru;q=0.9,en;q=0.8", "ru"), ("en-GB", "en"), ("de,ru;q=0.5", "ru"), ("de", "en"), ("", "en")],
)
def test_a_visitor_reads_the_language_of_the_browser(accepted: str, language: str, db: None) -> None:
    page = Client().get(reverse("home"), headers={"Accept-Language": accepted}).content.decode()
    assert f'<html lang="{language}">' in page
    assert WELCOME[language] in page


def test_a_person_switches_the_language_and_it_stays(db: None) -> None:
    browser = Client(headers={"Accept-Language": "en"})
    for language in ("ru", "en"):
        answer = browser.post(reverse("set_language"), {"language": language, "next": "/accounts/login/"})
        assert (answer.status_code, answer["Location"]) == (302, "/accounts/login/")
        page = browser.get(reverse("home")).content.decode()
        assert f'<html lang="{language}">' in page
        assert WELCOME[language] in page


def test_what_the_packages_say_is_russian_too(db: None) -> None:
    browser = Client(headers={"Accept-Language": "ru"})
    page = browser.post(reverse("login"), {"username": "", "password": ""}).content.decode()
    assert "Имя пользователя" in page
    assert "Обязательное поле." in page
