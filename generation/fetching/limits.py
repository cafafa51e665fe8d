"""How much a download may take: bytes, seconds, tries."""

from __future__ import annotations

from dataclasses import dataclass

from generation.engine.lora_header import MOST_BYTES


@dataclass(frozen=True)
class Limits:
    """`most_bytes` of the file; `spare_bytes` stay free on the disk. The seconds:

    `connect_seconds` to reach a host, TLS included; `answer_seconds` from the question to the end of the headers;
    `total_seconds` for everything. Fewer than `stall_bytes` in `stall_seconds` count as a broken connection; so does
    what would not be here in time if it came `hopeless` times as fast. Such a one is tried again, `tries` times in all,
    after `pause_seconds` that double each time.
    """

    most_bytes: int = MOST_BYTES
    spare_bytes: int = 200_000_000
    connect_seconds: float = 15.0
    answer_seconds: float = 30.0
    total_seconds: float = 3600.0
    stall_bytes: int = 30_000
    stall_seconds: float = 30.0
    hopeless: float = 10.0
    tries: int = 5
    pause_seconds: float = 1.0
