"""The pipeline's page: figures that parse, text that cannot break it."""

import struct
import zlib
from xml.etree import ElementTree

import numpy as np
import pytest

from norse_lite.pipeline import Page, Verdict
from norse_lite.pipeline._figures import (
    confusion_table,
    event_picture,
    line_chart,
    png,
    raster,
    share_bar,
)


def test_a_line_chart_is_well_formed_and_names_its_axes():
    svg = line_chart({"a < b": [0, 1, 4]}, x=[1, 2, 3], x_label="epoch", y_label="loss & more")
    texts = [e.text for e in ElementTree.fromstring(svg).iter() if e.tag.endswith("text")]
    assert "a < b" in texts
    assert "epoch" in texts
    assert "loss & more" in texts


@pytest.mark.parametrize("values", [[0.0], [0.0, 0.0], [1e-9, 2e-9], [5e6, 1.0]])
def test_a_line_chart_takes_any_range(values):
    ElementTree.fromstring(
        line_chart({"y": values}, x=list(range(len(values))), x_label="x", y_label="y")
    )


def test_a_raster_draws_one_mark_for_each_spike_of_the_rows_it_shows():
    spikes = np.zeros((10, 100))
    spikes[2, 7] = spikes[3, 7] = spikes[4, 50] = 1
    svg = ElementTree.fromstring(raster({"layer": spikes}, step_ms=1.0, neurons=1))
    marks = [e for e in svg.iter() if e.tag.endswith("rect") and e.get("class") is None]
    assert len(marks) == 2


def test_the_page_escapes_text():
    page = Page("a <title>", "lead & more")
    page.table(["name", "n"], [["<b>", 1200], [Verdict(False, "differs"), 3]])
    page.note("1 < 2")
    page.details("<more>", ["x"], [["y"]])
    text = page.html()
    assert "&lt;title&gt;" in text
    assert "<td>&lt;b&gt;</td>" in text
    assert "1,200" in text
    assert 'class="bad"' in text
    assert "1 &lt; 2" in text
    assert "&lt;more&gt;" in text


def test_a_png_holds_its_pixels():
    pixels = np.random.default_rng(0).integers(0, 256, (5, 3, 4)).astype(np.uint8)
    data = png(pixels)
    assert data.startswith(b"\x89PNG\r\n\x1a\n")
    assert struct.unpack(">2I", data[16:24]) == (3, 5)
    size = struct.unpack(">I", data[33:37])[0]
    rows = np.frombuffer(zlib.decompress(data[41 : 41 + size]), np.uint8).reshape(5, 13)
    assert (rows[:, 0] == 0).all()
    assert np.array_equal(rows[:, 1:].reshape(5, 3, 4), pixels)


def test_a_picture_of_no_events_is_clear():
    assert event_picture(np.zeros((2, 2)), np.zeros((2, 2)), alt='no "events"').count('"') == 4


def test_a_confusion_table_is_well_formed_and_shades_by_row():
    table = ElementTree.fromstring(confusion_table([[3, 1], [0, 0]], ["a<", "b"]))
    cells = [td for td in table.iter("td") if td.get("class")]
    assert [td.text for td in cells] == ["3", "1", None, None]
    assert [td.get("style") for td in cells[:2]] == ["--share:0.750", "--share:0.250"]


def test_a_share_bar_stays_inside_its_frame():
    assert "width:100.0%" in share_bar(1.7)
    assert "width:0.0%" in share_bar(-1)
