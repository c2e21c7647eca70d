"""The command lines that the documentation promises, on real recordings, with their results."""

import json
import os
import re
import shlex
import shutil
import subprocess
import sys

import av
import numpy as np
import pytest
from fae_support import gif_frames
from PIL import Image

import faery_cli

EVENTS, ON = 473_225, 270_001


@pytest.fixture
def rec(shared_data, tmp_path):
    """The recordings under short names, in the folder in which the commands run."""
    events = shared_data / "events"
    (tmp_path / "rec").mkdir()
    shutil.copy(events / "dvs.es", tmp_path / "dvs.es")
    evt2 = events / "synthetic" / "edges20k_evutils_evt2.raw"
    for name in ("evt2.raw", "big.raw", "rec/a.raw"):
        shutil.copy(evt2, tmp_path / name)
    shutil.copy(events / "synthetic" / "edges20k_evutils_evt3.raw", tmp_path / "rec" / "b.raw")
    (tmp_path / "trunc.es").write_bytes((events / "dvs.es").read_bytes()[:1_000_003])
    return tmp_path


@pytest.fixture
def run(fae, rec):
    def run_line(line, code=0):
        words = shlex.split(line)
        assert words[0] == "fae"
        got, out, err = fae(*words[1:])
        assert got == code, err
        return out, err

    return run_line


def shell(line, folder):
    """Run a line with pipes, as a shell does."""
    command = line.replace("fae ", f"{shlex.quote(sys.executable)} -m faery_cli ")
    return subprocess.run(
        ["bash", "-o", "pipefail", "-c", command], capture_output=True, text=True, cwd=folder
    )


def test_01_info(run):
    out, _ = run("fae info dvs.es")
    for text in (
        "320x240",
        "473 225",
        "270 001 ON",
        "203 224 OFF",
        "0 to 999 000 us",
        "0.474 Mev/s",
    ):
        assert text in out
    assert re.search(r"sha256 +[0-9a-f]{64}", out)


def test_02_info_of_many_as_json(run):
    rows = [json.loads(row) for row in run("fae info --json rec/a.raw rec/b.raw")[0].splitlines()]
    assert [row["events"] for row in rows] == [20_000, 20_000]
    assert rows[0]["sha256"] == rows[1]["sha256"]
    assert rows[0]["column_sha256"]["t"].startswith("4d2ed5f4")


def test_03_check_says_where_a_file_is_cut(run):
    out, _ = run("fae check trunc.es", code=1)
    assert "199 559 events are good" in out
    assert "byte 999 999" in out


@pytest.mark.parametrize("compression", ["zstd", "none"])
def test_04_convert_keeps_every_event(run, compression):
    if compression == "zstd":
        pytest.importorskip("zstandard")
    run(f"fae convert evt2.raw out.aedat4 --compression {compression}")
    assert "identical events (20 000)" in run("fae diff evt2.raw out.aedat4")[0]


def test_05_csv_keeps_the_geometry(run, rec):
    run("fae convert evt2.raw out.csv")
    assert (rec / "out.csv").read_text().startswith("t,x@1280,y@720,")
    assert "identical events" in run("fae diff evt2.raw out.csv")[0]


def test_06_csv_to_a_closed_pipe(rec):
    out = shell("fae convert dvs.es - --format csv | head -3", rec)
    assert out.returncode == 0
    assert len(out.stdout.splitlines()) == 3
    assert "Traceback" not in out.stderr


def test_07_from_a_pipe_by_content(rec):
    out = shell("cat evt2.raw | fae convert - out.es", rec)
    assert out.returncode == 0, out.stderr
    assert len(faery_cli.read(rec / "out.es").events()) == 20_000


def test_08_cut_by_time(run, rec):
    run("fae cut dvs.es part.es --from 250ms --to 500ms")
    assert len(faery_cli.read(rec / "part.es").events()) == 97_789


def test_09_cut_by_number(run, rec):
    run("fae cut dvs.es part.es --events 10:20")
    assert len(faery_cli.read(rec / "part.es").events()) == 10


def movie(path):
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        return sum(1 for _ in container.decode(stream)), (stream.width, stream.height)


def test_10_video_in_real_time(run, rec):
    run("fae video dvs.es out.mp4")
    assert movie(rec / "out.mp4") == (60, (960, 720))


def test_11_slow_motion(run, rec):
    run("fae video dvs.es slow.mp4 --speed 0.1 --tau 30ms --style night --size 1")
    assert movie(rec / "slow.mp4") == (600, (320, 240))


def test_12_gif_with_exact_total(run, rec):
    run("fae video evt2.raw out.gif --fps 30 --speed 0.0008")
    frames, delays = gif_frames(rec / "out.gif")
    assert delays[:3] == [3, 4, 3]
    assert sum(delays) == round(len(frames) * 100 / 30)


def test_13_lossless_apng(run, rec):
    run("fae video dvs.es out.apng --lossless --size 1 --fps 20 --no-timecode")
    stream = faery_cli.read(rec / "dvs.es").render(fps=20)
    colors = stream.shape.palette.colors
    with Image.open(rec / "out.apng") as image:
        assert image.n_frames == 20
        for k, frame in enumerate(stream):
            image.seek(k)
            np.testing.assert_array_equal(np.asarray(image.convert("RGB")), colors[frame.index])


def test_14_frames_are_small_files(run, rec):
    run("fae frames dvs.es 'f/{index:04}.png' --rate 60")
    sizes = [path.stat().st_size for path in (rec / "f").iterdir()]
    assert len(sizes) == 60
    assert max(sizes) <= 20_000


def test_15_kinectograph(run, rec):
    run("fae image dvs.es kin.png --kind kinectograph")
    with Image.open(rec / "kin.png") as image:
        assert image.size[1] == 720
        assert image.size[0] > 960  # the time legend is beside it


def test_16_wiggle(run, rec):
    run("fae video dvs.es wiggle.gif --kind wiggle --size 1")
    frames, delays = gif_frames(rec / "wiggle.gif")
    assert (len(frames), sum(delays)) == (90, 300)


def test_17_rate(run, rec):
    run("fae rate dvs.es rate.svg")
    assert (rec / "rate.svg").read_text().startswith("<svg")
    found = json.loads(run("fae rate dvs.es --json")[0])
    assert found["grid_us"] == 1000
    assert found["bin_us"] % 1000 == 0
    assert sum(row["on"] + row["off"] for row in found["samples"]) == EVENTS
    assert run("fae rate dvs.es --csv")[0].startswith("t_us,on,off,rate_hz\n0,")


def test_18_chain_of_crop_and_polarity(run, rec):
    _, err = run("fae dvs.es : crop 80:240 60:180 : polarity on : out.es --stats")
    assert "165 456" in err
    kept = faery_cli.read(rec / "out.es").events()
    assert (len(kept), kept.size) == (89_039, (160, 120))


def test_19_chain_with_counts(run, rec):
    _, err = run("fae big.raw : hot-pixels 3 : denoise 2ms : out.raw --stats")
    assert re.search(r"hot-pixels +[\d ]+events", err)
    assert re.search(r"denoise +[\d ]+events +-", err)
    assert 0 < len(faery_cli.read(rec / "out.raw").events()) < 20_000


@pytest.mark.filterwarnings("ignore::aestream_io.EventDataWarning")  # it is sent several times
def test_20_and_21_send_and_record(run, rec):
    from aestream_io import open as open_address

    # A port that is free now; the recorder listens before the sender begins.
    with open_address("udp:127.0.0.1:0?size=320x240") as probe:
        port = getattr(getattr(probe, "_receiver", None), "port", 0)
    if not port:
        port = 47_331
    words = ["-m", "faery_cli", f"udp:127.0.0.1:{port}", "--size", "320x240", "--for", "3s", ":"]
    recorder = subprocess.Popen(
        [sys.executable, *words, "live.raw"], cwd=rec, stderr=subprocess.PIPE, text=True
    )
    run("fae cut dvs.es part.es --from 250ms --to 350ms")
    # However late the recorder begins, something is sent while it listens.
    while recorder.poll() is None:
        run(f"fae send part.es udp:127.0.0.1:{port} --speed 1 -q")
    _, err = recorder.communicate(timeout=60)
    assert recorder.returncode == 0, err
    part, live = (faery_cli.read(rec / name).events() for name in ("part.es", "live.raw"))
    assert len(live) > 0
    assert set(zip(live.x[:500].tolist(), live.y[:500].tolist(), strict=True)) <= set(
        zip(part.x.tolist(), part.y.tolist(), strict=True)
    )


def test_22_play(run):
    out, err = run("fae play dvs.es --speed 0.2 --tui --cells 40x15 --fast")
    assert "▀" in out
    assert "frames shown" in err


def test_23_view_prints_its_address(rec):
    words = [sys.executable, "-m", "faery_cli", "view", "big.raw", "--no-browser"]
    process = subprocess.Popen(words, cwd=rec, stdout=subprocess.PIPE, text=True,
                               stderr=subprocess.DEVNULL)  # fmt: skip
    assert process.stdout is not None
    try:
        assert re.fullmatch(r"http://127\.0\.0\.1:\d+/\n", process.stdout.readline())
    finally:
        process.terminate()
        process.wait(20)
        process.stdout.close()


def test_24_diff(run):
    run("fae convert dvs.es b.raw")
    assert run("fae diff dvs.es b.raw")[0] == f"identical events ({EVENTS:,})\n".replace(",", " ")
    assert "first difference at event 199 559" in run("fae diff dvs.es trunc.es", code=1)[0]


def test_25_batch_plan(run, rec):
    (rec / "jobs.toml").write_text(
        '[[job]]\ninputs = ["rec/*.raw"]\noutput = "out/{stem}.gif"\ncommand = "video"\n'
    )
    out, _ = run("fae batch jobs.toml -j 2 --dry-run")
    assert "2 to make, 0 up to date" in out


def test_26_faery_s_own_line(run, rec):
    run("fae input file dvs.es filter regularize 60.0 "
        "filter render exponential 0.2 starry_night output file a.mp4")  # fmt: skip
    assert movie(rec / "a.mp4") == (60, (320, 240))


def test_streaming_needs_little_memory(rec):
    """A chain over 8 million events stays far below what they would take."""
    resource = pytest.importorskip("resource")
    del resource
    code = (
        "import resource, sys\n"
        "from faery_cli.cli import main\n"
        "main(['synth:edges?duration=1s&size=1280x720&rate=2M', ':', 'denoise', '2ms', ':',"
        " 'null:', '-q'])\n"
        "before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
        "main(['synth:edges?duration=4s&size=1280x720&rate=2M', ':', 'denoise', '2ms', ':',"
        " 'null:', '-q'])\n"
        "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)\n"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=rec,
                         env={**os.environ, "OMP_NUM_THREADS": "1"})  # fmt: skip
    assert int(out.stdout) < 16_000, out.stderr  # kB more for four times as many events
