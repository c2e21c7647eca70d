import hashlib
import json
import subprocess
import sys

import numpy as np
import pytest
from fae_support import gif_frames, moving_edge

import aestream_io
import faery_cli
from neuro_kernels import Events


@pytest.fixture
def recording(tmp_path):
    """A small recording, written in the folder where `fae` runs."""
    events = moving_edge(duration_us=1_000_000)
    aestream_io.write(tmp_path / "in.es", events)
    return events


def test_info_says_what_a_recording_holds(fae, recording):
    code, out, err = fae("info", "in.es")
    assert (code, err) == (0, "")
    on = int(recording.p.sum())
    assert f"4 000 ({on} ON" in out.replace(f"{on:,}".replace(",", " "), str(on))
    assert "40x30" in out
    assert "es 2" in out


def test_info_as_json_has_one_object_per_file_with_the_hashes_of_the_columns(fae, recording):
    fae("convert", "in.es", "b.raw", "-q")
    code, out, _ = fae("info", "--json", "in.es", "b.raw")
    facts = [json.loads(line) for line in out.splitlines()]
    assert code == 0
    assert [f["format"] for f in facts] == ["es", "evt3"]
    digest = hashlib.sha256(recording.t.astype("<i8").tobytes()).hexdigest()
    assert facts[0]["column_sha256"]["t"] == digest
    assert facts[0]["sha256"] == facts[1]["sha256"]
    assert facts[0]["events"] == 4000
    assert facts[0]["rate_hz"] == pytest.approx(4000, rel=0.01)
    assert "sha256" not in json.loads(fae("info", "in.es", "--json", "--no-hash")[1])


def test_info_goes_on_with_the_next_file_after_one_that_fails(fae, recording):
    code, out, err = fae("info", "none.es", "in.es")
    assert code == 3
    assert "in.es" in out
    assert "none.es: no such file" in err


def test_info_of_an_empty_recording_and_of_steps_back_in_time(fae, tmp_path):
    aestream_io.write(tmp_path / "empty.es", Events.empty((4, 4)))
    assert "events  0\n" in fae("info", "empty.es")[1]
    back = Events([5, 9, 3], [0] * 3, [0] * 3, [1] * 3, size=(4, 4))
    aestream_io.write(tmp_path / "back.dat", back)
    facts = json.loads(fae("info", "back.dat", "--json")[1])
    assert facts["backward_steps"] == 1
    assert (facts["t_first_us"], facts["t_last_us"]) == (3, 9)


@pytest.mark.parametrize("name", ["b.raw", "b.dat", "b.es.gz"])
def test_converted_events_are_identical(fae, recording, tmp_path, name):
    assert fae("convert", "in.es", name)[0] == 0
    assert aestream_io.read(tmp_path / name) == recording


def test_the_format_is_found_by_content_and_forced_by_name(fae, recording, tmp_path):
    (tmp_path / "in.es").rename(tmp_path / "unknown.bin")
    assert fae("convert", "unknown.bin", "b.raw", "--format", "evt2")[0] == 0
    assert aestream_io.info(tmp_path / "b.raw").format == "evt2"
    assert aestream_io.read(tmp_path / "b.raw") == recording


def test_recordings_go_through_pipes(recording, tmp_path):
    command = [sys.executable, "-m", "faery_cli"]
    raw = (tmp_path / "in.es").read_bytes()
    chain = [*command, "-", ":", "hot-pixels", "3", ":", "-", "--format", "dat"]
    out = subprocess.run(chain, input=raw, capture_output=True, check=True)
    (tmp_path / "out.dat").write_bytes(out.stdout)
    expected = faery_cli.read(recording).hot_pixels(3).events()
    assert aestream_io.read(tmp_path / "out.dat") == expected


def test_a_cut_by_time_and_by_number(fae, recording, tmp_path):
    assert fae("cut", "in.es", "a.es", "--from", "250ms", "--to", "500ms")[0] == 0
    first = int(recording.t[0])
    expected = recording.between(first + 250_000, first + 500_000)
    assert aestream_io.read(tmp_path / "a.es") == expected
    assert fae("cut", "in.es", "b.es", "--events", "10:20")[0] == 0
    assert aestream_io.read(tmp_path / "b.es") == recording[10:20]
    assert fae("cut", "in.es", "c.es", "--from", "0.5", "--zero")[0] == 0
    assert int(aestream_io.read(tmp_path / "c.es").t[0]) < 1000
    code, _, err = fae("cut", "in.es", "d.es")
    assert code == 2
    assert "say what to keep" in err


def test_a_chain_of_filters_writes_what_python_gives(fae, recording, tmp_path):
    line = "in.es : crop 5:35 :20 : polarity on : hot-pixels 3 : denoise 5ms : out.raw --stats"
    code, _, err = fae(*line.split())
    assert code == 0
    stream = faery_cli.read(tmp_path / "in.es").crop(5, 35, None, 20).polarity("on")
    assert aestream_io.read(tmp_path / "out.raw") == stream.hot_pixels(3).denoise("5ms").events()
    assert [line.split()[0] for line in err.splitlines()[:5]] == [
        "in.es",
        "crop",
        "polarity",
        "hot-pixels",
        "denoise",
    ]


def test_a_slow_video_says_so_and_lasts_longer(fae, recording, tmp_path):
    code, _, err = fae(
        "video", "in.es", "slow.gif", "--speed", "0.5", "--tau", "30ms", "--size", "2"
    )
    assert code == 0
    assert "60 frames, 80x60" in err
    assert sum(gif_frames(tmp_path / "slow.gif")[1]) == 200


def test_a_part_of_a_recording_is_shown(fae, recording, tmp_path):
    fae("video", "in.es", "a.gif", "--from", "0.2", "--to", "0.4", "--size", "2", "--no-timecode")
    assert sum(gif_frames(tmp_path / "a.gif")[1]) == 20


def test_pictures_are_written_to_files_by_pattern(fae, recording, tmp_path):
    from PIL import Image

    code, _, err = fae("in.es", ":", "render", "--fps", "60", ":", "f/{index:04}.png")
    assert code == 0
    assert "made the folder f" in err
    names = sorted(p.name for p in (tmp_path / "f").iterdir())
    assert names == [f"{k:04}.png" for k in range(60)]
    stream = faery_cli.read(tmp_path / "in.es").render(fps=60)
    colors = stream.shape.palette.colors
    for k, frame in enumerate(stream):
        with Image.open(tmp_path / "f" / f"{k:04}.png") as image:
            np.testing.assert_array_equal(np.asarray(image.convert("RGB")), colors[frame.index])
    assert fae("in.es", ":", "render", ":", "f/{index:04}.png")[0] == 4
    assert fae("in.es", ":", "render", ":", "f/{index:04}.png", "-y")[0] == 0


@pytest.mark.parametrize(
    ("path", "code", "message"),
    [
        ("{indx}.png", 2, "{index}, {us}"),
        ("{}.png", 2, "{index}, {us}"),
        ("{index.png", 2, "{index}, {us}"),
        ("a/b/{index}.png", 4, "there is no folder a"),
        ("a.png", 2, "a .png holds one picture"),
        ("{us:.0e}.png", 4, "exists already"),
    ],
)
def test_wrong_patterns_are_refused_and_nothing_is_left(
    fae, recording, tmp_path, path, code, message
):
    got, _, err = fae("in.es", ":", "render", ":", path)
    assert got == code
    assert message in err
    assert [p.name for p in tmp_path.iterdir()] == ["in.es"]


def test_files_written_before_an_error_are_removed(fae, recording, tmp_path):
    (tmp_path / "7.png").write_bytes(b"precious")
    assert fae("in.es", ":", "render", ":", "{index}.png")[0] == 4
    assert sorted(p.name for p in tmp_path.iterdir()) == ["7.png", "in.es"]


def test_an_apng_is_lossless(fae, recording, tmp_path):
    from PIL import Image

    assert fae("video", "in.es", "a.apng", "--lossless", "--size", "1", "--no-timecode")[0] == 0
    stream = faery_cli.read(tmp_path / "in.es").render(fps=60)
    frames = list(stream)
    colors = stream.shape.palette.colors
    with Image.open(tmp_path / "a.apng") as image:
        assert image.n_frames == len(frames) == 60
        for k, frame in enumerate(frames):
            image.seek(k)
            np.testing.assert_array_equal(np.asarray(image.convert("RGB")), colors[frame.index])


def test_events_are_sent_nowhere_and_counted(fae, recording):
    code, _, err = fae("in.es", ":", "polarity", "on", ":", "null:")
    assert code == 0
    assert f"{int(recording.p.sum()):,}".replace(",", " ") in err


@pytest.fixture
def damaged(recording, tmp_path):
    data = (tmp_path / "in.es").read_bytes()
    (tmp_path / "in.es").write_bytes(data[: len(data) // 2 // 5 * 5 + 2])


def test_a_damaged_recording_ends_with_3_and_writes_nothing(fae, damaged, tmp_path):
    for target in ("out.raw", "out.gif", "f{index}.png"):
        code, _, err = fae("in.es", ":", target)
        assert code == 3
        assert "--keep-going" in err
        assert [p.name for p in tmp_path.iterdir()] == ["in.es"]


def test_the_good_part_of_a_damaged_recording_is_written_on_request(fae, damaged, tmp_path):
    code, _, err = fae("convert", "in.es", "out.raw", "--keep-going")
    assert code == 3
    assert "warning: in.es" in err
    assert len(aestream_io.read(tmp_path / "out.raw")) > 1500


def test_python_keeps_the_good_part_of_a_damaged_recording_and_warns(damaged, tmp_path):
    stream = faery_cli.read(tmp_path / "in.es")
    with pytest.warns(aestream_io.EventDataWarning, match="unfinished"):
        events = stream.events()
    assert len(events) > 1500
    with pytest.warns(aestream_io.EventDataWarning, match="unfinished"):
        assert stream.save(tmp_path / "out.raw").events == len(events)
    with pytest.raises(faery_cli.InputError, match="unfinished"):
        stream.save(tmp_path / "b.raw", keep_damaged=False)


@pytest.mark.parametrize("data", [b"", b"\n", b"random bytes", bytes(range(256)) * 20])
def test_files_that_are_no_recordings_are_refused_in_one_sentence(fae, tmp_path, data):
    (tmp_path / "in.es").write_bytes(data)
    code, out, err = fae("info", "in.es")
    assert (code, out) == (3, "")
    assert len(err.splitlines()) == 1


@pytest.mark.parametrize(
    ("line", "code", "message"),
    [
        ("none.es : a.gif", 3, "none.es: no such file"),
        ("info none.es", 3, "none.es: no such file"),
        ("convert . a.es", 3, "folder"),
        ("convert in.es in.es", 4, "exists already"),
        ("convert in.es a.es --input-format giff", 3, "unknown format 'giff'"),
        ("convert in.es a.es --compression 3", 2, "unknown option '--compression'"),
        ("in.es : render : a.es", 2, "leave out render"),
        ("convert in.es no/a.es", 4, "there is no folder no"),
        ("in.es : udp:localhost:99999", 2, "port"),
        ("in.es --size 10x10 : a.es", 3, ""),
    ],
)
def test_what_cannot_be_done_with_files_leaves_nothing_behind(
    fae, recording, tmp_path, line, code, message
):
    got, out, err = fae(*line.split())
    assert (got, out) == (code, "")
    assert message in err.splitlines()[0]
    assert [p.name for p in tmp_path.iterdir()] == ["in.es"]
