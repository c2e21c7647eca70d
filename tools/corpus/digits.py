"""Moving digits: scikit-learn's handwritten digits, shaken before an ideal event camera.

Each digit makes three straight saccades on a triangle, as the camera of N-MNIST did (Orchard et
al. 2015), so that edges of every direction become visible.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from corpus.sensor import Sensor
from neuro_kernels import Events

SIZE = (34, 34)  # as N-MNIST
SAMPLE_US = 120_000
_INK, _PAPER = 1.0, 0.12
_SCALE = 2.8  # sensor pixels for each of the 8 x 8 pixels of a digit
_SACCADE = 5.0  # sensor pixels


@dataclass(frozen=True)
class MovingDigits:
    """Labelled samples: `events[i]` shows digit `labels[i]` and lasts `SAMPLE_US`."""

    events: list[Events]
    labels: np.ndarray


def load_images() -> tuple[np.ndarray, np.ndarray]:
    """Return scikit-learn's digits: images (1797, 8, 8) float in 0..1 and labels (1797,)."""
    from sklearn.datasets import load_digits

    images, labels = load_digits(return_X_y=True)
    return images.reshape(-1, 8, 8) / 16.0, labels


def moving_digits(
    indices: np.ndarray, *, rng: np.random.Generator, sensor: Sensor | None = None
) -> MovingDigits:
    """Record one sample for each index into scikit-learn's digits.

    Args:
        indices: (n,) int, which images to show.
        rng: source of positions, speeds and noise.
        sensor: the camera; by default the one every sample of this module uses.

    Returns:
        n samples with times from 0 to `SAMPLE_US`.
    """
    images, labels = load_images()
    sensor = sensor or Sensor()
    batches = [indices[i : i + 100] for i in range(0, len(indices), 100)]
    events = [
        sample for batch in batches for sample in _record(images[batch], rng=rng, sensor=sensor)
    ]
    return MovingDigits(events, labels[indices])


def digits_recording(
    indices: np.ndarray,
    *,
    rng: np.random.Generator,
    hot_pixels: int = 3,
    noise_hz: float = 4.0,
) -> tuple[Events, np.ndarray]:
    """One long recording that shows the given digits one after the other, with sensor faults.

    Args:
        indices: (n,) int into scikit-learn's digits; digit i is shown from `i * SAMPLE_US` on.
        rng: source of everything random.
        hot_pixels: number of pixels that fire 400 times a second whatever they see.
        noise_hz: background events of each pixel.

    Returns:
        The events, sorted by time, and the labels (n,).
    """
    shown = moving_digits(indices, rng=rng, sensor=Sensor(noise_hz=noise_hz))
    width, height = SIZE
    duration_us = SAMPLE_US * len(indices)
    columns = [
        (sample.t + i * SAMPLE_US, sample.x, sample.y, sample.p)
        for i, sample in enumerate(shown.events)
    ]
    for _ in range(hot_pixels):
        n = int(400 * duration_us * 1e-6)
        columns.append(
            (
                rng.integers(0, duration_us, n),
                np.full(n, rng.integers(0, width), np.uint16),
                np.full(n, rng.integers(0, height), np.uint16),
                np.ones(n, np.uint8),
            )
        )
    t, x, y, p = (np.concatenate(column) for column in zip(*columns, strict=True))
    order = np.argsort(t, kind="stable")
    return Events(t[order], x[order], y[order], p[order], size=SIZE), shown.labels


def _record(images: np.ndarray, *, rng: np.random.Generator, sensor: Sensor) -> list[Events]:
    """Record a batch of images, each on a path of its own."""
    n = len(images)
    centre = np.array(SIZE) / 2 + rng.uniform(-1.5, 1.5, (n, 2))
    scale = _SCALE * rng.uniform(0.9, 1.1, n)
    turn = rng.uniform(-0.2, 0.2, n)
    corners = _SACCADE * np.array([[-0.5, -0.3], [0.0, 0.5], [0.5, -0.3], [-0.5, -0.3]])
    padded = np.pad(images, ((0, 0), (2, 2), (2, 2)))

    def brightness(t_us: float) -> np.ndarray:
        leg, along = divmod(min(t_us, SAMPLE_US - 1e-6) * 3 / SAMPLE_US, 1)
        shift = corners[int(leg)] * (1 - along) + corners[int(leg) + 1] * along
        return _PAPER + (_INK - _PAPER) * _draw(padded, centre + shift, scale, turn)

    columns = sensor.record(brightness, duration_us=SAMPLE_US, rng=rng)
    bounds = np.searchsorted(columns["sample"], np.arange(n + 1))
    return [
        Events(*(columns[name][a:b] for name in "txyp"), size=SIZE) for a, b in pairwise(bounds)
    ]


def _draw(
    padded: np.ndarray, centre: np.ndarray, scale: np.ndarray, turn: np.ndarray
) -> np.ndarray:
    """Bilinear picture of each padded digit: (n, 12, 12) images -> (n, height, width)."""
    width, height = SIZE
    n, side = len(padded), padded.shape[1]
    padded = padded.astype(np.float32)
    centre, scale, turn = (v.astype(np.float32) for v in (centre, scale, turn))
    dx = (np.arange(width, dtype=np.float32) + 0.5)[None, None, :] - centre[:, 0, None, None]
    dy = (np.arange(height, dtype=np.float32) + 0.5)[None, :, None] - centre[:, 1, None, None]
    cos, sin = np.cos(turn)[:, None, None], np.sin(turn)[:, None, None]
    u = (cos * dx + sin * dy) / scale[:, None, None] + side / 2 - 0.5
    v = (cos * dy - sin * dx) / scale[:, None, None] + side / 2 - 0.5
    u, v = np.clip(u, 0, side - 1.001), np.clip(v, 0, side - 1.001)
    iu, iv = u.astype(np.int32), v.astype(np.int32)
    fu, fv = u - iu, v - iv
    corner = (np.arange(n, dtype=np.int32)[:, None, None] * side + iv) * side + iu
    pixels = padded.ravel()
    top = pixels[corner] * (1 - fu) + pixels[corner + 1] * fu
    bottom = pixels[corner + side] * (1 - fu) + pixels[corner + side + 1] * fu
    return top * (1 - fv) + bottom * fv
