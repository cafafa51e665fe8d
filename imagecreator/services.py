"""The services that the site stands on, each from one address in the environment: database, broker, cache, media.

Each function gives what Django or Celery takes. Without an address it gives the embedded default below the data folder.
A wrong address raises ``ImproperlyConfigured`` with one sentence that does not repeat it: it may hold a password.
"""

from __future__ import annotations

import ssl
from typing import TYPE_CHECKING, Any
from urllib.parse import SplitResult, parse_qs, urlsplit

import dj_database_url
from django.core.exceptions import ImproperlyConfigured

from imagecreator import env

if TYPE_CHECKING:
    from pathlib import Path

SQLITE_OPTIONS = {
    "transaction_mode": "IMMEDIATE",
    "timeout": 20,
    "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;",
}
KEEP_CONNECTION = 60  # seconds; each is tried before it is used again, so a restarted server is not noticed
CONNECT_SECONDS = 5
REDIS_BROKERS = ("redis", "rediss", "redis+socket")
REDIS_CACHES = ("redis", "rediss", "unix")
DAY = 24 * 3600


def database(name: str, data: Path) -> dict[str, Any]:
    """Read the database's address: ``sqlite:///file`` or ``postgres://…``, also through a Unix socket."""
    url = env.text(name) or f"sqlite:///{data / 'db.sqlite3'}"
    takes = f"{name} takes sqlite:///file or postgres://user:password@host:port/name"
    if _split(name, url, takes).scheme not in ("sqlite", "postgres", "postgresql"):
        raise ImproperlyConfigured(f"{takes}.")
    try:
        found: dict[str, Any] = dict(dj_database_url.parse(url))
    except ValueError:
        raise ImproperlyConfigured(f"{takes}, with special characters of the password as %XX.") from None
    options = found.get("OPTIONS", {})
    if found["ENGINE"].endswith("sqlite3"):
        if found["NAME"] in ("", ":memory:"):
            raise ImproperlyConfigured(f"{name} names no file; site and workers cannot share a database in memory.")
        # A file for tests, as in production: in memory, two threads lock each other out.
        return found | {"OPTIONS": SQLITE_OPTIONS | options, "TEST": {"NAME": data / "test.sqlite3"}}
    if not found["NAME"]:
        raise ImproperlyConfigured(f"{name} names no database; it stands after the last slash.")
    alive = {"connect_timeout": CONNECT_SECONDS, "keepalives_idle": 30}
    return found | {"OPTIONS": alive | options, "CONN_MAX_AGE": KEEP_CONNECTION, "CONN_HEALTH_CHECKS": True}


def broker(name: str, data: Path) -> dict[str, Any]:
    """Read the broker's address: ``filesystem://`` or Redis. Returns Celery's settings of that name and below.

    Rows are the truth and messages are acknowledged before the work (see docs/decisions.md), so Redis brings back only
    what a worker had taken and not yet begun: after ``VISIBILITY_SECONDS``. kombu looks for it every
    ``unacked_restore_interval`` × ``unacked_restore_throttle`` seconds, 100 by default.
    """
    url = env.text(name) or "filesystem://"
    visibility = env.number("VISIBILITY_SECONDS", DAY // 4, least=1)
    takes = f"{name} takes filesystem://, redis://host:port/0, rediss://host:port/0 or redis+socket:///path"
    found = _split(name, url, takes)
    if found.scheme == "memory":  # for tests
        return {"CELERY_BROKER_URL": url}
    if found.scheme == "filesystem":
        options: dict[str, Any] = {
            "data_folder_in": str(_folder(data / "broker" / "in")),
            "data_folder_out": str(data / "broker" / "in"),
            "processed_folder": str(_folder(data / "broker" / "taken")),
            "control_folder": str(_folder(data / "broker" / "control")),
            "polling_interval": 0.2,
        }
        return {
            "CELERY_BROKER_URL": url,
            "CELERY_BROKER_TRANSPORT": "imagecreator.broker:Transport",
            "CELERY_BROKER_TRANSPORT_OPTIONS": options,
        }
    if found.scheme not in REDIS_BROKERS or not (found.path if found.scheme == "redis+socket" else found.hostname):
        raise ImproperlyConfigured(f"{takes}.")
    options = {
        "visibility_timeout": visibility,
        "unacked_restore_interval": 10,
        "unacked_restore_throttle": 1,
        "socket_connect_timeout": CONNECT_SECONDS,
        "socket_timeout": 30,  # a server that is gone without a word
        "socket_keepalive": True,
        "health_check_interval": 25,
        # A bell that cannot be rung is let go at once: the reaper rings again. Workers have a patience of their own.
        **dict.fromkeys(("max_retries", "interval_start", "interval_step", "interval_max"), 0),
    }
    settings = {"CELERY_BROKER_URL": url, "CELERY_BROKER_TRANSPORT_OPTIONS": options}
    if found.scheme == "rediss" and "ssl_cert_reqs" not in parse_qs(found.query):
        # kombu 5.7 would not look at the certificate.
        settings["CELERY_BROKER_USE_SSL"] = {"ssl_cert_reqs": ssl.CERT_REQUIRED}
    return settings


def cache(name: str, data: Path) -> dict[str, Any]:
    """Read the cache's address: Redis, or a folder that all processes of this machine share."""
    url = env.text(name)
    if not url:
        return {"BACKEND": "imagecreator.caches.Folder", "LOCATION": data / "cache"}
    takes = f"{name} takes redis://host:port/1, rediss://host:port/1 or unix:///path?db=1"
    found = _split(name, url, takes)
    if found.scheme not in REDIS_CACHES or not (found.path if found.scheme == "unix" else found.hostname):
        raise ImproperlyConfigured(f"{takes}.")
    return {
        "BACKEND": "imagecreator.caches.Redis",
        "LOCATION": url,
        "KEY_PREFIX": "imagecreator",
        "OPTIONS": {"socket_timeout": CONNECT_SECONDS, "health_check_interval": 25},
    }


def media(name: str, data: Path) -> dict[str, Any]:
    """Read where media is kept: ``s3://bucket/prefix?endpoint=…&region=…``, or a local folder."""
    url = env.text(name)
    if not url:
        location = _folder(data / "media")
        return {
            "BACKEND": "django.core.files.storage.FileSystemStorage",
            "OPTIONS": {"location": location, "base_url": None},
        }
    takes = f"{name} takes s3://bucket/prefix?endpoint=https://host&region=name"
    found = _split(name, url, takes)
    query = parse_qs(found.query, keep_blank_values=True)
    if found.scheme != "s3" or not found.netloc or set(query) - {"endpoint", "region"}:
        raise ImproperlyConfigured(f"{takes}.")
    if "@" in found.netloc or ":" in found.netloc:
        raise ImproperlyConfigured(f"{takes}; the keys stand in AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.")
    endpoint = query.get("endpoint", [""])[-1]
    if endpoint and not (urlsplit(endpoint).scheme in ("http", "https") and urlsplit(endpoint).hostname):
        raise ImproperlyConfigured(f"{takes}; the endpoint is no address.")
    return {
        "BACKEND": "imagecreator.bucket.BucketStorage",
        "OPTIONS": {
            "bucket_name": found.netloc,
            "location": found.path.strip("/"),
            "endpoint_url": endpoint or None,
            "region_name": query.get("region", [""])[-1] or None,
        },
    }


def _split(name: str, url: str, takes: str) -> SplitResult:
    try:
        found = urlsplit(url)
        _ = found.hostname, found.port  # read late, and refused late
    except ValueError:
        raise ImproperlyConfigured(f"{takes}.") from None
    return found


def _folder(path: Path) -> Path:
    path.mkdir(parents=True, exist_ok=True)
    return path
