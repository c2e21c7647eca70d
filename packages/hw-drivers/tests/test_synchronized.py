"""Several cameras with one time base: order of start, check on edges, windows side by side."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import hw_drivers
from hw_drivers import ConfigError, Evk4Config, HardwareError, SynchronizationError
from hw_drivers.emulators.sync_line import SyncLine, line_of
from hw_drivers.packet import Gap, HostTime, Packet
from hw_drivers.sync.edges import compare_edges
from hw_drivers.sync.windows import Aligner
from neuro_kernels import Events
from neuro_kernels.codecs import Triggers

SIZE = (1280, 720)


def uris(name, count=2, kind="evk4", **options):
    """Cameras on one line, in step with the program, each with another drift."""
    base = {"realtime": 0, "rate": 1e6, "duration": "60ms", "trigger_hz": 500} | options
    query = "&".join(f"{key}={value}" for key, value in base.items())
    return [
        f"emulated:{kind}?clock={name}&serial={i + 1}&seed={i}&drift_ppm={300 - 250 * i}&{query}"
        for i in range(count)
    ]


@pytest.mark.parametrize("kind", ["evk4", "evk3", "evk2"])
def test_edges_agree_and_secondaries_are_started_first(kind):
    with hw_drivers.open_synchronized(uris(f"a-{kind}", 3, kind), primary=1, verify=True) as rig:
        assert rig.report.verified
        assert [c.edges >= 2 for c in rig.report.cameras] == [True] * 3
        assert max(c.max_offset_us for c in rig.report.cameras) == 0
        assert rig.primary is rig.devices[1]
        assert [d.emulator.role for d in rig.devices] == ["secondary", "primary", "secondary"]
        assert [d.config.clock for d in rig.devices] == ["secondary", "primary", "secondary"]
        rates = {d.emulator.clock_rate for d in rig.devices}
        assert rates == {1 + 50e-6}


def test_windows_hold_everything_once_and_in_its_place():
    names = uris("b")
    with hw_drivers.open_synchronized(names) as rig:
        windows = list(rig.packets(window_us=7000))
        sent = [d.emulator.events_sent for d in rig.devices]
    assert [w.start_us for w in windows] == [7000 * i for i in range(len(windows))]
    for camera in range(2):
        events = Events.concatenate([w.events[camera] for w in windows])
        assert len(events) == sent[camera]
        assert events.is_sorted
        for window in windows:
            t = window.events[camera].t
            assert ((t >= window.start_us) & (t < window.stop_us)).all()
            edges = window.triggers[camera].t
            assert ((edges >= window.start_us) & (edges < window.stop_us)).all()
    for window in windows[:-1]:
        assert window.triggers[0] == window.triggers[1]
        assert window.gaps == (None, None)


@pytest.mark.parametrize("dark", [0, 1])
@pytest.mark.parametrize("realtime", [0, 1])
def test_a_camera_in_the_dark_does_not_hold_the_others_back(dark, realtime):
    names = uris(f"q{dark}{realtime}", trigger_hz=0, duration="80ms", rate=1e5, realtime=realtime)
    names[dark] = names[dark].replace("rate=100000.0", "rate=0")
    with hw_drivers.open_synchronized(names) as rig:
        windows = list(rig.packets(window_us=10_000))
    assert len(windows) >= 3
    assert sum(len(w.events[dark]) for w in windows) == 0
    assert all(len(w.events[1 - dark]) > 500 for w in windows[:3])


def test_paced_cameras_work_as_well():
    names = uris("c", realtime=1, duration="80ms", rate=2e5)
    with hw_drivers.open_synchronized(names, verify=True, timeout_s=20) as rig:
        windows = list(rig.packets(window_us=20_000))
        assert len(windows) >= 3
        assert windows[0].triggers[0] == windows[0].triggers[1]


def test_without_the_cable_the_message_says_which_camera_and_what_to_connect():
    names = [uris("d")[0], uris("e")[1]]
    with pytest.raises(SynchronizationError, match="no time base; connect") as caught:
        hw_drivers.open_synchronized(names, timeout_s=0.05)
    assert "\n" not in str(caught.value)
    assert not next(iter(line_of("d").members)).sending  # everything is closed again


def test_cameras_whose_clocks_run_apart_are_found_by_their_edges(monkeypatch):
    # A planted fault: each camera keeps a clock of its own although it is told to follow.
    monkeypatch.setattr(SyncLine, "rate_of", lambda self, camera: camera.own_rate)
    names = uris("f", drift_ppm=0, trigger_hz=500)
    names[1] = names[1].replace("drift_ppm=50", "drift_ppm=20000").replace("&drift_ppm=0", "")
    names[0] = names[0].replace("&drift_ppm=0", "")
    with pytest.raises(SynchronizationError, match="us away from emulated:evk4"):
        hw_drivers.open_synchronized(names, verify=True)


def test_without_a_signal_the_check_is_left_out_or_refused():
    names = uris("g", trigger_hz=0)
    with hw_drivers.open_synchronized(names) as rig:
        assert not rig.report.verified
        assert next(rig.packets()).events[1].size == SIZE
    with pytest.raises(SynchronizationError, match="feed one signal"):
        hw_drivers.open_synchronized(uris("h", trigger_hz=0), verify=True, timeout_s=0.05)


def test_configurations_are_kept_except_for_the_clock():
    configs = [Evk4Config(rate_limit=2e6), None]
    with hw_drivers.open_synchronized(uris("i"), configs) as rig:
        assert [d.config.rate_limit for d in rig.devices] == [2e6, None]
    with hw_drivers.open_synchronized(uris("j"), Evk4Config(rate_limit=3e6)) as rig:
        assert [d.config.rate_limit for d in rig.devices] == [3e6, 3e6]


@pytest.mark.parametrize(
    ("arguments", "options", "words"),
    [
        ([uris("k")[0]], {}, "at least two"),
        (uris("k"), {"primary": 2}, "primary=2"),
        (uris("k"), {"configs": [None]}, "one configuration for each of 2"),
    ],
)
def test_wrong_arguments(arguments, options, words):
    with pytest.raises(ConfigError, match=words):
        hw_drivers.open_synchronized(arguments, **options)


def test_cameras_without_a_time_base_setting_are_refused():
    with pytest.raises(HardwareError, match="no setting of its time base"):
        hw_drivers.open_synchronized([uris("l")[0], "emulated:dvxplorer?realtime=0"])


def test_a_camera_that_leaves_ends_the_windows_with_its_error():
    names = uris("m")
    names[1] += "&unplug_after=20ms"
    windows = []
    with (
        hw_drivers.open_synchronized(names) as rig,
        pytest.raises(hw_drivers.DeviceDisconnected, match="emulated:evk4"),
    ):
        windows.extend(rig.packets(window_us=5000))
    assert len(windows) == 4


def test_independent_cameras_tell_one_signal_at_their_own_times():
    first, second = uris("n", trigger_hz=100, duration="100ms")
    with hw_drivers.open(first) as a, hw_drivers.open(second) as b:
        running = a.packets()
        for _ in range(5):
            next(running)  # the second camera is switched on 5 ms later
        edges = np.concatenate([p.triggers.t for p in b.packets()])
    assert edges[0] == pytest.approx(0, abs=1) or edges[0] == pytest.approx(5000, abs=2)
    assert np.diff(edges) == pytest.approx(5000, abs=1)


def packet(t, edges, host_us, gap=None, size=(4, 4)):
    count = len(t)
    events = Events(t, [1] * count, [2] * count, [1] * count, size=size)
    triggers = Triggers(
        np.array(edges, np.int64), np.zeros(len(edges), np.uint8), np.ones(len(edges), np.uint8)
    )
    return Packet(events, triggers, None, None, HostTime(host_us * 1000, 0), gap, 0)


@given(data=st.data())
@settings(max_examples=40)
def test_windows_do_not_depend_on_how_the_streams_were_cut(data):
    random = np.random.default_rng(data.draw(st.integers(0, 9999)))
    columns = [np.sort(random.integers(0, 5000, random.integers(1, 200))) for _ in range(2)]
    window_us = data.draw(st.sampled_from([100, 777, 6000]))

    def cut(t):
        cuts = sorted(data.draw(st.lists(st.integers(0, len(t)), max_size=5)))
        for a, b in zip([0, *cuts], [*cuts, len(t)], strict=True):
            part = t[a:b]
            yield packet(part, part[::7], int(part[-1]) if len(part) else 0)

    windows = list(Aligner([cut(t) for t in columns], window_us).windows())
    for place, t in enumerate(columns):
        got = np.concatenate([np.empty(0, int), *(w.events[place].t for w in windows)])
        assert got.tolist() == t.tolist()
    assert all(len(w.events[0]) == ((columns[0] >= w.start_us) & (columns[0] < w.stop_us)).sum()
               for w in windows)  # fmt: skip


def test_gaps_are_told_in_the_window_in_which_they_are():
    a = [packet([10], [], 10), packet([250], [], 250, Gap(3, 99)), packet([900], [], 900)]
    b = [packet([5], [], 5), packet([950], [], 950)]
    windows = list(Aligner([iter(a), iter(b)], 200).windows())
    assert [w.gaps[0] for w in windows[:3]] == [None, Gap(3, 99), None]
    assert [w.gaps[1] for w in windows] == [None] * len(windows)


def test_edges_that_only_one_camera_saw_are_not_compared():
    primary = np.array([[1000 * k, k % 2] for k in range(2, 8)])
    own = np.array([[1000 * k + 3, k % 2] for k in range(5, 12)])
    found = compare_edges("x", primary, own)
    assert found.max_offset_us == 3
    assert found.edges == 3
    assert compare_edges("x", primary[:0], own).edges == 0


@pytest.mark.parametrize("left", [0, 1, 2])
def test_a_camera_that_comes_back_is_started_anew_with_the_others(left):
    names = uris(f"r{left}", 3, duration="1s")
    names[left] += "&unplug_after=30ms"
    windows = []
    with hw_drivers.open_synchronized(names, primary=1, verify=True) as rig:
        for window in rig.packets(window_us=5000, reconnect=True):
            windows.append(window)
            if len(windows) == 15:
                break
        assert rig.devices[left].health().reconnections == 2
        assert rig.report.verified
        assert [d.emulator.role for d in rig.devices] == ["secondary", "primary", "secondary"]
    assert [w.start_us for w in windows] == [5000 * (i % 6) for i in range(15)]
    assert [w.gaps for w in windows if w.gaps != (None,) * 3] == [(Gap(0, 0, True),) * 3] * 2
    for window in windows:
        first = window.triggers[0]
        assert all(edges == first for edges in window.triggers[1:])


def test_a_camera_that_leaves_while_the_others_start_is_waited_for_again():
    names = uris("s", duration="1s", trigger_hz=0)
    names[1] += "&unplug_after=30ms"
    with hw_drivers.open_synchronized(names) as rig:
        packets = rig.packets(window_us=5000, reconnect=True)
        next(packets)
        camera, failures = rig.devices[1], iter([True, True, False])
        begin = camera._begin

        def leaves(**options):
            begin(**options)
            if next(failures):
                raise hw_drivers.DeviceDisconnected("left again")

        camera._begin = leaves
        times = [w.start_us for _, w in zip(range(6), packets, strict=False)]
        assert camera.health().reconnections == 3
    assert times == [5000, 10000, 15000, 20000, 25000, 0]


def test_a_camera_that_stays_away_ends_the_windows_after_the_time_given(monkeypatch):
    monkeypatch.setattr("time.sleep", lambda seconds: None)
    names = uris("t")
    names[1] += "&unplug_after=20ms"
    with hw_drivers.open_synchronized(names) as rig:

        def gone():
            raise HardwareError("nowhere")

        rig.devices[1].reconnect_by(gone)
        with pytest.raises(hw_drivers.DeviceDisconnected, match="was disconnected"):
            list(rig.packets(reconnect=0.01))
