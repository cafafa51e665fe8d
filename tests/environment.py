"""The environment without the site's own variables: an operator's shell may name a real database and a real bucket."""

from __future__ import annotations

import os
import re
from pathlib import Path

SOURCES = ("settings.py", "services.py", "env.py")
NAMES = re.compile(r'(?:env|services)\.\w+\(\s*"([A-Z_]+)"')


def site_variables() -> set[str]:
    """The names of all variables that the settings read, each also as ``NAME_FILE``."""
    folder = Path(__file__).resolve().parent.parent / "imagecreator"
    names = {name for source in SOURCES for name in NAMES.findall((folder / source).read_text())}
    return names | {f"{name}_FILE" for name in names}


def without_site() -> dict[str, str]:
    """The environment for a new process."""
    mine = site_variables()
    return {name: value for name, value in os.environ.items() if name not in mine}
