"""Programs written for Faery, with the import changed."""

import hashlib
import json
import pathlib

import numpy as np
import pytest
from fae_support import gif_frames
from PIL import Image

from faery_cli.compat import faery


def some_events(n=4000, size=(40, 30), seed=0):
    rng = np.random.default_rng(seed)
    events = np.zeros(n, faery.EVENTS_DTYPE)
    events["t"] = np.sort(rng.integers(0, 500_000, n))
    events["x"], events["y"] = rng.integers(0, size[0], n), rng.integers(0, size[1], n)
    events["on"] = rng.integers(0, 2, n)
    return events


@pytest.fixture
def stream():
    return faery.events_stream_from_array(some_events(), (40, 30))


@pytest.fixture
def dvs(shared_data):
    return shared_data / "events" / "dvs.es"


@pytest.fixture
def expected(shared_data):
    return json.loads((shared_data / "faery" / "expected_dvs.json").read_text())["dvs"]


def check(events, entry):
    assert len(events) == entry["events"]
    assert int(events["on"].sum()) == entry["on"]
    for name, kind in (("t", "<u8"), ("x", "<u2"), ("y", "<u2"), ("on", "u1")):
        column = events[name].astype(kind).tobytes()
        assert hashlib.sha3_224(column).hexdigest() == entry[f"{name}_sha3_224"]


@pytest.mark.parametrize(
    ("chain", "key"),
    [
        (lambda s: s, "all"),
        (lambda s: s.remove_on_events(), "remove-on-events"),
        (lambda s: s.remove_off_events(), "remove-off-events"),
        (lambda s: s.crop(80, 240, 60, 180), "crop l=80 r=240 t=60 b=180"),
        (
            lambda s: s.time_slice("00:00:00.25", 500 * faery.ms),
            "time-slice 250000 us..500000 us",
        ),
        (
            lambda s: s.time_slice("00:00:00.25", "00:00:00.5", zero=True),
            "time-slice zero 250000 us..500000 us",
        ),
        *(
            (lambda s, a=action: s.transpose(a), f"transpose {action}")
            for action in (
                "flip_left_right",
                "flip_bottom_top",
                "rotate_90_counterclockwise",
                "rotate_180",
                "rotate_270_counterclockwise",
                "flip_up_diagonal",
                "flip_down_diagonal",
            )
        ),
        (
            lambda s: s.filter_hot_pixels(3.0),
            "filter-hot-pixels 3.0 (whole recording as one packet)",
        ),
        (
            lambda s: s.regularize(10.0).filter_hot_pixels(3.0),
            "filter-hot-pixels 3.0 after regularize 10",
        ),
        (lambda s: s.regularize(100.0).packet_slice(1, 4), "regularize 100 packet-slice 1 4"),
        (
            lambda s: s.regularize(100.0).packet_slice(1, 4, zero=True),
            "regularize 100 packet-slice 1 4 zero",
        ),
    ],
)
def test_filters_give_the_reference_events(dvs, expected, chain, key):
    check(chain(faery.events_stream_from_file(dvs)).to_array(), expected[key])


@pytest.mark.parametrize(("ratio", "orientation"), [(0.5, "row"), (0.1, "row"), (0.1, "column")])
def test_saturated_lines_give_the_reference_events_and_the_last_run(
    dvs, expected, ratio, orientation
):
    stream = faery.events_stream_from_file(dvs)
    kept = stream.filter_arbiter_saturation_lines(ratio, orientation).to_array()
    entry = expected[f"filter-arbiter-saturation-lines {ratio} {orientation}"]
    # The reference loses the last run; here it is the one last event.
    check(kept[:-1], entry)
    assert kept[-1] == stream.to_array()[-1]


@pytest.mark.parametrize("rate", [60, 100, 600])
def test_regular_packets_have_the_reference_counts(dvs, expected, rate):
    entry = expected[f"regularize {rate}"]
    regular = faery.events_stream_from_file(dvs).regularize(float(rate))
    counts = [len(packet) for packet in regular]
    assert len(counts) == entry["packets"]
    assert counts == (entry["packet_events"] or counts)
    assert [time.microseconds for time in regular.time_range()] == entry["time_range_us"]


def test_times_of_frames_and_wiggle_parameters_are_the_reference_ones(dvs, expected):
    entry = expected["regularize 60, then"]["render exponential 00:00:00.200000 starry_night"]
    stream = faery.events_stream_from_file(dvs)
    frames = stream.regularize(60.0).render("exponential", "00:00:00.2", faery.colormaps.batlow)
    times = [frame.t.microseconds for frame in frames]
    assert len(times) == entry["frames"]
    assert times[:8] == entry["t_all"]
    assert list(frames.scale().dimensions()) == expected["scale default dims"]
    wiggle = faery.WiggleParameters(time_range=stream.time_range())
    assert wiggle.frequency_hz == expected["wiggle parameters"]["frequency_hz"]
    assert wiggle.tau.microseconds == expected["wiggle parameters"]["tau_us"]
    assert (wiggle.skip, wiggle.frame_rate, wiggle.rewind) == (5, 30.0, True)


def test_kinectograph_and_event_rate_have_the_reference_numbers(dvs, expected):
    stream = faery.events_stream_from_file(dvs)
    both = stream.to_kinectograph().normalized_times_and_opacities
    entry = expected["kinectograph (threshold quantile 0.9)"]
    assert list(both.shape) == entry["shape"]
    assert both[..., 0].mean() == pytest.approx(entry["mean_time"])
    assert both[..., 1].mean() == pytest.approx(entry["mean_opacity"])
    assert int((both[..., 1] == 1).sum()) == entry["saturated_pixels"]
    rate, entry = stream.to_event_rate(), expected["event rate attributes"]
    assert rate.samples[:8].tolist() == pytest.approx(entry["samples"]["first8"])
    assert rate.timestamps[:8].tolist() == entry["timestamps"]["first8"]
    assert rate.samples.sum() == pytest.approx(entry["samples"]["sum"])


def test_the_script_that_faery_makes_runs(tmp_path):
    """The five tasks of a fresh script: event rate, two kinectographs, wiggle, video."""
    events = some_events(8000)
    faery.events_stream_from_array(events, (40, 30)).to_file(tmp_path / "dvs.es")

    @faery.task(suffix=".png", icon="🎢")
    def event_rate(input: pathlib.Path, output: pathlib.Path, start, end):
        (
            faery.events_stream_from_file(input)
            .time_slice(start=start, end=end)
            .to_event_rate()
            .to_file(output)
        )

    @faery.task(suffix=".png", icon="🎨")
    def kinectograph(input: pathlib.Path, output: pathlib.Path, start, end):
        stream = faery.events_stream_from_file(input).time_slice(start=start, end=end)
        theme = faery.DARK_COLOR_THEME.replace(
            colormap=faery.colormaps.roma_o.repeated(count=4, flip_odd_indices=True)
        )
        picture = stream.to_kinectograph(on_progress=faery.progress_bar_fold).scale((80, 60))
        picture.render(color_theme=theme).to_file(output)

    @faery.task(suffix=".gif", icon="👋")
    def wiggle(input: pathlib.Path, output: pathlib.Path, start, end):
        stream = faery.events_stream_from_file(input).time_slice(start=start, end=end)
        parameters = faery.WiggleParameters(time_range=stream.time_range(), output_duration="1")
        (
            stream.regularize(frequency_hz=parameters.frequency_hz)
            .render(
                decay=parameters.decay,
                tau=parameters.tau,
                colormap=faery.colormaps.batlow,
            )
            .scale(2)
            .add_timecode(x=1, y=1, size=9, output_frame_rate=parameters.frame_rate)
            .to_file(
                path=output,
                frame_rate=parameters.frame_rate,
                rewind=parameters.rewind,
                skip=parameters.skip,
                on_progress=faery.progress_bar_fold,
            )
        )

    @faery.task(suffix=".mp4", icon="🎬")
    def video(input: pathlib.Path, output: pathlib.Path, start, end):
        (
            faery.events_stream_from_file(input)
            .time_slice(start=start, end=end)
            .regularize(frequency_hz=60.0, start=start)
            .render(
                decay="exponential", tau="00:00:00.100000", colormap=faery.colormaps.starry_night
            )
            .scale(2)
            .add_timecode()
            .to_file(output, on_progress=faery.progress_bar_fold)
        )

    tasks: list[faery.Task] = [event_rate, kinectograph, wiggle, video]
    manager = faery.JobManager(output_directory=tmp_path / "renders")
    manager.add(tmp_path / "dvs.es", "00:00:00", "00:00:00.5", tasks, nickname="nick")
    manager.run()
    folder = tmp_path / "renders" / "nick_00-00-00.000000_00-00-00.500000"
    stem = f"{folder.name}_"
    assert sorted(p.name.removeprefix(stem) for p in folder.iterdir()) == [
        "event_rate.png",
        "kinectograph.png",
        "metadata.toml",
        "video.mp4",
        "wiggle.gif",
    ]
    frames, delays = gif_frames(folder / f"{stem}wiggle.gif")
    assert (len(frames), sum(delays)) == (30, 100)
    with Image.open(folder / f"{stem}kinectograph.png") as image:
        assert image.size[1] == 60


def test_jobs_are_skipped_only_while_code_input_and_output_are_the_same(tmp_path, capsys):
    made = []

    @faery.task(suffix=".txt")
    def words(input, output, start, end):
        made.append(output.name)
        output.write_text("done")

    source = tmp_path / "a.es"
    source.write_bytes(b"one")

    def run(**how):
        manager = faery.JobManager(tmp_path / "renders")
        manager.add(source, "00:00:00", "00:00:01", [words])
        manager.run(**how)
        return len(made)

    assert [run(), run(), run(force=True)] == [1, 1, 2]
    source.write_bytes(b"two")
    assert [run(), run()] == [3, 3]
    next((tmp_path / "renders").rglob("*.txt")).unlink()
    assert run() == 4
    assert "skipped" in capsys.readouterr().out


def test_csv_names_its_columns_as_programs_expect(stream, tmp_path, capfdbinary):
    width, height = stream.dimensions()
    names = f"t,x@{width},y@{height},on".encode()
    stream.to_file(tmp_path / "a.csv")
    assert (tmp_path / "a.csv").read_bytes().splitlines()[0] == names
    stream.to_file(tmp_path / "b.csv", csv_header=False, csv_separator=b";")
    assert b"t" not in (tmp_path / "b.csv").read_bytes()
    stream.to_stdout(csv_separator=b";")
    assert capfdbinary.readouterr().out.splitlines()[0] == names.replace(b",", b";")
    assert sorted(p.name for p in tmp_path.iterdir() if "csv" in p.name) == ["a.csv", "b.csv"]


@pytest.mark.parametrize("ending", ["es", "csv", "dat", "raw"])
def test_files_give_back_their_events(tmp_path, stream, ending):
    path = tmp_path / f"a.{ending}"
    t0 = stream.to_file(path)
    again = faery.events_stream_from_file(path, t0=t0)
    assert again.dimensions() == (40, 30)
    np.testing.assert_array_equal(again.to_array(), stream.to_array())


def test_a_damaged_file_gives_its_good_events_and_a_warning(tmp_path, stream):
    from aestream_io import EventDataWarning

    stream.to_file(tmp_path / "a.es")
    (tmp_path / "cut.es").write_bytes((tmp_path / "a.es").read_bytes()[:9001])
    damaged = faery.events_stream_from_file(tmp_path / "cut.es")
    with pytest.warns(EventDataWarning, match="cut.es"):
        good = damaged.to_array()
    assert 0 < len(good) < 4000


def test_slices_by_number_have_the_right_count_and_chunks_end(stream):
    everything = stream.to_array()
    for cut in (stream, stream.regularize(100.0)):
        np.testing.assert_array_equal(cut.event_slice(10, 20).to_array(), everything[10:20])
        sizes = [len(packet) for packet in cut.chunks(999)]
        assert sizes == [999, 999, 999, 999, 4]


def test_own_filters_masks_and_functions_take_part(stream):
    class EverySecond(faery.FiniteEventsFilter):
        def __init__(self, parent, step):
            self.init(parent=parent)
            self.step = step

        def __iter__(self):
            for packet in self.parent:
                yield packet[:: self.step]

    assert len(stream.apply(EverySecond, 2).to_array()) == 2000
    assert stream.apply(EverySecond, 2).time_range() == stream.time_range()
    mask = np.zeros((30, 40), bool)
    mask[3, 5] = True
    kept = stream.mask(mask).map(lambda packet: packet[packet["on"]]).to_array()
    assert set(kept["x"]) == {5}
    assert kept["on"].all()
    with pytest.raises(ValueError, match="expected bool of shape"):
        stream.mask(mask.T)


def test_states_tell_the_progress(stream):
    states = []
    stream.regularize(10.0).to_array(on_progress=states.append)
    assert type(states[0]) is faery.FiniteRegularEventsStreamState
    assert (states[0].packet, states[-1].packet) == ("start", "end")
    assert [s.packet.index for s in states[1:-1]] == [0, 1, 2, 3, 4]
    assert states[0].packet_count == 5
    assert [s.progress for s in states] == sorted(s.progress for s in states)


def test_frames_can_be_changed_and_written(tmp_path, stream):
    frames = stream.regularize(10.0, start="0").render("linear", "00:00:00.1", faery.colormaps.vik)
    overlay = np.full((4, 4, 4), 200, np.uint8)
    states = []
    chain = frames.scale((90, 60)).annotate("hello", 2, 2, 9, "#FF0000").add_overlay(overlay, 70)
    chain.to_files(tmp_path / "f" / "{index:04}.png", on_progress=states.append)
    assert chain.dimensions() == (120, 90)
    assert len(list((tmp_path / "f").iterdir())) == 5
    assert states[1].frame.t == faery.Time(100_000)
    with Image.open(tmp_path / "f" / "0004.png") as image:
        picture = np.asarray(image.convert("RGBA"))
    np.testing.assert_array_equal(picture, list(chain)[4].pixels)
    assert (picture[2:11, 2:32] == (255, 0, 0, 255)).all(axis=2).any()
    smooth = next(iter(frames.scale(1.5, "lanczos3"))).pixels
    assert smooth.shape == (45, 60, 4)


def test_an_overlay_may_be_a_file(tmp_path, stream):
    faery.Frame(faery.Time(0), np.full((3, 5, 4), 9, np.uint8)).to_file(tmp_path / "o.png")
    frames = stream.regularize(10.0).render("window", "00:00:01", faery.colormaps.gray)
    pixels = next(iter(frames.add_overlay(tmp_path / "o.png", 1, 1, 2.0))).pixels
    assert pixels.shape == (30, 40, 4)


def test_frame_streams_of_lists_and_functions_have_times(tmp_path):
    pictures = [np.full((4, 6, 4), k, np.uint8) for k in range(3)]
    listed = faery.frame_stream_from_list("00:00:01", 10.0, pictures)
    assert [frame.t.microseconds for frame in listed] == [1_100_000, 1_200_000, 1_300_000]
    drawn = faery.frame_stream_from_function(
        "00:00:01", 10.0, (6, 4), 3, lambda t: pictures[(t.microseconds - 1_100_000) // 100_000]
    )
    assert drawn.time_range() == listed.time_range()
    for a, b in zip(listed, drawn, strict=True):
        np.testing.assert_array_equal(a.pixels, b.pixels)
    listed.to_file(tmp_path / "a.gif", frame_rate=50.0)
    assert gif_frames(tmp_path / "a.gif")[1] == [2, 2, 2]


def test_a_gif_with_more_than_256_colours_stays_close(tmp_path):
    ramp = np.zeros((32, 64, 4), np.uint8)
    ramp[..., 0], ramp[..., 1] = np.arange(64) * 4, np.arange(32)[:, None] * 8
    faery.frame_stream_from_list("00:00:00", 10.0, [ramp]).to_file(tmp_path / "a.gif")
    picture = gif_frames(tmp_path / "a.gif")[0][0].astype(int)
    assert np.abs(picture - ramp[..., :3]).max() <= 16


def test_infinite_streams_say_what_they_cannot(stream):
    live = faery.events_stream.Live(iter([some_events()]), (40, 30))
    with pytest.raises(TypeError, match="needs a stream that ends"):
        live.to_array()
    assert len(live.regularize(10.0).packet_slice(0, 2).to_array()) > 0


def test_spectrogram_shows_a_blinking_light():
    t = np.arange(0, 2_000_000, 10_000)
    events = np.zeros(len(t) * 2, faery.EVENTS_DTYPE)
    events["t"] = np.sort(np.concatenate([t, t + 5_000]))
    events["on"] = np.arange(len(events)) % 2 == 0
    found = faery.events_stream_from_array(events, (4, 4)).to_spectrogram((20.0, 400.0), columns=50)
    rows = found.dimensions()[1]

    def strength(frequency):
        row = round(np.log(frequency / 400.0) / np.log(20.0 / 400.0) * (rows - 1))
        return found.normalized_activities[row, 25]

    assert strength(100) > 0.7
    assert strength(150) < 0.2
    assert strength(50) < 0.2
    assert found.render().pixels.shape[:2] == found.normalized_activities.shape


@pytest.mark.parametrize(
    ("call", "kind"),
    [
        (lambda s: s.crop(0, 50, 0, 10), ValueError),
        (lambda s: s.transpose("turn"), ValueError),
        (lambda s: s.render("fade", "00:00:01", faery.colormaps.vik), ValueError),
        (lambda s: s.regularize(0), ValueError),
        (lambda s: s.to_file("a.xyz"), ValueError),
        (lambda s: s.time_slice("1", "100ms"), RuntimeError),
        (lambda s: faery.Time(5) - faery.Time(6), TypeError),
        (lambda s: faery.color_to_floats("#abc"), ValueError),
        (lambda s: faery.frame_stream_from_list("0", 1.0, []), ValueError),
        (lambda s: faery.colormaps.nothing, AttributeError),
    ],
)
def test_what_cannot_be_is_refused(stream, call, kind):
    with pytest.raises(kind):
        call(stream)
