"""Pictures of whole recordings, turning clouds, wiggles, strips and legends."""

import hashlib

import numpy as np
import pytest
from fae_support import gif_frames, moving_edge, stream_of
from PIL import Image

import faery_cli
from faery_cli.errors import InputError
from faery_cli.pictures.read import read_png
from faery_cli.pictures.write import png_rgb
from neuro_kernels import Events


@pytest.fixture
def edge(tmp_path):
    stream_of(moving_edge()).save(tmp_path / "edge.es")


def picture(path):
    with Image.open(path) as image:
        return np.asarray(image.convert("RGB"))


def test_a_kinectograph_shows_when_each_column_was_passed(fae, edge, tmp_path):
    assert fae("image", "edge.es", "k.png", "--kind", "kinectograph", "--colormap", "gray")[0] == 0
    shown = picture(tmp_path / "k.png").astype(int)
    assert shown.shape[0] == 720
    # The edge crosses twice: at x it passes at t/2 and (1 + t)/2, in the mean later to the right.
    rows = shown[100:600, :960, 0].mean(axis=0)
    assert rows[700:900].mean() > rows[60:250].mean() + 20


def test_a_frame_shows_a_moment(fae, edge, tmp_path):
    assert fae("image", "edge.es", "a.png", "--at", "125ms", "--tau", "10ms")[0] == 0
    shown = picture(tmp_path / "a.png").astype(int)
    light = shown.sum(axis=(0, 2))
    assert 18 <= light.argmax() // 24 <= 21  # half of the first crossing
    assert fae("image", "edge.es", "b.png")[0] == 0
    assert fae("image", "edge.es", "c.png", "--at", "0s")[0] == 2


def test_hot_pixels_are_marked(fae, edge, tmp_path):
    assert fae("image", "edge.es", "h.png", "--kind", "hot-pixels")[0] == 0
    shown = picture(tmp_path / "h.png")
    factor = shown.shape[0] // 30
    orange = (shown == (240, 134, 28)).all(axis=2)[::factor, ::factor]
    assert orange[5, 7]
    assert orange.sum() < 10


@pytest.mark.parametrize("name", ["i.svg", "i.png"])
def test_intervals_are_drawn(fae, edge, tmp_path, name):
    assert fae("image", "edge.es", name, "--kind", "intervals")[0] == 0
    assert (tmp_path / name).stat().st_size > 1000


def test_a_region_is_drawn_as_the_cropped_recording_is(fae, edge, tmp_path):
    assert fae("edge.es", ":", "crop", "10:30", "5:20", ":", "part.es")[0] == 0
    for kind in ("spectrogram", "frame", "hot-pixels"):
        assert fae("image", "edge.es", "a.png", "--kind", kind, "--region", "10,5,20,15")[0] == 0
        assert fae("image", "part.es", "b.png", "--kind", kind)[0] == 0
        assert (tmp_path / "a.png").read_bytes() == (tmp_path / "b.png").read_bytes()
        for name in ("a.png", "b.png"):
            (tmp_path / name).unlink()
    code, _, err = fae("image", "edge.es", "a.png", "--region", "30,5,20,15")
    assert (code, "reaches outside of the picture" in err) == (2, True)
    code, _, err = fae("image", "edge.es", "a.png", "--region", "30,5,20")
    assert (code, "expected left,top,width,height" in err) == (2, True)


def test_a_spectrogram_has_no_tone_of_the_timestamps_grid(fae, tmp_path):
    rng = np.random.default_rng(0)
    t = np.sort(rng.integers(0, 1000, 20_000)) * 1000  # a clock that counts milliseconds
    x = np.zeros(len(t), int)
    stream_of(Events(t, x, x, x + 1, size=(2, 2))).save(tmp_path / "coarse.es")
    assert fae("image", "coarse.es", "s.png", "--kind", "spectrogram")[0] == 0
    with Image.open(tmp_path / "s.png") as image:
        light = np.asarray(image.convert("L")).astype(float)[18:490, 102:1370].mean(axis=1)
    assert light.max() < 4 * np.median(light)


@pytest.mark.parametrize(("theme", "background"), [("night", "#0b0d12"), ("light", "#ffffff")])
def test_pixels_without_events_have_the_background_of_the_theme(fae, tmp_path, theme, background):
    events = Events([1, 2, 3], [0, 0, 1], [0, 0, 0], [1, 1, 1], size=(8, 6))
    stream_of(events).save(tmp_path / "few.es")
    line = ("image", "few.es", "h.png", "--kind", "hot-pixels", "--theme", theme)
    assert fae(*line)[0] == 0
    pixels = picture(tmp_path / "h.png")
    assert "#" + bytes(pixels[-1, 0]).hex() == background
    assert "#" + bytes(pixels[0, 0]).hex() != background


def test_a_spectrogram_has_its_axes(fae, edge, tmp_path):
    assert fae("image", "edge.es", "s.png", "--kind", "spectrogram")[0] == 0
    assert picture(tmp_path / "s.png").shape == (240 * 2 + 56, 640 * 2 + 148, 3)


def test_a_cloud_is_a_still_or_turns(fae, edge, tmp_path):
    assert fae("image", "edge.es", "c.png", "--kind", "xyt")[0] == 0
    assert picture(tmp_path / "c.png").shape == (720, 960, 3)
    assert fae("edge.es", ":", "cloud", "6", "160x120", ":", "c.gif")[0] == 0
    frames, _ = gif_frames(tmp_path / "c.gif")
    assert len(frames) == 6
    assert frames[0].shape == (120, 160, 3)
    assert all((frames[k] != frames[k + 1]).any() for k in range(5))


def test_a_cloud_draws_the_same_for_any_packets():
    events = moving_edge()
    pair = [
        next(iter(stream_of(events, cuts).cloud(1, "80x60", points=300))).index
        for cuts in ((), (3, 777, 2000))
    ]
    np.testing.assert_array_equal(pair[0], pair[1])


def test_a_wiggle_has_ninety_frames_in_three_seconds(fae, edge, tmp_path):
    assert fae("video", "edge.es", "w.gif", "--kind", "wiggle", "--size", "2")[0] == 0
    frames, delays = gif_frames(tmp_path / "w.gif")
    assert (len(frames), sum(delays)) == (90, 300)
    np.testing.assert_array_equal(frames[1], frames[89])
    np.testing.assert_array_equal(frames[44], frames[46])


def test_strip_and_legend_are_added(fae, edge, tmp_path):
    line = "video edge.es s.gif --strip --legend --size 8 --fps 10 --no-timecode"
    assert fae(*line.split())[0] == 0
    frames, _ = gif_frames(tmp_path / "s.gif")
    assert frames[0].shape[1] == 320
    assert frames[0].shape[0] > 240
    stream = faery_cli.read(tmp_path / "edge.es").render(fps=10, tau="20ms").scale(8)
    plain, marked = (next(iter(s)).index for s in (stream, stream.legend("top-left")))
    assert (plain != marked)[:40, :140].any()
    np.testing.assert_array_equal(plain[60:], marked[60:])


def test_each_style_has_the_background_it_promises(edge, tmp_path):
    from faery_cli.pictures.styles import STYLES

    for name, style in STYLES.items():
        stream = faery_cli.read(tmp_path / "edge.es").render(style=name, fps=10, tau="20ms")
        colors = stream.shape.palette.colors
        assert "#{:02x}{:02x}{:02x}".format(*colors[0]) == style.background
        assert len(np.unique(next(iter(stream)).index)) > 2


@pytest.mark.parametrize("decay", ["exponential", "linear", "window", "cumulative"])
def test_pictures_do_not_depend_on_packets(decay):
    events = moving_edge()
    hashes = set()
    for cuts in ((), (1, 500, 3000)):
        frames = stream_of(events, cuts).render(decay, "20ms", fps=20)
        planes = b"".join(frame.index.tobytes() for frame in frames)
        hashes.add(hashlib.sha256(planes).hexdigest())
    assert len(hashes) == 1


def test_png_files_are_read_back(tmp_path):
    rng = np.random.default_rng(0)
    for channels in (3, 4):
        pixels = rng.integers(0, 256, (7, 5, channels), np.uint8)
        (tmp_path / "a.png").write_bytes(png_rgb(pixels))
        np.testing.assert_array_equal(read_png(tmp_path / "a.png")[..., :channels], pixels)


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA"])
def test_png_files_of_all_kinds_are_those_that_pillow_reads(tmp_path, mode):
    rng = np.random.default_rng(1)
    smooth = (np.add.outer(np.arange(40), np.arange(56)) * 2).astype(np.uint8)
    image = Image.fromarray(np.stack([smooth, smooth[::-1], 255 - smooth], axis=-1)).convert(mode)
    if mode == "RGBA":
        image.putalpha(Image.fromarray(rng.integers(0, 256, (40, 56), np.uint8)))
    image.save(tmp_path / "a.png")
    with Image.open(tmp_path / "a.png") as again:
        wanted = np.asarray(again.convert("RGBA"))
    np.testing.assert_array_equal(read_png(tmp_path / "a.png"), wanted)


def test_damaged_png_files_are_refused(tmp_path):
    whole = png_rgb(np.zeros((9, 9, 3), np.uint8))
    path = tmp_path / "a.png"
    for cut in range(0, len(whole), 3):
        path.write_bytes(whole[:cut])
        with pytest.raises(InputError):
            read_png(path)
    for place in range(8, len(whole), 2):
        damaged = bytearray(whole)
        damaged[place] ^= 0x55
        path.write_bytes(bytes(damaged))
        with pytest.raises(InputError):
            read_png(path)


# SHA-256 (first 16 digits) of all index planes of pictures that were looked at. Where one changes,
# look at the new pictures before their hash is stored here.
LOOKED_AT = {
    "exponential": "39e82edbf022d357",
    "linear": "afd94deb4dcc686d",
    "window": "1c9a3e4b0f69a93e",
    "cumulative": "1590d68d7111c624",
    "video": "79d427131dd1bc3e",
    "wiggle": "c1b5fc05b4b095b4",
    "cloud": "05be8189f2ccb752",
    "text": "d7cace6274362205",
}


def looked_at(name):
    stream = stream_of(moving_edge())
    if name == "video":
        pictures = stream.render("exponential", "20ms", "paper", fps=20, speed=0.5).scale(4)
        return pictures.timecode().legend().strip()
    if name == "wiggle":
        return stream.render("cumulative", "50ms", fps=20).scale(3).rewind(2)
    if name == "cloud":
        return stream.cloud(3, "160x120", points=1000)
    if name == "text":
        pictures = stream.render("window", "20ms", "ink", fps=10).scale(6)
        return pictures.annotate("{frame} {rate}", 4, 30)
    return stream.render(name, "20ms", fps=20)


@pytest.mark.parametrize("name", LOOKED_AT)
def test_pictures_are_those_that_were_looked_at(name):
    digest = hashlib.sha256()
    for frame in looked_at(name):
        digest.update(frame.index.tobytes())
    assert digest.hexdigest()[:16] == LOOKED_AT[name]
