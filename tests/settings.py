"""The project's settings in a data folder that lives as long as the test process."""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile

from tests.environment import site_variables

_DATA = tempfile.mkdtemp(prefix="imagecreator-tests-")
atexit.register(shutil.rmtree, _DATA, ignore_errors=True)
for _name in site_variables():
    os.environ.pop(_name, None)
os.environ |= {"IMAGECREATOR_DATA": _DATA, "BROKER_URL": "memory://", "SECRET_KEY": "only for tests"}
os.environ["UNCHECKED_UPLOADS"] = "allow"  # as in `make demo`; tests of what is held say so
os.environ["DATABASE_URL"] = os.environ.get("TEST_DATABASE_URL", "")  # PostgreSQL instead of a file; see tests/live
os.environ.setdefault("OMP_NUM_THREADS", "1")  # torch: with a test process per core, more threads only wait
from imagecreator.settings import *  # noqa: E402, F403

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]  # quick; nothing here is secret
