"""The page of `fae view` in a headless browser."""

import shutil
import subprocess
import sys

import numpy as np
import pytest
from fae_support import moving_edge, stream_of
from PIL import Image

playwright = pytest.importorskip("playwright.sync_api")
CHROMIUM = shutil.which("chromium")
pytestmark = [
    pytest.mark.skipif(CHROMIUM is None, reason="there is no program chromium on PATH"),
    pytest.mark.filterwarnings("ignore"),
]
SOFTWARE_GL = ["--no-sandbox", "--use-angle=swiftshader", "--enable-unsafe-swiftshader"]


@pytest.fixture(scope="module")
def browser():
    with playwright.sync_playwright() as library:
        chromium = library.chromium.launch(executable_path=CHROMIUM, args=SOFTWARE_GL)
        yield chromium
        chromium.close()


@pytest.fixture
def show(browser, tmp_path):
    """Open a page that shows events; gives it and the messages of its console."""
    started = []

    def open_page(*words, query=""):
        command = [sys.executable, "-m", "faery_cli", "view", *words, "--no-browser", "-q"]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=tmp_path)
        started.append(process)
        url = process.stdout.readline().strip()
        page = browser.new_page(viewport={"width": 900, "height": 640})
        said = []
        page.on("console", lambda message: said.append(message.text))
        page.on("pageerror", lambda error: said.append(str(error)))
        page.goto(url + query)
        wait(page, "window.fae && fae.frames > 3")
        return page, said

    yield open_page
    for process in started:
        process.terminate()
        process.wait(20)
        process.stdout.close()


def wait(page, condition):
    """Wait until an expression is true in the page, whose policy forbids it to do so by itself."""
    for _ in range(600):
        if page.evaluate(condition):
            return
        page.wait_for_timeout(50)
    raise AssertionError(f"not within 30 s: {condition}; {page.evaluate('JSON.stringify(fae)')}")


def picture(page, tmp_path):
    page.locator("#view").screenshot(path=str(tmp_path / "view.png"))
    with Image.open(tmp_path / "view.png") as image:
        return np.asarray(image.convert("RGB")).astype(int)


@pytest.fixture
def edge(tmp_path):
    stream_of(moving_edge(duration_us=2_000_000)).save(tmp_path / "edge.es")


def test_a_recording_plays_pauses_and_is_gone_through(show, edge, tmp_path):
    page, said = show("edge.es")
    wait(page, "fae.now > 300000 && fae.events > 400")
    page.click("#play")
    assert page.inner_text("#play") == "Play"
    page.wait_for_timeout(300)
    first = page.evaluate("fae.now")
    page.wait_for_timeout(300)
    assert page.evaluate("fae.now") == first
    box = page.locator("#strip").bounding_box()
    page.mouse.click(box["x"] + box["width"] * 0.75, box["y"] + 10)
    wait(page, "fae.now > 1450000 && fae.now < 1550000")
    page.wait_for_timeout(200)
    # At three quarters of the time the edge is in the middle of its second crossing.
    light = picture(page, tmp_path).sum(axis=2)
    bright = np.argwhere(light > light.max() * 0.7)[:, 1]
    assert 0.3 < np.median(bright) / light.shape[1] < 0.6
    assert (page.evaluate("fae.error"), said) == (None, [])
    page.close()


@pytest.mark.parametrize("painter", ["webgl2", "canvas"])
def test_colours_polarity_and_decay_change_the_picture(show, edge, tmp_path, painter):
    page, said = show("edge.es", query=f"?draw={painter}")
    assert page.evaluate("fae.painter") == painter
    wait(page, "fae.now > 500000")
    page.click("#play")
    page.wait_for_timeout(300)
    night = picture(page, tmp_path)
    page.select_option("#map", "paper")
    page.wait_for_timeout(300)
    paper = picture(page, tmp_path)
    assert np.median(night.sum(axis=2)) < 100
    assert np.median(paper.sum(axis=2)) > 600
    page.select_option("#polarity", "1")
    page.wait_for_timeout(300)
    assert (picture(page, tmp_path) != paper).any()
    page.select_option("#decay", "window")
    page.evaluate("document.getElementById('tau').value = 0")
    page.wait_for_timeout(300)
    assert (picture(page, tmp_path) != paper).any()
    assert said == []
    page.close()


def test_a_region_is_chosen_by_dragging_and_a_screenshot_saved(show, edge, tmp_path):
    page, _ = show("edge.es")
    box = page.locator("#view").bounding_box()
    middle = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(middle[0] - 90, middle[1] - 60)
    page.mouse.down()
    page.mouse.move(middle[0] + 90, middle[1] + 60)
    page.mouse.up()
    size = page.evaluate("[roi.width, roi.height]")
    assert 3 < size[0] < 40
    assert 3 < size[1] < 30
    with page.expect_download() as download:
        page.click("#shot")
    download.value.save_as(tmp_path / "shot.png")
    with Image.open(tmp_path / "shot.png") as image:
        assert image.size[0] % size[0] == 0
    page.click("#whole")
    assert page.evaluate("[roi.width, roi.height]") == [40, 30]
    page.close()


def test_a_live_stream_is_shown(show):
    page, said = show("synth:edges?size=64x48&rate=50k")
    wait(page, "fae.events > 10000")
    assert page.evaluate("fae.hello.live")
    assert said == []
    page.close()


def test_a_network_is_shown_beside_the_events(show, edge, tmp_path):
    write_network(tmp_path / "net.nir")
    page, said = show("edge.es", "--model", "net.nir", "--dt", "10ms")
    wait(page, "fae.spikes && fae.spikes.times.length > 0 && fae.now > 500000")
    assert page.locator("#raster").is_visible()
    assert said == []
    page.close()


def test_a_network_runs_beside_a_live_stream(show, tmp_path):
    write_network(tmp_path / "net.nir")
    words = "synth:edges?size=40x30&rate=50k", "--model", "net.nir", "--dt", "2ms"
    page, said = show(*words)
    wait(page, "fae.spikes && fae.spikes.count > 20")
    first = page.evaluate("fae.spikes.count")
    wait(page, f"fae.spikes.count > {first} + 20")
    assert page.locator("#raster").is_visible()
    assert not page.locator("#play").is_visible()
    assert said == []
    page.close()


def write_network(path):
    nir = pytest.importorskip("nir_core")
    n = 30 * 40
    weight = np.random.default_rng(0).random((6, n)).astype(np.float32)
    nodes = {
        "input": nir.Input(np.array([n])),
        "fc": nir.Affine(weight, np.zeros(6, np.float32)),
        "lif": nir.LIF(tau=np.full(6, 0.02), r=np.ones(6), v_leak=np.zeros(6),
                       v_threshold=np.ones(6)),
        "output": nir.Output(np.array([6])),
    }  # fmt: skip
    edges = [("input", "fc"), ("fc", "lif"), ("lif", "output")]
    nir.write(path, nir.NIRGraph(nodes=nodes, edges=edges))
