"""Round trips across the packages: cameras, files, streams and networks give the same on the way.

What leaves the stack and comes back through other projects' libraries is tested in the packages, by
the sessions nir_roundtrip, event_roundtrip and faery_roundtrip.
"""

from __future__ import annotations

import tempfile
import threading
import warnings
from collections.abc import Sequence
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


def network(seed: int, *, spiking: bool = True) -> nl.SequentialState:
    """A network whose first layer spikes, or, without spikes, one that every event moves."""
    torch.manual_seed(seed)
    return nl.SequentialState(
        nn.Conv2d(2, 3, 3, stride=2, padding=1),
        nl.LIF(dt=2e-3, v_th=0.05) if spiking else nl.LI(dt=2e-3),
        nn.Flatten(), nn.Linear(3 * 5 * 8, 4), nl.LI(dt=2e-3),
    ).eval()  # fmt: skip


def frames(events: Events, start_us: int) -> torch.Tensor:
    return torch.from_numpy(to_frames(events, LAYOUT, start_us=start_us)[:, None]).float()


@torch.no_grad()
def answer(model: nl.SequentialState, x: torch.Tensor) -> torch.Tensor:
    assert model[:2](x)[0].any(), "without spikes nothing is compared"
    return model(x)[0]


def windows(live: Events) -> tuple[int, int]:
    """Where the frames begin: at the first event, and such that they end right behind the last.

    Together they hold every event, and either end is noticed if it moves by a microsecond.
    """
    length = LAYOUT.steps * LAYOUT.step_us
    assert live.t[-1] - live.t[0] < 2 * length
    return int(live.t[0]), int(live.t[-1]) + 1 - length


def answers(models: Sequence[nl.SequentialState], events: Events, live: Events) -> torch.Tensor:
    """What the models answer to `events` in the windows of the live run."""
    inputs = [frames(events, at) for at in windows(live)]
    return torch.stack([answer(model, x) for model in models for x in inputs])


def camera(seed: int, scene: str = "edges") -> str:
    return f"emulated:evk4?realtime=0&rate=5e5&duration=15ms&seed={seed}&scene={scene}"


@settings(max_examples=6, deadline=None)
@given(
    st.integers(0, 999),
    st.sampled_from(["edges", "dots"]),
    st.integers(0, 99),
    st.sampled_from(ANY_SIZE),
)
def test_a_camera_and_its_recording_replayed_give_a_network_the_same(
    seed: int, scene: str, weights: int, name: str
) -> None:
    models = [network(weights, spiking=spiking) for spiking in (True, False)]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "camera.raw"
        with hw_drivers.open(camera(seed, scene)) as device:
            with device.record(path):
                live = Events.concatenate([packet.events for packet in device.packets()])
            assert device.health().lost_packets == 0
        expected = answers(models, live, live)

        read = aestream_io.read(path, strict=True)
        same(read, live)
        other = Path(folder) / "converted"
        aestream_io.write(other, read, format=name)
        again = aestream_io.read(other, format=name, size=SENSOR, strict=True)
        with aestream_io.open(f"file:{path}") as source:
            streamed = Events.concatenate(list(source))
        with hw_drivers.open(f"emulated:evk4?realtime=0&recording={path}") as device:
            replayed = Events.concatenate([packet.events for packet in device.packets()])
        loaded = []
        for k, model in enumerate(models):
            graph = nl.to_nir(model, torch.zeros(1, 1, 2, 9, 16), dt=2e-3)
            nir_core.write(Path(folder) / f"network{k}.nir", graph)
            found = nl.from_nir(Path(folder) / f"network{k}.nir", dt=2e-3)
            assert isinstance(found, nl.SequentialState)
            loaded.append(found)
        for way in (read, again, streamed, replayed):
            assert torch.equal(answers(models, way, live), expected)
            assert torch.equal(answers(loaded, way, live), expected)


@pytest.fixture(scope="module")
def live() -> Events:
    with hw_drivers.open(camera(3)) as device:
        return Events.concatenate([packet.events for packet in device.packets()])


def moved(events: Events, index: int, by_us: int) -> Events:
    """One event at another time."""
    t = events.t.copy()
    t[index] += by_us
    order = np.argsort(t, kind="stable")
    columns = (events.x, events.y, events.p)
    return Events(t[order], *(column[order] for column in columns), size=events.size)


def test_the_answers_tell_a_replay_that_lost_a_single_event(live: Events) -> None:
    models = [network(0, spiking=False)]
    expected = answers(models, live, live)
    for index in range(0, len(live), len(live) // 9):
        rest = live[np.delete(np.arange(len(live)), index)]
        assert not torch.equal(answers(models, rest, live), expected), index


@pytest.mark.parametrize("by_us", [-1, 1])
def test_the_answers_tell_a_replay_that_is_off_by_a_microsecond(live: Events, by_us: int) -> None:
    models = [network(0, spiking=False)]
    expected = answers(models, live, live)
    late = Events(live.t + by_us, live.x, live.y, live.p, size=live.size)
    assert not torch.equal(answers(models, late, live), expected)
    # One event alone, at the edge of a frame, to the other side of it.
    first = int(live.t[0])
    edges = (live.t - first - (by_us > 0) * (LAYOUT.step_us - 1)) % LAYOUT.step_us == 0
    inside = live.t < first + LAYOUT.steps * LAYOUT.step_us
    at_an_edge = np.flatnonzero(edges & inside)
    assert len(at_an_edge) > 0
    for index in at_an_edge:
        assert not torch.equal(answers(models, moved(live, int(index), by_us), live), expected)


@pytest.mark.parametrize("cut", [(1, 0), (0, 1)], ids=["at the beginning", "at the end"])
def test_the_answers_tell_a_replay_that_is_cut_by_a_microsecond(
    live: Events, cut: tuple[int, int]
) -> None:
    short = live.between(int(live.t[0]) + cut[0], int(live.t[-1]) + 1 - cut[1])
    assert 0 < len(short) < len(live)
    models = [network(0, spiking=False)]
    assert not torch.equal(answers(models, short, live), answers(models, live, live))


def test_a_camera_as_a_source_streams_to_another_program_without_loss() -> None:
    model = network(1)
    with hw_drivers.open(camera(1)) as device:
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
    received = Events.concatenate(packets)
    assert torch.equal(answers([model], received, live), answers([model], live, live))
