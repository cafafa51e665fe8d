"""The project's settings for a process of a test whose internet is a ``ModelHub``: every name leads to its port.

Nothing in the project reads these variables; without this module there is no way around the checks of addresses.
"""

from __future__ import annotations

import os
from pathlib import Path

from generation.fetching import network
from imagecreator.settings import *  # noqa: F403
from tests.model_hub import here

network.INTERNET = here(int(os.environ["HUB_PORT"]), Path(os.environ["HUB_AUTHORITIES"]))
