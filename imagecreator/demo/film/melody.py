"""The sample's sound: plucked chords over a soft bass, made of sines."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

RATE = 48_000  # samples a second
BEAT = 0.625  # seconds
CHORDS = [
    (48, 52, 55, 60, 64),
    (43, 50, 55, 59, 62),
    (45, 52, 57, 60, 64),
    (41, 48, 53, 57, 60),
]  # MIDI notes: C G Am F
PATTERN = (1, 3, 2, 4, 3, 2, 4, 3)  # which note of the chord on each half beat


def melody(seconds: float) -> npt.NDArray[np.float32]:
    """Return stereo sound of shape (2, samples) from -1 to 1, faded in and out."""
    total = round(seconds * RATE)
    left, right = np.zeros(total), np.zeros(total)
    for place in range(int(seconds / (BEAT / 2))):
        chord = CHORDS[place // len(PATTERN) % len(CHORDS)]
        start = round(place * BEAT / 2 * RATE)
        note = _pluck(chord[PATTERN[place % len(PATTERN)]] + 12, 1.4) * 0.22
        pan = 0.5 + 0.3 * np.sin(place * 0.9)
        _add(left, note * (1 - pan), start)
        _add(right, note * pan, start)
        if place % len(PATTERN) == 0:
            bass = _pluck(chord[0], 2.4) * 0.26
            _add(left, bass, start)
            _add(right, bass, start)
    fade = np.minimum(1, np.minimum(np.arange(total) / (0.2 * RATE), np.arange(total)[::-1] / (1.5 * RATE)))
    return np.asarray((np.stack([left, right]) * fade).clip(-1, 1), dtype=np.float32)


def _pluck(note: int, seconds: float) -> npt.NDArray[np.float64]:
    time = np.arange(round(seconds * RATE)) / RATE
    pitch = 440 * 2 ** ((note - 69) / 12)
    tone = sum(np.sin(2 * np.pi * pitch * k * time) * np.exp(-time * (2.2 + 1.7 * k)) / k**1.4 for k in range(1, 6))
    return np.asarray(tone * np.minimum(1, time / 0.004))


def _add(track: npt.NDArray[np.float64], note: npt.NDArray[np.float64], start: int) -> None:
    end = min(start + len(note), len(track))
    track[start:end] += note[: end - start]
