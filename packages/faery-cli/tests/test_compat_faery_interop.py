"""The same small programs with Faery itself and with its names here."""

import importlib
import inspect

import numpy as np
import pytest

from faery_cli.compat import faery as ours

pytestmark = [pytest.mark.interop, pytest.mark.filterwarnings("ignore")]
theirs = pytest.importorskip("faery")

# Modules of the standard library and Faery's own machinery, which programs do not use.
PRIVATE = {
    "aedat", "csv", "dat", "es", "evt", "event_camera_input", "extension", "file_decoder",
    "file_encoder", "gif", "image", "importlib", "inspect", "job_metadata", "mp4", "mustache",
    "raster", "svg", "typing", "udp_decoder",
}  # fmt: skip


def some_events(n=3000, size=(32, 24), seed=1, module=theirs):
    rng = np.random.default_rng(seed)
    events = np.zeros(n, module.EVENTS_DTYPE)
    events["t"] = np.sort(rng.integers(0, 400_000, n))
    x = events["t"] // 13_000 + rng.integers(0, 3, n)
    events["x"], events["y"] = np.minimum(x, size[0] - 1), rng.integers(0, size[1], n)
    events["on"] = rng.integers(0, 2, n)
    return events


def both(program):
    """Run a program with each package on the same events."""
    return [
        program(module, module.events_stream_from_array(some_events(module=module), (32, 24)))
        for module in (theirs, ours)
    ]


def test_every_public_name_is_here():
    names = {name for name in dir(theirs) if not name.startswith("_")} - PRIVATE
    assert sorted(name for name in names if not hasattr(ours, name)) == []


STREAMS = [
    name
    for name in dir(theirs)
    if name.endswith(("Stream", "Filter")) and inspect.isclass(getattr(theirs, name))
]


VALUES = [
    "Colormap",
    "EventRate",
    "JobManager",
    "Kinectograph",
    "Spectrogram",
    "Task",
    "Time",
    "WiggleParameters",
]


@pytest.mark.parametrize("name", [*STREAMS, *VALUES])
def test_every_method_is_here_and_takes_the_same_arguments(name):
    for method, wanted in inspect.getmembers(getattr(theirs, name), callable):
        if method.startswith("_"):
            continue
        assert hasattr(getattr(ours, name), method), f"{name}.{method}"
        mine = inspect.signature(getattr(getattr(ours, name), method)).parameters
        if method in ("apply", "render", "to_file", "to_svg_string", "init"):
            continue  # these take more, or any, arguments
        wanted_names = [p for p in inspect.signature(wanted).parameters if p != "self"]
        assert [p for p in mine if p != "self"][: len(wanted_names)] == wanted_names, method


@pytest.mark.parametrize("name", ["events_stream_from_file", "events_stream_from_udp",
                                  "events_stream_from_array", "events_stream_from_stdin",
                                  "frame_stream_from_list", "frame_stream_from_function",
                                  "task", "parse_time", "gradient"])  # fmt: skip
def test_every_function_takes_the_same_arguments(name):
    wanted, mine = (list(inspect.signature(getattr(m, name)).parameters) for m in (theirs, ours))
    assert mine == wanted


def test_enumerations_hold_the_same_words():
    from typing import get_args

    for name in dir(theirs):
        words = get_args(getattr(theirs, name))
        if words and all(isinstance(word, str) for word in words):
            assert get_args(getattr(ours, name)) == words


@pytest.mark.parametrize(
    "chain",
    [
        lambda s: s,
        lambda s: s.crop(3, 20, 2, 19),
        lambda s: s.remove_on_events(),
        lambda s: s.remove_off_events(),
        lambda s: s.time_slice("00:00:00.1", "00:00:00.3"),
        lambda s: s.time_slice("00:00:00.1", "00:00:00.3", zero=True),
        lambda s: s.time_slice("00:00:00.1", "00:00:10"),
        lambda s: s.transpose("rotate_90_counterclockwise"),
        lambda s: s.transpose("flip_down_diagonal").crop(0, 10, 0, 20),
        lambda s: s.filter_hot_pixels(1.5),
        lambda s: s.regularize(25.0).filter_hot_pixels(1.5),
        lambda s: s.regularize(60.0),
        lambda s: s.regularize(60.0, start="00:00:00.15"),
        lambda s: s.regularize(50.0).packet_slice(2, 5),
        lambda s: s.map(lambda events: events[::3]),
        lambda s: s.mask(np.arange(24 * 32).reshape(24, 32) % 3 == 0),
    ],
)
def test_events_and_their_packets_are_the_same(chain):
    results = both(
        lambda module, stream: (
            chain(stream).dimensions(),
            [time.microseconds for time in chain(stream).time_range()],
            [packet.tolist() for packet in chain(stream)],
        )
    )
    assert results[0] == results[1]


@pytest.mark.parametrize("decay", ["exponential", "linear", "window", "cumulative"])
@pytest.mark.parametrize("name", ["batlow", "vik", "roma_o", "starry_night"])
@pytest.mark.parametrize("how", [{}, {"minimum_clip": 0.1, "maximum_clip": 0.8, "gamma": 0.7}])
def test_frames_have_the_same_colours(decay, name, how):
    table = theirs.name_to_colormaps()[name]

    def program(module, stream):
        colormap = module.Colormap(name, table.type, table.rgba)
        frames = stream.regularize(20.0).render(decay, "00:00:00.05", colormap, **how)
        return [(frame.t.microseconds, frame.pixels) for frame in frames]

    first, second = both(program)
    assert [t for t, _ in first] == [t for t, _ in second]
    for (_, a), (_, b) in zip(first, second, strict=True):
        # Another rounding may choose the neighbouring colour of a map.
        apart = np.abs(a.astype(int) - b).max(axis=2)
        assert apart.max() <= 8
        assert (apart > 0).mean() < 0.002


def test_irregular_frames_show_the_same_moment():
    first, second = both(
        lambda m, s: [
            f.t.microseconds for f in s.render("window", "00:00:00.1", m.colormaps.batlow)
        ]
    )
    assert first == second


def test_colour_maps_are_the_same_within_their_digits():
    for name, table in theirs.name_to_colormaps().items():
        mine = getattr(ours.colormaps, name)
        assert mine.type == table.type
        if name not in ("starry_night", "navia_white"):  # these two are drawn anew
            assert np.abs(mine.rgba - table.rgba).max() < 2e-5


@pytest.mark.parametrize(
    "expression",
    [
        "m.Time(5) * 2.5",
        "m.Time(7) / 2",
        "m.Time(7) // 2",
        "m.Time(7) % 2",
        "2 * m.Time(5) + m.ms",
        "m.Time(3_723_000_001).to_timecode()",
        "m.Time(3_723_000_001).to_timecode_with_dashes()",
        "m.parse_time('01:02').microseconds",
        "m.parse_time('1:02:03.123456').microseconds",
        "m.parse_time('15').microseconds",
        "m.color_to_floats('#ff8000')",
        "m.color_to_ints((0.5, 0.2, 0.1))",
        "m.color_to_hex_string((1.0, 0.5, 0.0, 0.3))",
        "m.WiggleParameters((m.Time(0), m.Time(999001)))",
        "m.WiggleParameters((m.Time(0), m.Time(999001)), rewind=False)",
        "m.WiggleParameters((m.Time(0), m.Time(999001)), True, 'linear', '00:00:05', 3, 20, 2)",
        "m.LIGHT_COLOR_THEME.replace(background='#000000').background",
    ],
)
def test_values_are_the_same(expression):
    first, second = (repr(eval(expression, {"m": module})) for module in (theirs, ours))
    assert first == second


@pytest.mark.parametrize(
    "expression",
    [
        "m.gradient((0, 0, 0, 1), (1, 0.5, 0.2, 0.5), 7)",
        "m.Colormap.sequential_from_pair('a', '#102030', '#ffe0c0', 9).rgba",
        "m.Colormap.diverging_from_triplet('a', '#0000ff', '#808080', '#ff0000', 6).rgba",
        "m.colormaps.batlow.flipped().rgba",
        "m.colormaps.batlow.rolled(7).rgba",
        "m.colormaps.batlow.repeated(3).rgba",
        "m.colormaps.batlow.repeated(3, True).rgba",
    ],
)
def test_colours_are_the_same(expression):
    first, second = (eval(expression, {"m": module}) for module in (theirs, ours))
    assert first.shape == second.shape
    assert np.abs(first - second).max() < 2e-3


@pytest.mark.parametrize("ending", ["es", "csv", "dat", "raw"])
def test_each_reads_the_other_s_files(tmp_path, ending):
    arrays = []
    for writer, reader in ((theirs, ours), (ours, theirs)):
        path = tmp_path / f"{writer.__name__}.{ending}"
        t0 = writer.events_stream_from_array(some_events(module=writer), (32, 24)).to_file(path)
        arrays.append((t0, reader.events_stream_from_file(path, t0=t0).to_array().tolist()))
    assert arrays[0] == arrays[1]
    assert arrays[0][1] == some_events().tolist()


def test_event_rate_and_kinectograph_are_the_same():
    def program(module, stream):
        rate, times = stream.to_event_rate(samples=50), stream.to_kinectograph(0.8)
        return rate.samples, rate.timestamps, times.normalized_times_and_opacities, times.legend

    for first, second in zip(*both(program), strict=True):
        np.testing.assert_allclose(first, second, rtol=1e-9, atol=1e-12)


def test_states_are_the_same():
    def program(module, stream):
        states = []
        stream.regularize(10.0).to_array(on_progress=states.append)
        return [repr(state) for state in states if state.packet in ("start", "end")]

    first, second = both(program)
    assert first == second


def test_submodules_hold_the_same_names():
    for name in ("timestamp", "color", "enums", "events_stream_state", "frame_stream_state"):
        wanted = importlib.import_module(f"faery.{name}")
        mine = importlib.import_module(f"faery_cli.compat.faery.{name}")
        own = vars(wanted).items()
        classes = [n for n, v in own if getattr(v, "__module__", "") == wanted.__name__]
        public = [n for n in classes if n[0].isupper() and n != "StateManager"]
        assert [n for n in public if not hasattr(mine, n)] == []
