"""Addresses of services: what is made of them, and one sentence, without the password, for those that are wrong."""

from __future__ import annotations

import ssl
from typing import TYPE_CHECKING

import pytest
from django.core.exceptions import ImproperlyConfigured

from imagecreator import services

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(autouse=True)
def nothing_is_set(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("DATABASE_URL", "BROKER_URL", "CACHE_URL", "MEDIA_STORAGE", "VISIBILITY_SECONDS"):
        monkeypatch.delenv(name, raising=False)


READERS = {
    "DATABASE_URL": services.database,
    "BROKER_URL": services.broker,
    "CACHE_URL": services.cache,
    "MEDIA_STORAGE": services.media,
}


def test_without_addresses_everything_lies_in_the_data_folder(tmp_path: Path) -> None:
    for name, read in READERS.items():
        assert str(tmp_path) in str(read(name, tmp_path)), name
    assert (tmp_path / "media").is_dir()
    assert (tmp_path / "broker" / "in").is_dir()


def test_sqlite_may_lie_elsewhere_and_waits_for_its_turn(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("DATABASE_URL", "sqlite:////srv/site.db")
    found = services.database("DATABASE_URL", tmp_path)
    assert (found["NAME"], found["OPTIONS"]["transaction_mode"]) == ("/srv/site.db", "IMMEDIATE")


@pytest.mark.parametrize(
    ("url", "values"),
    [
        ("postgres://ann:p%40ss@db.example:5433/site", {"USER": "ann", "PASSWORD": "p@ss", "PORT": 5433}),
        ("postgresql://ann@db.example/site?sslmode=require", {"HOST": "db.example"}),
        ("postgresql://postgres:@/site?host=/run/pg", {"HOST": "", "USER": "postgres"}),
        ("postgres://%2Frun%2Fpg/site", {"HOST": "/run/pg"}),
        ("postgres:///site", {"HOST": ""}),
    ],
)
def test_postgresql_is_reached_and_tried_before_each_use(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, url: str, values: dict[str, object]
) -> None:
    monkeypatch.setenv("DATABASE_URL", url)
    found = services.database("DATABASE_URL", tmp_path)
    assert found["ENGINE"] == "django.db.backends.postgresql"
    assert found["NAME"] == "site"
    assert found["CONN_HEALTH_CHECKS"] is True
    assert {name: found[name] for name in values} == values
    assert found["OPTIONS"].get("host") == ("/run/pg" if "host=" in url else None)
    assert found["OPTIONS"].get("sslmode") == ("require" if "sslmode" in url else None)


@pytest.mark.parametrize("url", ["redis://127.0.0.1:6379/0", "rediss://h/0", "redis+socket:///run/redis.sock"])
def test_redis_brings_lost_messages_back_and_says_so_in_time(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, url: str
) -> None:
    monkeypatch.setenv("BROKER_URL", url)
    monkeypatch.setenv("VISIBILITY_SECONDS", "15")
    found = services.broker("BROKER_URL", tmp_path)
    options = found["CELERY_BROKER_TRANSPORT_OPTIONS"]
    assert found["CELERY_BROKER_URL"] == url
    assert options["visibility_timeout"] == 15
    assert (options["unacked_restore_interval"], options["unacked_restore_throttle"]) == (10, 1)
    assert not (tmp_path / "broker").exists(), "no folder for messages"


@pytest.mark.parametrize(
    ("url", "checked"),
    [("rediss://h/0", True), ("rediss://h/0?ssl_cert_reqs=none", False), ("redis://h/0", False)],
)
def test_a_certificate_is_looked_at_unless_the_address_says_otherwise(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, url: str, checked: bool
) -> None:
    monkeypatch.setenv("BROKER_URL", url)
    found = services.broker("BROKER_URL", tmp_path)
    assert (found.get("CELERY_BROKER_USE_SSL") == {"ssl_cert_reqs": ssl.CERT_REQUIRED}) == checked


def test_the_cache_may_be_redis(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("CACHE_URL", "redis://127.0.0.1:6379/1")
    found = services.cache("CACHE_URL", tmp_path)
    assert found["BACKEND"] == "imagecreator.caches.Redis"
    assert found["LOCATION"] == "redis://127.0.0.1:6379/1"


def test_media_may_be_a_bucket_and_then_needs_no_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("MEDIA_STORAGE", "s3://pictures/site/one?endpoint=http://127.0.0.1:9000&region=eu-north-1")
    assert services.media("MEDIA_STORAGE", tmp_path)["OPTIONS"] == {
        "bucket_name": "pictures",
        "location": "site/one",
        "endpoint_url": "http://127.0.0.1:9000",
        "region_name": "eu-north-1",
    }
    monkeypatch.setenv("MEDIA_STORAGE", "s3://pictures")
    found = services.media("MEDIA_STORAGE", tmp_path)["OPTIONS"]
    assert (found["location"], found["endpoint_url"], found["region_name"]) == ("", None, None)
    assert not (tmp_path / "media").exists()


@pytest.mark.parametrize(
    ("name", "url"),
    [
        ("DATABASE_URL", "mysql://ann:hush@db/site"),
        ("DATABASE_URL", "somewhere"),
        ("DATABASE_URL", "postgres://ann:hu/sh@db/site"),
        ("DATABASE_URL", "postgres://ann:hush@db:port/site"),
        ("DATABASE_URL", "postgres://ann:hush@db"),
        ("DATABASE_URL", "sqlite://:memory:"),
        ("DATABASE_URL", "sqlite://"),
        ("BROKER_URL", "amqp://ann:hush@mq"),
        ("BROKER_URL", "redis://"),
        ("BROKER_URL", "redis://ann:hush@h:port/0"),
        ("BROKER_URL", "redis+socket://"),
        ("CACHE_URL", "memcached://ann:hush@h"),
        ("CACHE_URL", "unix://"),
        ("MEDIA_STORAGE", "/srv/media"),
        ("MEDIA_STORAGE", "s3://"),
        ("MEDIA_STORAGE", "s3://ann:hush@bucket"),
        ("MEDIA_STORAGE", "s3://bucket?endpoint=minio"),
        ("MEDIA_STORAGE", "s3://bucket?zone=eu"),
    ],
)
def test_a_wrong_address_is_refused_in_one_sentence_without_its_password(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str, url: str
) -> None:
    monkeypatch.setenv(name, url)
    with pytest.raises(ImproperlyConfigured) as refused:
        READERS[name](name, tmp_path)
    sentence = str(refused.value)
    assert sentence.startswith(name)
    assert sentence.endswith(".")
    assert "\n" not in sentence
    assert "hush" not in sentence
    assert not any(tmp_path.iterdir())
