"""The settings of the tests on the PostgreSQL server that ``TEST_POSTGRES`` names."""

from __future__ import annotations

import os

from psycopg.conninfo import conninfo_to_dict

from tests.settings import *  # noqa: F403

_server = conninfo_to_dict(os.environ["TEST_POSTGRES"])
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": _server["dbname"],
        "USER": _server["user"],
        "HOST": _server["host"],
    }
}
