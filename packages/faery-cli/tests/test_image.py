"""`fae image` and `fae video`: each option is used or refused, and damage is told."""

import numpy as np
import pytest
from fae_support import moving_edge, stream_of
from PIL import Image

from faery_cli.pictures.styles import STYLES
from neuro_kernels import Events

KINDS = ("frame", "kinectograph", "xyt", "hot-pixels", "intervals", "spectrogram")


@pytest.fixture
def edge(tmp_path):
    stream_of(moving_edge()).save(tmp_path / "edge.es")


def colors_of(path):
    """The colours that a hundredth of a picture's pixels or more have."""
    with Image.open(path) as image:
        least = image.width * image.height / 100
        found = image.convert("RGB").getcolors(1 << 24) or ()
    return {"#{:02x}{:02x}{:02x}".format(*color) for count, color in found if count >= least}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("style", ["paper", "edge"])
def test_each_kind_of_picture_has_its_style(fae, edge, tmp_path, kind, style):
    assert fae("image", "edge.es", "a.png", "--kind", kind, "--style", style)[0] == 0
    assert STYLES[style].background in colors_of(tmp_path / "a.png")


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_of_picture_has_its_theme(fae, edge, tmp_path, kind):
    for theme, background in (("night", "#0b0d12"), ("light", "#ffffff")):
        line = ("image", "edge.es", f"{theme}.png", "--kind", kind, "--theme", theme)
        assert fae(*line)[0] == 0
        assert background in colors_of(tmp_path / f"{theme}.png")


@pytest.mark.parametrize(
    ("words", "about"),
    [
        ("image edge.es a.png --kind kinectograph --tau 3ms", "kinectograph does not use --tau"),
        ("image edge.es a.png --kind xyt --at=1s", "xyt does not use --at"),
        ("image edge.es a.png --colormap batlow", "frame does not use --colormap"),
        ("image edge.es a.png --style ink --theme light", "leave out --theme"),
        ("video edge.es a.gif --kind xyt --strip", "xyt does not use --strip"),
        ("video edge.es a.gif --kind wiggle --speed 0.1", "wiggle does not use --speed"),
        ("rate edge.es a.svg --format pdf", "unknown format 'pdf'"),
        ("image edge.es -", "say --format"),
    ],
)
def test_what_a_picture_has_no_use_for_is_refused(fae, edge, tmp_path, words, about):
    code, out, err = fae(*words.split())
    assert (code, out) == (2, "")
    assert about in err
    assert sorted(p.name for p in tmp_path.iterdir()) == ["edge.es"]


def test_a_wiggle_has_a_legend_and_another_decay(fae, edge, tmp_path):
    line = ("video", "edge.es", "a.gif", "--kind", "wiggle", "--size", "4", "--fps", "10")
    assert fae(*line)[0] == 0
    plain = (tmp_path / "a.gif").read_bytes()
    assert fae(*line, "-y", "--legend")[0] == 0
    legend = (tmp_path / "a.gif").read_bytes()
    assert fae(*line, "-y", "--decay", "window")[0] == 0
    assert len({plain, legend, (tmp_path / "a.gif").read_bytes()}) == 3


def test_pictures_of_a_damaged_recording_say_so(fae, edge, tmp_path):
    data = (tmp_path / "edge.es").read_bytes()
    (tmp_path / "cut.es").write_bytes(data[:-1002])
    for kind in ("kinectograph", "intervals"):
        code, _, err = fae("image", "cut.es", f"{kind}.png", "--kind", kind)
        assert code == 3
        assert "cut.es" in err


def test_the_rate_of_an_incomplete_last_bin_is_that_of_its_part(fae, tmp_path):
    t = np.arange(0, 95_000, 10)
    events = Events(t, t * 0, t * 0, t % 20 == 0, size=(1, 1))
    stream_of(events).save(tmp_path / "a.es")
    rows = fae("rate", "a.es", "--csv", "--bin", "10ms")[1].splitlines()
    assert rows[-1] == "90000,250,250,100000"
    assert rows[1] == "0,500,500,100000"


def test_a_figure_goes_to_the_standard_output(fae, edge):
    assert fae("rate", "edge.es", "-", "--format", "svg")[1].startswith("<svg")


@pytest.mark.parametrize(
    ("words", "option"),
    [
        ("info junk.xyz", "Give --input-format to say"),
        ("junk.xyz : a.es", "Give --format after the source to say"),
        ("input file junk.xyz output file a.es", "--file-type"),
        ("diff junk.xyz junk.xyz", "Give --input-format to say"),
    ],
)
def test_an_unknown_format_names_the_option_that_tells_it(fae, tmp_path, words, option):
    (tmp_path / "junk.xyz").write_bytes(bytes(range(200, 256)) * 20)
    code, _, err = fae(*words.split())
    assert code in (2, 3)
    assert option in err
    assert "Pass" not in err


def test_intervals_of_a_coarse_clock_are_no_comb(fae, tmp_path):
    rng = np.random.default_rng(3)
    t = np.sort(rng.integers(0, 4_000_000, 20_000)) // 1000 * 1000
    events = Events(t, rng.integers(0, 20, len(t)), t * 0, rng.integers(0, 2, len(t)), size=(20, 1))
    stream_of(events).save(tmp_path / "a.es")
    assert fae("image", "a.es", "i.svg", "--kind", "intervals")[0] == 0
    curves = [
        [float(p.split(",")[1]) for p in line.split('points="')[1].split('"')[0].split()]
        for line in (tmp_path / "i.svg").read_text().splitlines()
        if 'stroke-width="2"' in line
    ]
    for curve in curves[:2]:  # the others are in the legend
        heights = max(curve) - np.array(curve[:8])  # y is downward
        assert (heights[1:-1] > 0.6 * np.minimum(heights[:-2], heights[2:])).all()


def test_hot_pixels_stand_out_of_any_colours(fae, edge, tmp_path):
    line = ("image", "edge.es", "a.png", "--kind", "hot-pixels", "-y")
    assert fae(*line)[0] == 0
    assert fae(*line[:2], "b.png", *line[3:], "--style", "heat")[0] == 0
    marks = {"#f0861c": "a.png", "#1f9bf0": "b.png"}
    for color, name in marks.items():
        with Image.open(tmp_path / name) as image:
            found = {c for _, c in image.convert("RGB").getcolors(1 << 24) or ()}
        assert tuple(bytes.fromhex(color[1:])) in found
