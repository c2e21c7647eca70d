"""Sources in general, and generated events."""

import importlib.metadata
import tomllib
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

import aestream_io
from aestream_io import EventError, UriError
from aestream_io.sources import AdaptedSource, Source, as_source, schemes
from aestream_io.sources import _registry as registry
from aestream_io.sources.synth import SCENES, SynthSource
from neuro_kernels import Events

SIZE = (8, 6)


def packet(*t):
    n = len(t)
    return Events(t, [0] * n, [0] * n, [1] * n, size=SIZE)


class Listed(Source):
    def __init__(self, packets, **options):
        super().__init__(size=SIZE, name="listed", **options)
        self.packets = packets
        self.releases = 0

    def _packets(self):
        yield from self.packets

    def _close(self):
        self.releases += 1


def test_empty_packets_are_swallowed_and_counts_are_kept():
    source = Listed([packet(5, 7), packet(), packet(4, 9)])
    assert [len(events) for events in source] == [2, 2]
    stats = source.stats
    assert (stats.events, stats.packets, stats.first_t_us, stats.last_t_us) == (4, 2, 5, 9)
    assert stats.rate > 0


def test_stats_are_a_snapshot():
    source = Listed([packet(1), packet(2)])
    before = source.stats
    next(iter(source))
    assert (before.events, source.stats.events) == (0, 1)


def test_a_second_loop_goes_on_where_the_first_stopped():
    source = Listed([packet(1), packet(2), packet(3)])
    for _ in source:
        break
    assert [events.t.tolist() for events in source] == [[2], [3]]


def test_close_ends_the_loop_and_releases_once():
    with Listed([packet(1), packet(2)]) as source:
        for _ in source:
            source.close()
    assert source.stats.events == 1
    assert source.releases == 1
    fresh = Listed([])
    fresh.close()
    with pytest.raises(EventError, match="listed: the source is closed; open it again"):
        iter(fresh)


def test_sources_say_what_they_are():
    assert repr(Listed([])) == "<Listed listed 8x6, 0 events in 0 packets>"


@dataclass
class Counted:
    events: int = 7
    lost_packets: int = 3
    other: str = "ignored"


class Foreign:
    size = SIZE
    live = True
    name = "camera 1"

    def __init__(self, stats):
        self.stats = stats
        self.closed = False

    def __iter__(self):
        yield {"t": [1, 2], "x": [0, 1], "y": [0, 0], "p": [1, 0]}

        class Packet:
            events = packet(3)

        yield Packet()

    def close(self):
        self.closed = True


@pytest.mark.parametrize("stats", [Counted(), {"events": 7, "lost_packets": 3}])
def test_foreign_sources_are_adapted(stats):
    foreign = Foreign(stats)
    with as_source(foreign) as source:
        assert [events.t.tolist() for events in source] == [[1, 2], [3]]
        assert (source.size, source.name, source.live) == (SIZE, "camera 1", True)
        assert (source.stats.events, source.stats.lost_packets) == (7, 3)
    assert foreign.closed


def test_a_source_without_size_is_refused():
    with pytest.raises(EventError, match="give size="):
        AdaptedSource([packet(1)])


def test_events_are_a_source_and_a_source_stays_itself():
    events = packet(1, 2, 3)
    source = as_source(events)
    assert list(source) == [events]
    assert as_source(source) is source


def test_an_unknown_scheme_lists_what_exists():
    with pytest.raises(UriError, match=r"unknown scheme 'upd'; did you mean udp: \? \(known: -"):
        aestream_io.open("upd:3333")
    with pytest.raises(UriError, match=r"for a file of this name write file:NAME"):
        aestream_io.open("whatever:3333")


def test_a_scheme_of_a_package_that_is_missing_names_the_extra(monkeypatch):
    monkeypatch.setattr(registry, "entry_points", lambda group: ())
    with pytest.raises(UriError, match=r"pip install 'aestream-io\[hw\]'"):
        aestream_io.open("emulated:evk4")


def test_every_scheme_of_hw_drivers_is_known_without_it(monkeypatch):
    project = Path(__file__).parents[2] / "hw-drivers" / "pyproject.toml"
    served = tomllib.loads(project.read_text())["project"]["entry-points"]["aestream_io.sources"]
    monkeypatch.setattr(registry, "entry_points", lambda group: ())
    for scheme in served:
        with pytest.raises(
            UriError, match=rf"^{scheme}:1 is served by hw-drivers, which is not installed"
        ):
            aestream_io.open(f"{scheme}:1")
    with pytest.raises(UriError, match="did you mean davis346: "):
        aestream_io.open("davis34:1")


def test_schemes_of_installed_packages_are_found(monkeypatch):
    asked = []

    class Entry(importlib.metadata.EntryPoint):
        def load(self):
            return lambda uri: asked.append(uri) or Foreign(None)

    monkeypatch.setattr(
        registry, "entry_points", lambda group: (Entry("mycam", "mine:open", group),)
    )
    with aestream_io.open("mycam:7?x=1") as source:
        assert sum(len(events) for events in source) == 3
    assert asked == ["mycam:7?x=1"]
    assert schemes()["mycam"] == "mine:open"


@pytest.mark.parametrize("scene", SCENES)
def test_generated_events_are_exact_in_number_ordered_and_repeatable(scene):
    def make(**options):
        source = SynthSource(scene, rate=2e5, duration_us=123_457, size=(40, 30), **options)
        return Events.concatenate(list(source))

    events = make()
    assert len(events) == int(2e5 * 0.123457)
    assert events.is_sorted
    assert events.t[0] >= 0
    assert events.t[-1] < 123_457
    assert 0.3 < events.p.mean() < 0.7
    assert events == make()
    assert events != make(seed=1)
    assert len(np.unique(events.x)) > 10
    assert len(np.unique(events.y)) > 10


def test_scenes_move_and_noise_does_not():
    def centre_shift(scene):
        source = SynthSource(scene, rate=1e6, duration_us=500_000, size=(200, 200), seed=3)
        windows = list(source.windows(duration_us=100_000))
        maps = [np.histogram2d(w.x, w.y, bins=20)[0].ravel() for w in (windows[0], windows[-1])]
        return np.corrcoef(*maps)[0, 1]

    # Noise fills the frame alike at all times: the maps are flat up to chance.
    noise = SynthSource("noise", rate=1e6, duration_us=500_000, size=(200, 200))
    events = Events.concatenate(list(noise))
    counts = np.histogram2d(events.x, events.y, bins=20)[0]
    assert counts.std() / counts.mean() < 0.1
    for scene in ("edges", "bar", "dots"):
        assert centre_shift(scene) < 0.9


def test_a_stream_without_duration_does_not_end_by_itself():
    source = aestream_io.open("synth:bar?rate=10M&packet=10ms&size=64x64")
    assert source.live
    total = 0
    for events in source:
        total += len(events)
        if total >= 1_000_000:
            break
    assert total == 1_000_000


@pytest.mark.parametrize(
    ("uri", "message"),
    [
        ("synth:nothing", "scene: expected one of edges, bar, dots, noise, got 'nothing'"),
        ("synth:edges?rate=0", "rate"),
        ("synth:edges?rate=fast", "expected a number such as"),
        ("synth:edges?duration=5", "add the unit"),
        ("synth:edges?size=5", "expected a size such as 640x480"),
        ("synth:edges?speed=5", "unknown option 'speed'"),
        ("synth:edges?packet=0us", "packet"),
    ],
)
def test_bad_options_of_generated_events_are_refused(uri, message):
    with pytest.raises(EventError, match=message):
        aestream_io.open(uri)
