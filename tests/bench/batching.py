"""What sharing a batch gains: 16 requests of 8 people with the preview model, together and one by one.

`python -m tests.bench.batching`. Both ways claim and serve as a worker does, on a database of their own, in turn; the
best of some rounds counts.
"""

from __future__ import annotations

import sys
import time

from tests.bench.site import a_site, say

ROUNDS = 3
PEOPLE, REQUESTS = 8, 16
WAYS = {"together": 8, "one by one": 1}  # room in a batch


def paint(room: int) -> tuple[float, int]:
    """Seconds to paint all, and in how many batches."""
    from channels_app.models import Video
    from generation.models import GenerationRequest
    from generation.serve import serve_requests
    from generation.stages.engine_door import warm
    from imagecreator.queue.claim import claim_batch
    from tests.rows import a_request

    videos = list(Video.objects.all())
    rows = [a_request(videos[number % PEOPLE], seed=number) for number in range(REQUESTS)]
    start, batches = time.perf_counter(), 0
    while leases := claim_batch(GenerationRequest, "bench", warm=warm(), room=room):
        serve_requests(leases)
        batches += 1
    seconds = time.perf_counter() - start
    done = GenerationRequest.objects.filter(pk__in=[row.pk for row in rows], state="done")
    assert done.count() == REQUESTS
    return seconds, batches


def main() -> int:
    """Measure and print."""
    with a_site():
        from tests.rows import a_channel, a_user, a_video

        for number in range(PEOPLE):
            a_video(a_channel(a_user(f"person{number}")))
        found = {name: [paint(room)] for name, room in WAYS.items()}  # loads and warms
        for _ in range(ROUNDS):
            for name, room in WAYS.items():
                found[name].append(paint(room))
    best = {name: min(rounds[1:]) for name, rounds in found.items()}
    for name, (seconds, batches) in best.items():
        say(f"{name:10} {seconds:6.2f} s in {batches} batches")
    ratio = best["one by one"][0] / best["together"][0]
    say(f"{REQUESTS} requests of {PEOPLE} people: together {ratio:.2f} times as many pictures a second")
    return 0


if __name__ == "__main__":
    sys.exit(main())
