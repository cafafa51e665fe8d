"""Several leased rows that are worked on together: one worker, one progress, each with its own end."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Generic

from imagecreator.queue.lease import Cancelled, JobT, Lease, LeaseLost, Told, lease_end, rows_of
from imagecreator.queue.states import State

if TYPE_CHECKING:
    from collections.abc import Sequence


class Batch(Generic[JobT]):
    """Leases of one kind of job. ``live`` are those still worth working for."""

    def __init__(self, leases: Sequence[Lease[JobT]]) -> None:
        self.live = list(leases)
        self._told = Told()

    def tell(self, stage: str, step: int = 0, steps: int = 0) -> None:
        """Write the progress of all and hear who was cancelled: they end at once, the others go on.

        Raises ``Cancelled`` where nobody is left, or ``LeaseLost`` where the last was taken away.
        """
        rows = rows_of(self.live)
        if self._told.is_due(stage, step, steps):
            told = {"stage": stage, "step": step, "steps": steps, "lease_until": lease_end()}
            if rows.filter(cancel_requested=False).update(**told) == len(self.live):
                return
        flags = dict(rows.values_list("pk", "cancel_requested"))
        for lease in [lease for lease in self.live if flags.get(lease.pk, True)]:
            self.live.remove(lease)
            with suppress(LeaseLost):
                lease.end(State.CANCELLED)
        if not self.live:
            raise Cancelled if flags else LeaseLost
