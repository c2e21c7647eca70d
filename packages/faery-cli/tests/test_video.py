import io

import numpy as np
import pytest
from fae_support import cuts, event_lists, gif_frames, moving_edge, stream_of
from hypothesis import given, settings
from hypothesis import strategies as st

import faery_cli
from faery_cli import UsageError
from faery_cli.pictures.font import draw_text, text_size
from faery_cli.pictures.renderer import DECAYS
from faery_cli.pictures.styles import STYLES, make_palette
from faery_cli.pictures.tau import RateSample, automatic_tau
from neuro_kernels import Events


@pytest.mark.parametrize("decay", DECAYS)
@settings(deadline=None, max_examples=25)
@given(events=event_lists(), places=cuts, tau=st.sampled_from(["auto", "5ms"]))
def test_frames_do_not_depend_on_packets(decay, events, places, tau):
    def frames(p, **how):
        chain = stream_of(events, p, **how).render(decay, tau, fps=60, flash=True)
        return [(f.t_us, f.events, f.index.tobytes()) for f in chain]

    assert frames(places) == frames(())
    assert frames(places, again=False) == frames(())


@settings(deadline=None, max_examples=25)
@given(event_lists(sorted_time=True), cuts)
def test_rendering_a_regular_stream_gives_the_frames_of_rendering_at_that_rate(events, places):
    direct = list(stream_of(events).render(tau="5ms", fps=100))
    regular = list(stream_of(events, places).regularize(100).render(tau="5ms"))
    assert [f.t_us for f in regular] == [f.t_us for f in direct]
    for a, b in zip(regular, direct, strict=True):
        np.testing.assert_array_equal(a.index, b.index)


def test_frames_stand_at_the_ends_of_equal_periods():
    events = Events([1000, 200_000, 700_000], [0, 1, 2], [0] * 3, [1] * 3, size=(4, 3))
    frames = list(stream_of(events).render(tau="1s", fps=10, speed=2))
    assert [f.t_us for f in frames] == [201_000, 401_000, 601_000, 801_000]
    assert [f.events for f in frames] == [2, 0, 0, 1]
    assert [int((f.index > 0).sum()) for f in frames] == [2, 2, 2, 3]


def test_the_flash_of_the_first_moment_is_left_out_and_said_so(tmp_path):
    edge = moving_edge(hot=False)
    y, x = np.divmod(np.arange(40 * 30), 40)
    flash = Events(np.zeros(1200, int), x, y, np.ones(1200, int), size=(40, 30))
    events = Events.concatenate([flash, edge])
    without = list(stream_of(events, [3, 700]).render(tau="30ms"))
    assert (without[0].index > 0).mean() < 0.3
    with_flash = list(stream_of(events).render(tau="30ms", flash=True))
    assert (with_flash[0].index > 0).all()
    report = stream_of(events).video(tmp_path / "a.gif")
    assert any("1200 events of the first microsecond" in note for note in report.notes)


def test_a_gif_has_the_palettes_colours_and_the_right_duration(tmp_path):
    events = moving_edge()
    path = tmp_path / "out.gif"
    report = faery_cli.video(events, path, fps=30, speed=0.5, tau="30ms")
    pictures, delays = gif_frames(path)
    assert report.frames == 30
    assert sum(delays) == 100
    assert set(delays) <= {3, 4}
    assert pictures[0].shape == (480, 640, 3)
    known = make_palette(STYLES["night"]).colors @ [1 << 16, 1 << 8, 1]
    for picture in pictures:
        assert np.isin(np.unique(picture @ [1 << 16, 1 << 8, 1]), known).all()


def test_every_pixel_of_a_gif_is_that_of_its_frame(tmp_path):
    stream = stream_of(moving_edge()).render(tau="20ms", fps=20).scale(3).timecode()
    path = tmp_path / "out.gif"
    stream.save(path)
    pictures, delays = gif_frames(path)
    frames = list(stream)
    assert len(pictures) == len(frames)
    assert delays == [5] * len(frames)
    colors = stream.shape.palette.colors
    for picture, frame in zip(pictures, frames, strict=True):
        np.testing.assert_array_equal(picture, colors[frame.index])


@pytest.mark.parametrize("style", STYLES.values(), ids=lambda s: s.name)
def test_a_style_has_its_background_and_ramps_that_leave_it_steadily(style):
    palette = make_palette(style, levels=40)
    background = tuple(int(style.background[i : i + 2], 16) for i in (1, 3, 5))
    assert tuple(palette.colors[0]) == background
    dark = sum(background) < 384
    weights = np.array([0.2126, 0.7152, 0.0722])
    for first in (palette.shading.off, palette.shading.on):
        ramp = palette.colors[first : first + 40].astype(float) @ weights
        steps = np.diff(np.concatenate([[np.dot(background, weights)], ramp]))
        assert ((steps > -0.5) if dark else (steps < 0.5)).all()
        assert abs(ramp[-1] - ramp[0]) > 60
    assert len(palette.colors) <= 255


@pytest.mark.parametrize("style", STYLES)
def test_text_keeps_its_contrast_on_any_level(style):
    palette = make_palette(STYLES[style])
    text, rim = (palette.colors[k].astype(float) for k in (palette.text, palette.outline))
    assert abs(text - rim).sum() > 500


def test_text_is_drawn_inside_the_picture_only_with_a_rim():
    picture = np.zeros((9, 20), np.uint8)
    draw_text(picture, "HI", -3, -2, color=1, outline=2)
    assert {1, 2} <= set(np.unique(picture))
    draw_text(picture, "far away", 500, 500, color=1)
    draw_text(picture, "far away", -500, 0, color=1)
    before = picture.copy()
    draw_text(picture, "", 0, 0, color=1)
    np.testing.assert_array_equal(picture, before)
    assert text_size("abc", 2) == (34, 18)


def test_every_printable_character_has_a_glyph_of_its_own():
    shapes = set()
    for code in range(33, 127):
        picture = np.zeros((9, 5), np.uint8)
        draw_text(picture, chr(code), 0, 0, color=1)
        assert picture.any(), chr(code)
        shapes.add(picture.tobytes())
    assert len(shapes) == 94


def test_the_automatic_decay_follows_the_median_rate_not_a_burst():
    sample = RateSample()
    n = 10_000
    t = np.concatenate([np.zeros(5000, int), np.linspace(0, 10**6, n, dtype=int)])
    z = np.zeros(len(t), int)
    sample.add(Events(t, z, z, z, size=(100, 100)))
    assert sample.median_hz() == pytest.approx(10_000, rel=0.02)
    assert automatic_tau(sample, (100, 100), 1000) == pytest.approx(100_000, rel=0.05)
    assert automatic_tau(sample, (100, 100), 1e6) == 500_000
    assert automatic_tau(RateSample(), (100, 100), 1000) > 0


def test_pictures_faster_than_a_gif_can_show_are_refused(tmp_path):
    with pytest.raises(UsageError, match="50 pictures per second"):
        stream_of(moving_edge()).video(tmp_path / "a.gif", fps=60)
    assert list(tmp_path.iterdir()) == []


def test_a_video_of_an_endless_stream_is_refused(tmp_path):
    with pytest.raises(UsageError, match="never ends"):
        stream_of(moving_edge(), finite=False).video(tmp_path / "a.gif")
    assert list(tmp_path.iterdir()) == []


def test_a_gif_plays_as_often_as_asked(tmp_path):
    from PIL import Image

    faery_cli.video(moving_edge(), tmp_path / "a.gif", loops=3, tau="30ms", scale=1)
    with Image.open(tmp_path / "a.gif") as image:
        assert image.info["loop"] == 2


def test_an_empty_recording_is_refused_or_drawn_as_nothing(tmp_path):
    with pytest.raises(faery_cli.FaeError, match="no events"):
        stream_of(Events.empty((4, 4))).video(tmp_path / "a.gif")
    assert list(tmp_path.iterdir()) == []


def test_a_gif_to_an_open_stream_needs_no_seeking():
    from faery_cli.outputs import gif

    class Pipe(io.RawIOBase):
        def writable(self):
            return True

        def write(self, data):
            return len(data)

    with stream_of(moving_edge()).render(tau="20ms").run() as run:
        assert gif._write(run, Pipe(), {"loops": 0}).frames == 15
