"""Many who do something at once, each with a connection of its own."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from django.db import connection

if TYPE_CHECKING:
    from collections.abc import Callable


def together(*jobs: Callable[[], object]) -> list[BaseException]:
    """Run the jobs in threads and return what they raised."""
    raised: list[BaseException] = []

    def run(job: Callable[[], object]) -> None:
        try:
            job()
        except BaseException as problem:  # noqa: BLE001 - the test says what it was
            raised.append(problem)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(job,)) for job in jobs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    return raised
