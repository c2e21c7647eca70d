"""Round trips across the packages: cameras, files, streams and networks give the same on the way.

What leaves the stack and comes back through other projects' libraries is tested in the packages, by
the sessions nir_roundtrip, event_roundtrip and faery_roundtrip.
"""

from __future__ import annotations

import tempfile
import threading
import warnings
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

import aestream_io
import hw_drivers
import nir_core
import norse_lite as nl
from aestream_io.formats import formats
from aestream_io.sources.udp import UdpSource
from neuro_kernels import Events
from norse_lite.pipeline import Layout, to_frames

FEW = settings(max_examples=12, deadline=None)
SENSOR = (1280, 720)


@st.composite
def recordings(draw: st.DrawFn, size: tuple[int, int] | None = None) -> Events:
    """Bursts and lone events, some at equal times, some far apart, on a sensor of any size."""
    wide, high = size or draw(st.tuples(st.integers(1, 700), st.integers(1, 500)))
    n = draw(st.integers(1, 400))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    steps = rng.choice([0, 1, 3, 700, 70_000], n, p=[0.5, 0.2, 0.15, 0.1, 0.05])
    t = int(rng.integers(0, 5000)) + np.cumsum(steps)
    x, y, p = (rng.integers(0, top, n) for top in (wide, high, 2))
    if draw(st.booleans()):  # bursts along a row, which EVT 3 writes as vectors
        y[:] = y[0]
        x = np.minimum(np.arange(n) % wide, wide - 1)
    return Events(
        t, x.astype(np.uint16), y.astype(np.uint16), p.astype(np.uint8), size=(wide, high)
    )


def writable() -> list[str]:
    """Formats that hold plain events and need no further package here."""
    found = []
    for one in formats():
        if one.open_writer is None:
            continue
        with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
            warnings.simplefilter("ignore")
            path = Path(folder) / "probe"
            events = Events([1], [2], [3], [1], size=(8, 8))
            try:
                aestream_io.write(path, events, format=one.name)
                aestream_io.read(path, format=one.name, size=(8, 8))
            except aestream_io.EventError:
                continue
        found.append(one.name)
    return found


WRITABLE = writable()
# N-MNIST's files have eight bits for a coordinate.
ANY_SIZE = [name for name in WRITABLE if name != "nmnist"]
SIZES = {"nmnist": (34, 34)}


def test_many_formats_take_part() -> None:
    assert {"evt2", "evt21", "evt3", "dat", "es", "aedat4", "csv", "npz"} <= set(WRITABLE)


def same(found: Events, wanted: Events) -> None:
    for column in "txyp":
        assert np.array_equal(getattr(found, column), getattr(wanted, column)), column


@FEW
@given(recordings(), st.data())
def test_a_recording_that_passes_through_formats_comes_back(events: Events, data: st.DataObject):
    chain = data.draw(st.lists(st.sampled_from(ANY_SIZE), min_size=2, max_size=6))
    found = events
    with tempfile.TemporaryDirectory() as folder:
        for k, name in enumerate(chain):
            path = Path(folder) / f"{k}"
            aestream_io.write(path, found, format=name)
            found = aestream_io.read(path, format=name, size=events.size, strict=True)
            same(found, events)
            with aestream_io.open_reader(path, format=name, size=events.size) as reader:
                same(Events.concatenate([Events.empty(events.size), *reader]), events)


@pytest.mark.parametrize("name", WRITABLE)
def test_every_format_gives_a_recording_back(name: str) -> None:
    @FEW
    @given(recordings(SIZES.get(name)))
    def check(events: Events) -> None:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "one"
            aestream_io.write(path, events, format=name)
            same(aestream_io.read(path, format=name, size=events.size, strict=True), events)

    check()


LAYOUT = Layout(steps=6, step_us=2000, size=(16, 9), binary=False)


def network(seed: int) -> nl.SequentialState:
    torch.manual_seed(seed)
    return nl.SequentialState(
        nn.Conv2d(2, 3, 3, stride=2, padding=1), nl.LIF(dt=2e-3, v_th=0.05), nn.Flatten(),
        nn.Linear(3 * 5 * 8, 4), nl.LI(dt=2e-3),
    ).eval()  # fmt: skip


@torch.no_grad()
def answer(model: nl.SequentialState, events: Events, start_us: int) -> torch.Tensor:
    frames = to_frames(events, LAYOUT, start_us=start_us)
    x = torch.from_numpy(frames[:, None]).float()
    assert model[:2](x)[0].any(), "without spikes nothing is compared"
    return model(x)[0]


@FEW
@given(
    st.integers(0, 999),
    st.sampled_from(["edges", "dots"]),
    st.integers(0, 99),
    st.sampled_from(ANY_SIZE),
)
def test_a_camera_and_its_recording_replayed_give_a_network_the_same(
    seed: int, scene: str, weights: int, name: str
) -> None:
    model = network(weights)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "camera.raw"
        uri = f"emulated:evk4?realtime=0&rate=5e5&duration=15ms&seed={seed}&scene={scene}"
        with hw_drivers.open(uri) as device:
            with device.record(path):
                live = Events.concatenate([packet.events for packet in device.packets()])
            assert device.health().lost_packets == 0
        start = int(live.t[0])
        expected = answer(model, live, start)

        read = aestream_io.read(path, strict=True)
        same(read, live)
        other = Path(folder) / "converted"
        aestream_io.write(other, read, format=name)
        again = aestream_io.read(other, format=name, size=SENSOR, strict=True)
        with aestream_io.open(f"file:{path}") as source:
            streamed = Events.concatenate(list(source))
        with hw_drivers.open(f"emulated:evk4?realtime=0&recording={path}") as device:
            replayed = Events.concatenate([packet.events for packet in device.packets()])
        graph = nl.to_nir(model, torch.zeros(1, 1, 2, 9, 16), dt=2e-3)
        nir_core.write(Path(folder) / "network.nir", graph)
        loaded = nl.from_nir(Path(folder) / "network.nir", dt=2e-3)
        assert isinstance(loaded, nl.SequentialState)
        for way in (read, again, streamed, replayed):
            assert torch.equal(answer(model, way, start), expected)
            assert torch.equal(answer(loaded, way, start), expected)


def test_a_camera_as_a_source_streams_to_another_program_without_loss() -> None:
    model = network(1)
    with hw_drivers.open("emulated:evk4?realtime=0&rate=5e5&duration=15ms&seed=1") as device:
        live = Events.concatenate([packet.events for packet in device.packets()])
    receiver = aestream_io.open("udp:127.0.0.1:0?size=1280x720&timeout=5s")
    assert isinstance(receiver, UdpSource)
    with receiver:
        sender = threading.Thread(
            target=aestream_io.route, args=(live, f"udp:127.0.0.1:{receiver.port}")
        )
        sender.start()
        packets: list[Events] = []
        for packet in receiver:
            packets.append(packet)
            if sum(map(len, packets)) >= len(live):
                break
        sender.join()
    start = int(live.t[0])
    received = Events.concatenate(packets)
    assert torch.equal(answer(model, received, start), answer(model, live, start))
