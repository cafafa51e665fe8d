"""The web process stays small: no page, form, template or address of the site brings the worker's libraries in."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
HEAVY = ("torch", "diffusers", "transformers", "mediapipe", "cv2", "av", "numpy", "celery_worker")

LOOK = """
import sys
from importlib import import_module
from pathlib import Path

import django
django.setup()

from django.conf import settings
from django.template.loader import get_template
from django.test import Client
from django.urls import URLResolver, get_resolver

import imagecreator.wsgi
for folder in settings.TEMPLATES[0]["DIRS"]:
    for file in Path(folder).rglob("*.html"):
        get_template(str(file.relative_to(folder)))


def views(patterns):
    for entry in patterns:
        yield from views(entry.url_patterns) if isinstance(entry, URLResolver) else [entry.callback]


found = list(views(get_resolver().url_patterns))
assert len(found) > 40
import_module("channels_app.tasks"), import_module("generation.tasks")
tokenizer = Path("generation/preview/weights/tokenizer")
assert import_module("generation.engine.tokens").open_tokenizer(tokenizer), "the counter beside the prompt"
assert Client().get("/accounts/login/", headers={"host": "localhost"}).status_code == 200
print(*(name for name in sys.argv[1:] if name in sys.modules))
"""


def test_the_whole_site_loads_without_the_workers_libraries(tmp_path: Path) -> None:
    env = os.environ | {"DJANGO_SETTINGS_MODULE": "imagecreator.settings", "IMAGECREATOR_DATA": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-c", LOOK, *HEAVY], cwd=ROOT, env=env, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr[-2000:]
    assert done.stdout.split() == []
