"""The synthetic recordings: what demos, tests and benchmarks take for granted about them."""

import sys
from pathlib import Path

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from corpus.digits import SAMPLE_US, SIZE, digits_recording, moving_digits
from corpus.sensor import Sensor


def test_a_pixel_that_brightens_by_three_thresholds_fires_three_times():
    scene = np.full((1, 3, 3), 1.0)

    def brightness(t_us: float) -> np.ndarray:
        picture = scene.copy()
        picture[0, 1, 2] = np.exp(3.5 * 0.3 * t_us / 10_000)
        return picture

    columns = Sensor(threshold=0.3, noise_hz=0).record(
        brightness, duration_us=10_000, rng=np.random.default_rng(0)
    )
    assert columns["x"].tolist() == [2, 2, 2]
    assert columns["y"].tolist() == [1, 1, 1]
    assert columns["p"].tolist() == [1, 1, 1]
    assert columns["t"] == pytest.approx([2857, 5714, 8571], abs=2)


def test_darkening_gives_off_events():
    def brightness(t_us: float) -> np.ndarray:
        return np.full((1, 1, 1), np.exp(-t_us / 1000))

    columns = Sensor(threshold=0.5, noise_hz=0).record(
        brightness, duration_us=2000, rng=np.random.default_rng(0)
    )
    assert columns["p"].tolist() == [0, 0, 0, 0]


def test_a_still_scene_gives_noise_at_the_stated_rate_alone():
    def brightness(t_us: float) -> np.ndarray:
        return np.ones((2, 20, 20))

    columns = Sensor(noise_hz=10).record(
        brightness, duration_us=1_000_000, rng=np.random.default_rng(1)
    )
    assert len(columns["t"]) == pytest.approx(2 * 400 * 10, rel=0.1)


def test_samples_are_sorted_in_time_and_inside_the_sensor():
    samples = moving_digits(np.arange(5), rng=np.random.default_rng(2))
    assert samples.labels.tolist() == [0, 1, 2, 3, 4]
    for events in samples.events:
        assert events.size == SIZE
        assert len(events) > 500
        assert (np.diff(events.t) >= 0).all()
        assert events.t.min() >= 0
        assert events.t.max() < SAMPLE_US
        assert events.x.max() < SIZE[0]
        assert events.y.max() < SIZE[1]


def test_the_same_seed_gives_the_same_recording():
    first, labels = digits_recording(np.array([7, 3]), rng=np.random.default_rng(3))
    second, _ = digits_recording(np.array([7, 3]), rng=np.random.default_rng(3))
    other, _ = digits_recording(np.array([7, 3]), rng=np.random.default_rng(4))
    assert first == second
    assert first != other
    assert labels.tolist() == [7, 3]


def test_a_recording_holds_its_hot_pixels():
    events, _ = digits_recording(np.arange(2), rng=np.random.default_rng(5), hot_pixels=2)
    counts = np.zeros(SIZE[::-1], int)
    np.add.at(counts, (events.y, events.x), 1)
    assert np.sort(counts.ravel())[-2:].min() >= 90
