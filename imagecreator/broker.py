"""The embedded default's broker: kombu's folder of messages, made safe against half-written and broken files.

kombu 5.7 creates a message under its final name before it writes it: a full disk leaves an empty file behind, and a
worker that meets one dies. Here a message appears complete or not at all, and a broken one is thrown away (a bell that
is lost is rung again, see ``imagecreator.queue``). It also stays inside the data folder while it is taken.
"""

from __future__ import annotations

import json
import logging
from contextlib import suppress
from pathlib import Path
from queue import Empty
from time import monotonic_ns
from typing import Any
from uuid import uuid4

from kombu.exceptions import ChannelError
from kombu.transport import filesystem

logger = logging.getLogger(__name__)


class FolderChannel(filesystem.Channel):
    """One file per message: ``<time>_<uuid>.<queue>.msg``, taken in order of time."""

    def _put(self, queue: str, payload: Any, **_: Any) -> None:  # type: ignore[override]
        file = Path(self.data_folder_out) / f"{monotonic_ns() // 1_000_000:015}_{uuid4()}.{queue}.msg"
        part = file.with_suffix(".part")
        try:
            part.write_text(json.dumps(payload))
            part.rename(file)
        except OSError as error:
            with suppress(OSError):
                part.unlink(missing_ok=True)
            raise ChannelError(f"Cannot add {file}") from error

    def _get(self, queue: str, timeout: float | None = None) -> Any:
        for file in sorted(Path(self.data_folder_in).glob(f"*.{queue}.msg")):
            taken = Path(self.processed_folder) / file.name
            try:
                file.rename(taken)
            except OSError:  # another worker was quicker
                continue
            try:
                return json.loads(taken.read_text())
            except (OSError, ValueError) as error:
                logger.warning("threw away the broken message %s: %s", file.name, error)
            finally:
                taken.unlink(missing_ok=True)
        raise Empty


class Transport(filesystem.Transport):
    """Named in the settings as ``imagecreator.broker:Transport``."""

    Channel = FolderChannel
