"""The engine's front door opens without the heavy packages, so that the web process may look at profiles."""

from __future__ import annotations

import subprocess
import sys

HEAVY = ("torch", "diffusers", "transformers", "numpy", "django", "celery")


def test_importing_the_engine_loads_nothing_heavy() -> None:
    code = (
        "import sys; from pathlib import Path; from generation.engine import Engine, load_profile;"
        "Engine(load_profile('preview', models_dir=Path('nowhere')));"
        f"print([name for name in {HEAVY} if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
