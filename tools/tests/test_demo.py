"""The demo: recordings that the pipeline can read, one file of options, and what it streams."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import torch

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import aestream_io
from demo.live import Classifier, from_camera, middle_square, over_udp
from demo.pipeline import write_config
from demo.recordings import write_recordings
from neuro_kernels import Events
from norse_lite.pipeline import Layout, parse_config
from norse_lite.pipeline._network import build_network


def test_recordings_lie_in_folders_of_their_classes_and_are_made_once(tmp_path: Path) -> None:
    folder = tmp_path / "recordings"
    assert write_recordings(folder, np.arange(12), seed=1) == 12
    files = sorted(folder.glob("*/*"))
    assert len(files) == 12
    assert {path.parent.name for path in files} == {str(n) for n in range(10)}
    assert len(aestream_io.read(files[0])) > 50
    before = files[0].stat().st_mtime_ns
    write_recordings(folder, np.arange(12), seed=1)
    assert files[0].stat().st_mtime_ns == before
    assert [path.name for path in tmp_path.iterdir()] == ["recordings"]


def test_the_short_demo_and_the_long_one_are_configurations(tmp_path: Path) -> None:
    for quick in (True, False):
        config = write_config(tmp_path, tmp_path / "recordings", quick=quick, seed=4)
        assert config.seed == 4
        assert config.output == tmp_path
        assert config.frames.duration == 120_000


def classifier() -> Classifier:
    options = parse_config({"data": {"folder": "x"}, "network": {"channels": [2]}}, base=Path())
    layout = Layout(steps=4, step_us=1000, size=(16, 16), binary=True)
    torch.manual_seed(0)
    return Classifier(build_network(options.network, layout, 3), layout)


def some_events() -> Events:
    rng = np.random.default_rng(2)
    n = 3000
    t = np.sort(rng.integers(0, 12_000, n))
    x, y, p = (rng.integers(0, top, n) for top in (16, 16, 2))
    return Events(t, x.astype(np.uint16), y.astype(np.uint16), p.astype(np.uint8), size=(16, 16))


def test_a_recording_streamed_by_network_or_camera_gives_the_same_scores() -> None:
    network, events = classifier(), some_events()
    seen, expected = network.from_packets([events], start_us=0, count=3)
    assert seen == len(events)
    assert expected.shape == (3, 3)
    for way in (over_udp, from_camera):
        found = way(network, events, start_us=0, count=3)
        assert found.lost == 0
        assert torch.equal(found.scores, expected)
    cut = [events[k : k + 700] for k in range(0, len(events), 700)]
    assert torch.equal(network.from_packets(cut, start_us=0, count=3)[1], expected)


def test_a_wide_sensor_is_seen_by_its_middle_square() -> None:
    events = Events([1, 2, 3], [0, 4, 9], [0, 1, 3], [1, 0, 1], size=(10, 4))
    kept = middle_square(events)
    assert kept.size == (4, 4)
    assert kept.x.tolist() == [1]
    assert kept.y.tolist() == [1]
