"""The demo's report: figures that parse, text that cannot break the page."""

import sys
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from demo.plots import line_chart, raster
from demo.report import Report, Verdict


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


def test_the_page_escapes_text_and_leaves_no_temporary_file(tmp_path):
    report = Report("a <title>", "lead & more")
    report.table(["name", "n"], [["<b>", 1200], [Verdict(False, "differs"), 3]])
    report.write(tmp_path / "report.html")
    page = (tmp_path / "report.html").read_text()
    assert "&lt;title&gt;" in page
    assert "&lt;b&gt;" in page
    assert "1,200" in page
    assert 'class="bad"' in page
    assert [p.name for p in tmp_path.iterdir()] == ["report.html"]
