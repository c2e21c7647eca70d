"""Faery's own command lines, unchanged, with their results checked."""

import json
import subprocess
import sys

import av
import numpy as np
import pytest
from fae_support import gif_frames
from PIL import Image

import faery_cli
from faery_cli.compat import faery


@pytest.fixture
def dvs(shared_data, tmp_path):
    """The real recording, in the folder in which the commands run."""
    path = tmp_path / "dvs.es"
    path.write_bytes((shared_data / "events" / "dvs.es").read_bytes())
    return path


@pytest.fixture
def small(tmp_path):
    rng = np.random.default_rng(0)
    events = np.zeros(5000, faery.EVENTS_DTYPE)
    events["t"] = np.sort(rng.integers(0, 500_000, 5000))
    events["t"][0] = 0
    events["x"], events["y"] = rng.integers(0, 32, 5000), rng.integers(0, 24, 5000)
    events["on"] = rng.integers(0, 2, 5000)
    faery.events_stream_from_array(events, (32, 24)).to_file(tmp_path / "small.es")
    return events


def run(fae, line):
    code, out, err = fae(*line.split())
    assert (code, err) == (0, ""), err
    return out


def test_a_file_goes_to_the_standard_output_as_csv(small, tmp_path):
    words = [sys.executable, "-m", "faery_cli", "input", "file", "small.es"]
    out = subprocess.run(words, capture_output=True, text=True, check=True, cwd=tmp_path).stdout
    lines = out.splitlines()
    assert lines[0].startswith("t,x@32,y@24,")
    assert len(lines) == 5001
    # And without an input, CSV comes from the standard input.
    words = [sys.executable, "-m", "faery_cli", "filter", "remove-off-events", "output", "file"]
    subprocess.run([*words, "on.es"], input=out, text=True, check=True, cwd=tmp_path)
    assert len(faery_cli.read(tmp_path / "on.es").events()) == small["on"].sum()


@pytest.mark.parametrize("ending", ["csv", "dat", "es", "raw"])
def test_files_are_converted(fae, small, tmp_path, ending):
    run(fae, f"input file small.es output file out.{ending}")
    kept = faery.events_stream_from_file(tmp_path / f"out.{ending}")
    assert kept.dimensions() == (32, 24)
    np.testing.assert_array_equal(kept.to_array(), small)


@pytest.mark.parametrize(
    ("filters", "change"),
    [
        ("filter crop 4 20 2 18", lambda s: s.crop(4, 20, 2, 18)),
        ("filter time-slice 0.1 0.25", lambda s: s.time_slice("0.1", "0.25")),
        ("filter time-slice 100000 250000 --zero", lambda s: s.time_slice("0.1", "0.25", True)),
        ("filter event-slice 10 20", lambda s: s.event_slice(10, 20)),
        ("filter remove-on-events", lambda s: s.remove_on_events()),
        ("filter transpose rotate_180", lambda s: s.transpose("rotate_180")),
        ("filter filter-hot-pixels 1.5", lambda s: s.filter_hot_pixels(1.5)),
        (
            "filter filter-arbiter-saturation-lines 0.05 --filter-orientation column",
            lambda s: s.filter_arbiter_saturation_lines(0.05, "column"),
        ),
        ("filter chunks 100", lambda s: s),
        (
            "filter regularize 100.0 filter packet-slice 1 4",
            lambda s: s.regularize(100.0).packet_slice(1, 4),
        ),
        ("filter regularize 100.0 --start 0.2", lambda s: s),
    ],
)
def test_filters_do_what_they_do_in_python(fae, small, tmp_path, filters, change):
    run(fae, f"input file small.es {filters} output file out.csv")
    wanted = change(faery.events_stream_from_file(tmp_path / "small.es")).to_array()
    found = faery.events_stream_from_file(tmp_path / "out.csv").to_array()
    np.testing.assert_array_equal(found, wanted)


def test_the_documented_video_command_makes_sixty_frames(fae, dvs, tmp_path):
    run(
        fae,
        "input file dvs.es filter regularize 60.0 filter render exponential 0.2 starry_night "
        "output file a.mp4",
    )
    with av.open(str(tmp_path / "a.mp4")) as container:
        stream = container.streams.video[0]
        assert sum(1 for _ in container.decode(stream)) == 60
        assert (stream.width, stream.height, stream.average_rate) == (320, 240, 60)
        assert "Baseline" in stream.profile


def test_a_gif_with_time_and_annotation(fae, small, tmp_path):
    run(
        fae,
        "input file small.es filter regularize 20.0 filter render cumulative 00:00:00.1 batlow "
        "--maximum-clip 0.9 --gamma 0.5 filter scale --factor-or-minimum-dimensions (90,70) "
        "filter add-timecode --size 9 filter annotate hello 5 60 9 #FF0000 "
        "output file a.gif --frame-rate 25 --rewind --skip 1",
    )
    frames, delays = gif_frames(tmp_path / "a.gif")
    assert frames[0].shape == (72, 96, 3)
    assert (len(frames), set(delays)) == (16, {4})


def test_frames_go_to_files(fae, small, tmp_path):
    run(
        fae,
        "input file small.es filter regularize 10.0 filter render linear 0.1 vik "
        "output files f/{index:03}.png --compression-level default",
    )
    names = sorted(path.name for path in (tmp_path / "f").iterdir())
    assert names == [f"{k:03}.png" for k in range(5)]
    with Image.open(tmp_path / "f" / names[0]) as image:
        assert image.size == (32, 24)


@pytest.mark.parametrize(
    ("line", "code", "message"),
    [
        ("input file none.es", 3, "none.es: no such file"),
        ("input fiel small.es", 2, "did you mean 'file'?"),
        ("input file small.es filter corp 1 2 3 4", 2, "did you mean 'crop'?"),
        ("input file small.es filter crop 0 99 0 9", 2, "left < right <= 32"),
        ("input file small.es filter crop 0 9 0", 2, "bottom is missing"),
        ("input file small.es filter regularize fast", 2, "frequency-hz"),
        ("input file small.es filter regularize 60.0 filter render window 1 vyk", 2, "'vik'"),
        ("input file small.es filter time-slice 100ms 1", 2, "expected a time"),
        ("input file small.es filter regularize 9.0 filter render window 1 vik", 2, "an output"),
        ("input file small.es output file a.es --lossless", 2, "unknown option '--lossless'"),
        ("output file a.es input file small.es", 2, "one input, then filters"),
        ("input file small.es output file a.xyz", 2, "a.xyz"),
        ("input", 2, "unknown verb"),
        ("input udp nowhere output file a.es", 2, "HOST:PORT"),
    ],
)
def test_wrong_lines_end_with_one_sentence(fae, small, tmp_path, line, code, message):
    got, out, err = fae(*line.split())
    assert (got, out) == (code, "")
    assert message in err.splitlines()[0]
    assert not (tmp_path / "a.es").exists()


def test_events_pass_through_udp(fae, small, tmp_path):
    from neuro_kernels.stream import UdpReceiver

    with UdpReceiver("127.0.0.1", 0, size=(32, 24), format="t64_x16_y16_on8") as receiver:
        run(fae, f"input file small.es output udp 127.0.0.1:{receiver.port}")
        got = receiver.read(timeout_s=10)
    assert got is not None
    assert len(got) > 0


def test_the_list_of_filters_is_json_too(fae):
    names = {json.loads(line)["name"] for line in fae("list-filters", "--json")[1].splitlines()}
    assert "crop" in names


@pytest.mark.parametrize("place", [0, 3, 6])
def test_the_common_options_stand_anywhere_on_faery_lines(fae, small, tmp_path, place):
    line = ["input", "file", "small.es", "filter", "remove-off-events", "output", "file", "out.es"]
    for words, expected in (
        (["--json"], {"output": "file", "path": "out.es"}),
        (["--json", "--dry-run"], {"width": 32, "height": 24}),
    ):
        # Never before the first word, by which the line is known.
        code, out, err = fae(*line[: 1 + place], *words, *line[1 + place :])
        assert (code, err) == (0, "")
        found = json.loads(out)
        assert {key: found[key] for key in expected} == expected
    assert found.get("bytes") is None
    assert (tmp_path / "out.es").stat().st_size > 1000
    code, out, err = fae(*line, "-q", "--threads", "1")
    assert (code, out, err) == (0, "", "")


def test_a_report_is_not_mixed_with_events(fae, small):
    code, out, err = fae(*["input", "file", "small.es", "output", "stdout", "--json"])
    assert (code, out) == (2, "")
    assert "the standard output carries the events" in err
