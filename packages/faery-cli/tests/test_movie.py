"""Video files: decoded back with PyAV, and what happens without it."""

import os
import stat
import sys
from types import SimpleNamespace

import numpy as np
import pytest
from fae_support import moving_edge, stream_of
from PIL import Image

import aestream_io
import faery_cli
from faery_cli import MissingError, OutputError, UsageError
from neuro_kernels import Events
from neuro_kernels.render import yuv_table

FAKE_FFMPEG = """\
#!{python}
import sys
data = sys.stdin.buffer.read()
open(sys.argv[-1], "wb").write(" ".join(sys.argv[1:-1]).encode() + b"|" + data)
"""


@pytest.fixture
def av():
    return pytest.importorskip("av")


def decoded(av, path):
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        codec, rate, base = stream.codec_context, stream.average_rate, stream.time_base
        # A stream tells nothing once its container is closed.
        told = SimpleNamespace(codec=codec.name, profile=codec.profile, rate=rate, base=base)
        return told, list(container.decode(video=0))


def test_a_movie_is_h264_with_the_right_times_and_tags(av, tmp_path):
    report = stream_of(moving_edge()).video(tmp_path / "a.mp4", tau="30ms", scale=4)
    stream, frames = decoded(av, tmp_path / "a.mp4")
    assert (stream.codec, stream.profile) == ("h264", "High")
    assert report.frames == len(frames) == 30
    assert report.bytes == os.path.getsize(tmp_path / "a.mp4")
    assert stream.rate == 60
    assert [round(float(f.pts * stream.base) * 60) for f in frames] == list(range(30))
    assert (frames[0].width, frames[0].height) == (160, 120)
    # Limited range, BT.709: what players assume.
    assert (int(frames[0].color_range), int(frames[0].colorspace)) == (1, 1)
    # The index stands before the data, so that playing can begin while it loads.
    data = (tmp_path / "a.mp4").read_bytes()
    assert data.index(b"moov") < data.index(b"mdat")


def test_a_lossless_movie_keeps_every_pixel(av, tmp_path):
    stream = stream_of(moving_edge()).render(tau="30ms", fps=60).timecode()
    stream.save(tmp_path / "a.mp4", lossless=True)
    table = yuv_table(stream.shape.palette.colors)
    _, frames = decoded(av, tmp_path / "a.mp4")
    for got, wanted in zip(frames, stream, strict=True):
        np.testing.assert_array_equal(
            got.to_ndarray(format="yuv444p"), table[wanted.index].transpose(2, 0, 1)
        )


def test_odd_sides_are_filled_up_with_background(av, tmp_path):
    events = Events([0, 10, 20], [0, 1, 2], [0, 1, 2], [1, 1, 1], size=(3, 5))
    stream_of(events).render(tau="30ms", flash=True).scale(5).save(tmp_path / "a.mp4")
    _, frames = decoded(av, tmp_path / "a.mp4")
    assert (frames[0].width, frames[0].height) == (16, 26)


def test_webm_is_written(av, tmp_path):
    stream_of(moving_edge()).cut(0, 0.1).video(tmp_path / "a.webm", tau="30ms", scale=1)
    stream, frames = decoded(av, tmp_path / "a.webm")
    assert stream.codec == "vp9"
    assert len(frames) == 6


def test_a_command_line_writes_a_movie(av, fae, tmp_path):
    aestream_io.write(tmp_path / "in.es", moving_edge())
    code, _, err = fae("video", "in.es", "a.mp4", "--crf", "30", "--preset", "ultrafast")
    assert code == 0
    assert "a.mp4: 30 frames, 960x720" in err
    assert fae("video", "in.es", "-", "--format", "mp4")[0] == 2


@pytest.fixture
def no_av(monkeypatch):
    monkeypatch.setitem(sys.modules, "av", None)
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)


def test_without_any_encoder_the_extra_is_named_and_nothing_is_left(
    no_av, fae, monkeypatch, tmp_path
):
    aestream_io.write(tmp_path / "in.es", moving_edge())
    monkeypatch.setenv("PATH", str(tmp_path))
    code, _, err = fae("video", "in.es", "a.mp4")
    assert code == 5
    assert "pip install 'faery-cli[video]'" in err
    assert [p.name for p in tmp_path.iterdir()] == ["in.es"]
    with pytest.raises(MissingError, match="ffmpeg is not on PATH"):
        stream_of(moving_edge()).render().save(tmp_path / "a.mp4", backend="ffmpeg")


@pytest.mark.skipif(os.name == "nt", reason="the stand-in for ffmpeg is a script")
def test_without_pyav_the_program_ffmpeg_gets_the_planes(no_av, monkeypatch, tmp_path):
    program = tmp_path / "bin" / "ffmpeg"
    program.parent.mkdir()
    program.write_text(FAKE_FFMPEG.format(python=sys.executable))
    program.chmod(program.stat().st_mode | stat.S_IEXEC)
    monkeypatch.setenv("PATH", str(program.parent))
    stream = stream_of(moving_edge()).render(tau="30ms", fps=60)
    report = stream.save(tmp_path / "a.mp4")
    command, planes = (tmp_path / "a.mp4").read_bytes().split(b"|", 1)
    assert b"-s 40x30 -r 60" in command
    assert b"libx264" in command
    assert len(planes) == report.frames * 40 * 30 * 3 // 2
    luma = np.frombuffer(planes, np.uint8)[: 40 * 30].reshape(30, 40)
    first = next(iter(stream))
    np.testing.assert_array_equal(luma, yuv_table(stream.shape.palette.colors)[first.index, 0])


@pytest.mark.skipif(os.name == "nt", reason="the stand-in for ffmpeg is a script")
def test_what_ffmpeg_says_is_passed_on(no_av, monkeypatch, tmp_path):
    program = tmp_path / "bin" / "ffmpeg"
    program.parent.mkdir()
    program.write_text(f"#!{sys.executable}\nimport sys\nsys.exit('no such codec')\n")
    program.chmod(program.stat().st_mode | stat.S_IEXEC)
    monkeypatch.setenv("PATH", str(program.parent))
    with pytest.raises(OutputError, match="ffmpeg failed: no such codec"):
        stream_of(moving_edge()).render(tau="30ms").save(tmp_path / "a.mp4")
    assert [p.name for p in tmp_path.iterdir()] == ["bin"]


def test_an_interrupted_movie_leaves_nothing(av, monkeypatch, tmp_path):
    from faery_cli.stages.scale import Scale

    def stop(self, item):
        raise KeyboardInterrupt

    monkeypatch.setattr(Scale, "feed", stop)
    with pytest.raises(KeyboardInterrupt):
        stream_of(moving_edge()).video(tmp_path / "a.mp4")
    assert list(tmp_path.iterdir()) == []


def test_wrong_options_are_refused(tmp_path):
    with pytest.raises(UsageError, match="did you mean 'medium'"):
        stream_of(moving_edge()).render().save(tmp_path / "a.mp4", preset="medum")


@pytest.mark.parametrize("words", [(), ("--lossless",)])
def test_webp_shows_the_pictures(fae, tmp_path, words):
    pytest.importorskip("av")
    line = "video synth:bar?duration=400ms&size=64x48&rate=100k a.webp --size 2 --fps 10"
    code, _, err = fae(*line.split(), *words)
    assert code == 0, err
    stream = faery_cli.open("synth:bar?duration=400ms&size=64x48&rate=100k")
    pictures = stream.render(fps=10).scale(2).timecode()
    colors = pictures.shape.palette.colors
    with Image.open(tmp_path / "a.webp") as image:
        assert image.n_frames == 4
        for k, frame in enumerate(pictures):
            image.seek(k)
            shown = np.asarray(image.convert("RGB")).astype(int)
            apart = np.abs(shown - colors[frame.index])
            assert apart.mean() < (0.01 if words else 12)
            assert image.info["duration"] in (99, 100, 101)
