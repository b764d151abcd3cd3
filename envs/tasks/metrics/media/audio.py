"""Sound and film (OSWorld's metrics/vlc and check_mp3_meta)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from envs.tasks.metrics.base import Unreadable, matches_rule, of_files
from envs.tasks.metrics.media.pictures import perceptual_hash

RATE, FRAME, HOP, BANDS, COEFFICIENTS = 22050, 2048, 512, 40, 20


@of_files
def compare_audios(result: str, expected: str) -> float:
    """How alike two sound files are: 1 / (1 + d), where d adds the cosine distances of their cepstra along the
    best alignment in time. The same sound scores 1, another one nearly 0. Reads WAV, MP3, FLAC and Ogg
    Vorbis."""
    one, other = cepstra(samples(result)), cepstra(samples(expected))
    return 1 / (1 + alignment(one, other))


def samples(path: str) -> np.ndarray:
    """The sound of a file: one channel, 22,050 samples a second, -1–1.

    Raises:
        Unreadable: there is no such file, or its format is not known.
    """
    import miniaudio

    if not Path(path).is_file():
        raise Unreadable(f"{path}: no such file")
    try:
        found = miniaudio.decode(
            Path(path).read_bytes(), output_format=miniaudio.SampleFormat.FLOAT32, nchannels=1, sample_rate=RATE
        )
    except miniaudio.MiniaudioError as error:
        raise Unreadable(f"{path}: {error}") from error
    return np.frombuffer(found.samples, dtype=np.float32)


def cepstra(sound: np.ndarray) -> np.ndarray:
    """Mel-frequency cepstra, one row for each 512 samples, each coefficient scaled to at most 1."""
    padded = np.pad(sound, FRAME // 2)
    count = 1 + max(0, len(padded) - FRAME) // HOP
    window, bank = np.hanning(FRAME), _mel_bank()
    angle = np.pi / BANDS * (np.arange(BANDS) + 0.5)
    turn = np.cos(np.outer(np.arange(COEFFICIENTS), angle))
    rows = []
    for start in range(0, count, 512):  # blocks, so that an hour of sound needs little memory
        places = HOP * np.arange(start, min(start + 512, count))[:, None] + np.arange(FRAME)
        power = np.abs(np.fft.rfft(padded[places] * window)) ** 2
        rows.append(10 * np.log10(np.maximum(1e-10, power @ bank.T)) @ turn.T)
    found = np.concatenate(rows)
    return found / np.maximum(1e-12, np.abs(found).max(axis=0))


def _mel_bank() -> np.ndarray:
    """Triangular filters, evenly spaced on the mel scale: bands × frequencies."""
    top = 2595 * np.log10(1 + RATE / 2 / 700)
    edges = 700 * (10 ** (np.linspace(0, top, BANDS + 2) / 2595) - 1)
    lines = np.fft.rfftfreq(FRAME, 1 / RATE)
    rise = (lines - edges[:-2, None]) / (edges[1:-1] - edges[:-2])[:, None]
    fall = (edges[2:, None] - lines) / (edges[2:] - edges[1:-1])[:, None]
    return np.maximum(0, np.minimum(rise, fall))


def alignment(one: np.ndarray, other: np.ndarray, slack: int = 200) -> float:
    """The least sum of cosine distances along a path through both (dynamic time warping), not further from the
    diagonal than `slack` frames."""
    a, b = (part / np.maximum(1e-12, np.linalg.norm(part, axis=1, keepdims=True)) for part in (one, other))
    rows, columns = len(a), len(b)
    if rows == columns and np.allclose(a, b, atol=1e-6):
        return 0.0
    before = np.full(columns + 1, np.inf)
    before[0] = 0.0
    for row in range(rows):
        middle = row * columns // rows
        low, high = max(0, middle - slack), min(columns, middle + slack + 1)
        cost = 1 - b[low:high] @ a[row]
        best = np.minimum(before[low:high], before[low + 1 : high + 1]) + cost
        now = np.full(columns + 1, np.inf)
        # now[j] = min(best[j], now[j-1] + cost[j]), for all j at once by running sums
        total = np.cumsum(cost)
        now[low + 1 : high + 1] = np.minimum.accumulate(best - total) + total
        before = now
    return float(max(0.0, before[columns]))


@of_files
def compare_videos(result: str, expected: str, *, max_frames_to_check: int = 100, threshold: int = 5) -> float:
    """The first frames of two films look the same; if one ends within them, so does the other.

    Args:
        result, expected: the files.
        max_frames_to_check: how many frames.
        threshold: how many of 64 bits of the hash may differ, and how many frames may differ by more.
    """
    import cv2

    films = [cv2.VideoCapture(path) for path in (result, expected)]
    try:
        if not all(film.isOpened() for film in films):
            return 0.0
        different = 0
        for _ in range(max_frames_to_check):
            (there, one), (too, other) = (film.read() for film in films)
            if not there or not too:
                return float(there == too)
            hashes = [perceptual_hash(cv2.cvtColor(frame, cv2.COLOR_BGR2GRAY)) for frame in (one, other)]
            different += int(np.count_nonzero(hashes[0] != hashes[1]) > threshold)
            if different > threshold:
                return 0.0
        return 1.0
    finally:
        for film in films:
            film.release()


@of_files
def check_mp3_meta(result: str, rules: dict[str, Any]) -> float:
    """Each tag of an MP3 file (title, artist, album …) fits its method and ref, see `matches_rule`."""
    from mutagen import MutagenError
    from mutagen.easyid3 import EasyID3

    try:
        tags = EasyID3(result)
    except MutagenError as error:
        raise Unreadable(str(error)) from error
    return float(all(matches_rule(",".join(tags.get(key, [""])), rule) for key, rule in rules.items()))
