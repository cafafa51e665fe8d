"""What will be worked on when: the choosing of ``claim`` gone through in advance, with the measured times."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from heapq import heapify, heappop, heappush
from math import isnan, nan
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from uuid import UUID

Times = dict["UUID", tuple[float, float]]
"""For each row, in so many seconds it is begun, and in so many it is done with the whole of its batch; NaN: unknown."""


@dataclass(frozen=True)
class Waiting:
    """A row that waits. ``batch`` is what it must have in common with its company; empty where it is taken alone."""

    pk: UUID
    person: int
    weight: int
    batch: str
    what: str  # under which name its times are kept


def forecast(
    rows: Sequence[Waiting],
    turns: Mapping[int, int],
    free: Iterable[float],
    room: int,
    seconds: Callable[[str, int], float],
) -> Times:
    """When each of the rows, the oldest first, is worked on if none comes after them.

    ``turns`` are the people with the keys of their turns, the least recently served first. ``free`` are the seconds
    until each worker is free.
    ``seconds(what, weight)`` is what a batch takes, NaN where nobody knows: its worker is then not counted on any more.
    """
    found = dict.fromkeys((row.pk for row in rows), (nan, nan))
    left: dict[int, list[Waiting]] = defaultdict(list)
    for row in rows:
        left[row.person].append(row)
    order = [person for person in turns if person in left]
    workers = list(free)
    heapify(workers)
    while order and workers:
        begin = heappop(workers)
        batch = _next_batch(left, order, room)
        takes = seconds(batch[0].what, sum(row.weight for row in batch))
        if not isnan(takes):
            heappush(workers, begin + takes)
        for row in batch:
            found[row.pk] = begin, begin + takes
            left[row.person].remove(row)
        head, company = batch[0].person, {row.person for row in batch[1:]}
        order = [person for person in order if person != head and person not in company]
        # The head is taken a moment before its company, who are taken together.
        again = [head] if head not in company else []
        order += [person for person in (*again, *sorted(company, key=turns.__getitem__)) if left[person]]
    return found


def _next_batch(left: dict[int, list[Waiting]], order: Sequence[int], room: int) -> list[Waiting]:
    """The oldest row of whose turn it is; with it one alike of each person in every round, its own person last."""
    head = left[order[0]][0]
    batch = [head]
    room -= head.weight
    if not head.batch:
        return batch
    alike = {
        person: [row for row in left[person] if row.batch == head.batch and row is not head]
        for person in (*order[1:], order[0])
    }
    while room > 0:
        one_each = [fits[0] for rows in alike.values() if (fits := [row for row in rows if row.weight <= room])]
        if not one_each:
            break
        for row in one_each:
            if row.weight <= room:
                batch.append(row)
                alike[row.person].remove(row)
                room -= row.weight
    return batch
