"""The verbs that look at recordings, make them, or explain."""

import json
import subprocess

import numpy as np
import pytest
from fae_support import moving_edge, stream_of
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

import faery_cli
from faery_cli.pictures.colormaps import colormap, colormap_names, simulate
from faery_cli.pictures.rate import RateCounter
from faery_cli.pictures.terminal import HalfBlocks
from faery_cli.registry import stages
from faery_cli.verbs._registry import names, verbs
from faery_cli.verbs.stats import area, kept_by, score
from neuro_kernels import Events


@pytest.fixture
def edge(tmp_path):
    events = moving_edge()
    stream_of(events).save(tmp_path / "edge.es")
    stream_of(events).save(tmp_path / "edge.raw")
    return events


def test_check_finds_a_cut_and_its_place(fae, edge, tmp_path):
    assert fae("check", "edge.es", "edge.raw")[0] == 0
    data = (tmp_path / "edge.es").read_bytes()
    (tmp_path / "cut.es").write_bytes(data[:5003])
    code, out, _ = fae("check", "cut.es")
    assert code == 1
    assert "events are good" in out
    assert "first at byte" in out
    found = json.loads(fae("check", "--json", "cut.es")[1])
    assert not found["ok"]
    assert 4990 < found["first_problem_byte"] <= 5003
    assert 0 < found["events"] < len(edge)


def test_check_finds_times_that_step_back(fae, tmp_path):
    events = Events([10, 20, 15, 30], [0] * 4, [0] * 4, [1] * 4, size=(4, 4))
    stream_of(events).save(tmp_path / "back.csv")
    code, out, _ = fae("check", "back.csv")
    assert code == 1
    assert "time steps back 1 times, first at event 2" in out


def test_check_goes_on_after_a_missing_file(fae, edge):
    code, out, err = fae("check", "none.es", "edge.es")
    assert code == 3
    assert "edge.es" in out
    assert "none.es: no such file" in err


def test_diff_compares_across_formats(fae, edge, tmp_path):
    assert fae("diff", "edge.es", "edge.raw") == (0, "identical events (4 000)\n", "")
    changed = Events(edge.t, edge.x, edge.y, edge.p, size=edge.size)
    p = changed.p.copy()
    p[1234] ^= 1
    stream_of(Events(edge.t, edge.x, edge.y, p, size=edge.size)).save(tmp_path / "b.raw")
    code, out, _ = fae("diff", "edge.es", "b.raw")
    assert code == 1
    assert out.startswith("first difference at event 1 234:")
    stream_of(edge[:100]).save(tmp_path / "c.raw")
    found = json.loads(fae("diff", "edge.es", "c.raw", "--json")[1])
    assert (found["identical"], found["index"], found["second"]) == (False, 100, "end")
    late = Events(edge.t + 77, edge.x, edge.y, edge.p, size=edge.size)
    stream_of(late).save(tmp_path / "d.raw")
    assert fae("diff", "edge.es", "d.raw")[0] == 1
    assert fae("diff", "edge.es", "d.raw", "--zero")[0] == 0


def test_the_rate_is_never_finer_than_the_clock(fae, tmp_path):
    t = np.repeat(np.arange(0, 1_000_000, 1000), 7)
    n = len(t)
    events = Events(t, [0] * n, [0] * n, np.arange(n) % 2, size=(4, 4))
    stream_of(events).save(tmp_path / "a.raw")
    found = json.loads(fae("rate", "a.raw", "--json", "--bins", "5000")[1])
    assert (found["bin_us"], found["grid_us"]) == (1000, 1000)
    assert {row["rate_hz"] for row in found["samples"]} == {7000.0}
    csv = fae("rate", "a.raw", "--csv", "--bin", "10ms")[1].splitlines()
    assert len(csv) == 101
    assert csv[1] == "0,35,35,7000"


@settings(deadline=None, max_examples=40)
@given(st.lists(st.integers(0, 300_000), min_size=1, max_size=60), st.integers(1, 50_000))
def test_a_rate_curve_counts_every_event_once(steps, bin_us):
    t = np.sort(np.array(steps))
    events = Events(t, t * 0, t * 0, t % 2, size=(1, 1))
    counter = RateCounter()
    for part in (events[: len(t) // 2], events[len(t) // 2 :]):
        counter.add(part)
    curve = counter.curve(bin_us=bin_us)
    assert int(curve.on.sum() + curve.off.sum()) == len(t)
    assert curve.bin_us >= bin_us
    wanted = np.bincount((t - t[0]) // curve.bin_us)
    if counter._step == 1:
        np.testing.assert_array_equal((curve.on + curve.off)[: len(wanted)], wanted)


def test_the_rate_is_drawn(fae, edge, tmp_path):
    assert fae("rate", "edge.es", "rate.svg")[0] == 0
    text = (tmp_path / "rate.svg").read_text()
    assert text.startswith("<svg")
    assert "event rate" in text
    assert fae("rate", "edge.es", "rate.png", "--theme", "night", "--log")[0] == 0
    with Image.open(tmp_path / "rate.png") as image:
        assert image.size == (1280, 640)
        assert len(image.convert("RGB").getcolors(1 << 24) or ()) > 5
    assert fae("rate", "edge.es", "rate.png")[0] == 4
    assert fae("rate", "edge.es", "rate.pdf")[0] == 2
    assert fae("rate", "edge.es")[0] == 2


def test_statistics_count_pixels_and_intervals(fae, edge):
    found = json.loads(fae("stats", "edge.es", "--json")[1])
    assert found["events"] == len(edge)
    assert found["busiest_pixel"] == [7, 5]
    place = edge.y.astype(int) * edge.width + edge.x
    assert found["active_pixels"] == len(np.unique(place))
    assert sum(found["intervals"]) == len(edge) - len(np.unique(place))
    assert "busiest" in fae("stats", "edge.es")[1]


def test_a_denoiser_is_scored_against_the_labels_of_a_scene(fae, tmp_path):
    line = "synth edges scene.raw --labels scene.npy --noise 50k --rate 200k --duration 200ms"
    assert fae(*line.split(), "--size", "64x48")[0] == 0
    labels = np.load(tmp_path / "scene.npy")
    events = faery_cli.read(tmp_path / "scene.raw").events()
    assert len(labels) == len(events)
    assert {int(v) for v in np.unique(labels)} == {0, 1, 2}
    perfect = fae(
        "stats", "scene.raw", "--labels", "scene.npy", "--filter", "label scene.npy 1", "--json"
    )
    found = json.loads(perfect[1])
    assert (found["precision"], found["recall"], found["auroc"]) == (1.0, 1.0, 1.0)
    code, out, _ = fae(
        "stats", "scene.raw", "--labels", "scene.npy", "--filter", "hot-pixels 3 : denoise {}",
        "--sweep", "100us,1ms,10ms", "--json",
    )  # fmt: skip
    rows = [json.loads(row) for row in out.splitlines()]
    assert code == 0
    assert [rows[k]["recall"] for k in range(3)] == sorted(row["recall"] for row in rows[:3])
    assert 0.5 < rows[-1]["auroc"] <= 1
    words = ("--filter", "denoise {}", "--sweep", "1ms,2ms")
    assert "AUROC of the sweep" in fae("stats", "scene.raw", "--labels", "scene.npy", *words)[1]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--labels", "scene.npy"), "--filter"),
        (("--labels", "scene.npy", "--filter", "denoise {}"), "--sweep"),
        (("--labels", "none.npy", "--filter", "denoise"), "none.npy"),
        (("--labels", "scene.npy", "--filter", "flip left-right"), "did not go in"),
    ],
)
def test_scores_say_what_is_missing(fae, tmp_path, words, message):
    fae("synth", "dots", "scene.raw", "--labels", "scene.npy", "--duration", "50ms")
    code, _, err = fae("stats", "scene.raw", *words)
    assert code in (2, 3)
    assert message in err


def test_scores_and_areas_are_those_of_the_definitions():
    labels = np.array([1] * 8 + [0] * 4)
    kept = np.array([True] * 6 + [False] * 2 + [True] + [False] * 3)
    found = score(labels, kept)
    assert (found["recall"], found["false_positive_rate"]) == (0.75, 0.25)
    assert found["precision"] == pytest.approx(6 / 7)
    assert found["auroc"] == pytest.approx(0.75)
    assert area([(0.2, 0.6), (0.5, 0.9)]) == pytest.approx(0.06 + 0.225 + 0.475)


def test_equal_events_are_matched_in_order():
    events = Events([5, 5, 5, 6], [1, 1, 1, 2], [0] * 4, [1] * 4, size=(4, 1))
    kept = kept_by(stream_of(events), stream_of(events).event_slice(0, 2))
    assert kept.tolist() == [True, True, False, False]


def test_synth_gives_the_same_scene_for_the_same_seed(fae, tmp_path):
    for name, seed in (("a", 1), ("b", 1), ("c", 2)):
        fae("synth", "dots", f"{name}.raw", "--seed", seed, "--duration", "50ms")
    assert fae("diff", "a.raw", "b.raw")[0] == 0
    assert fae("diff", "a.raw", "c.raw")[0] == 1
    code, _, err = fae("synth", "dost", "d.raw")
    assert code == 2
    assert "did you mean 'dots'?" in err


def test_colour_maps_are_listed_and_drawn(fae, tmp_path):
    assert fae("colormaps")[1].count("\n") == len(colormap_names())
    assert fae("colormaps", "maps.png")[0] == 0
    with Image.open(tmp_path / "maps.png") as image:
        assert image.size[1] > 26 * len(colormap_names())


def test_expressions_change_colour_maps():
    batlow = colormap("batlow").rgb
    np.testing.assert_array_equal(colormap("batlow_r").rgb, batlow[::-1])
    np.testing.assert_array_equal(colormap("batlow*3").rgb, np.tile(batlow, (3, 1)))
    np.testing.assert_array_equal(colormap("batlow@0.5").rgb, np.roll(batlow, -128, axis=0))
    own = colormap("diverging:#0000ff,#000000,#ff0000")
    assert own.kind == "diverging"
    assert own.rgb[[0, -1]].tolist() == pytest.approx(np.array([[0, 0, 1], [1, 0, 0]]), abs=1e-6)
    for wrong in ("batlwo", "batlow*x", "batlow*0", "batlow@x", "#12345", "rainbow:#000000"):
        with pytest.raises(faery_cli.UsageError):
            colormap(wrong)


def test_the_default_colours_stay_apart_for_colour_blind_eyes():
    from faery_cli.pictures.styles import STYLES, make_palette, srgb_to_lab

    palette = make_palette(STYLES["night"], 30)
    shade = palette.shading
    strong = palette.colors[[shade.off + 20, shade.on + 20]] / 255
    for blindness in ("protanopia", "deuteranopia", "tritanopia"):
        seen = srgb_to_lab(simulate(strong, blindness))
        assert np.linalg.norm(seen[0] - seen[1]) > 0.1


def test_frames_are_files(fae, edge, tmp_path):
    assert fae("frames", "edge.es", "f/{index:02}.png", "--rate", "20", "--size", "2")[0] == 0
    paths = sorted((tmp_path / "f").iterdir())
    assert len(paths) == 10
    with Image.open(paths[3]) as image:
        assert image.size == (80, 60)
    assert fae("frames", "edge.es", "f.png")[0] == 2


def test_a_recording_plays_in_a_terminal(fae, edge):
    code, out, err = fae("play", "edge.es", "--cells", "20x10", "--fast", "--fps", "10")
    assert code == 0
    assert "5 frames shown" in err
    assert out.count("▀") > 150
    assert out.endswith("\x1b[?1049l")
    assert fae("play", "edge.es")[0] == 2


def test_only_cells_that_changed_are_drawn_again():
    import io

    out = io.StringIO()
    screen = HalfBlocks(out, (8, 4))
    picture = np.zeros((8, 8, 3), np.uint8)
    screen.draw(picture)
    first = out.getvalue().count("▀")
    picture[3, 3] = 255
    screen.draw(picture)
    assert (first, out.getvalue().count("▀") - first) == (32, 1)


def test_explain_gives_a_program_that_does_the_same(fae, edge, tmp_path):
    line = "edge.es : crop 5:20 3:9 : denoise 5ms : hot-pixels 2 : polarity on : part.raw"
    chain = line.split(" ")
    code, out, _ = fae("explain", *chain)
    assert code == 0
    program = out[out.index("import faery_cli") :]
    assert not (tmp_path / "part.raw").exists()
    exec(program, {})
    assert fae(*chain[:-1], "again.raw")[0] == 0
    assert fae("diff", "part.raw", "again.raw")[0] == 0
    steps = json.loads(fae("explain", *chain, "--json")[1])["steps"]
    assert [step["size"] for step in steps[:2]] == [[40, 30], [15, 6]]


def test_bash_completes_verbs_stages_and_values(fae, tmp_path):
    (tmp_path / "c.bash").write_text(fae("completion", "bash")[1])

    def complete(*words):
        listed = " ".join(f"'{word}'" for word in words)
        code = (
            f"source ./c.bash; COMP_WORDS=({listed}); COMP_CWORD={len(words) - 1}; _fae; "
            'printf "%s\\n" "${COMPREPLY[@]}"'
        )
        out = subprocess.run(["bash", "-c", code], capture_output=True, text=True, cwd=tmp_path)
        return set(out.stdout.split())

    assert {"convert", "check"} <= complete("fae", "c")
    assert complete("fae", "a.es", ":", "hot") == {"hot-pixels"}
    assert complete("fae", "a.es", ":", "polarity", "o") == {"on", "off"}
    assert "night" in complete("fae", "video", "a.es", "b.gif", "--style", "n")
    assert "--tau" in complete("fae", "video", "a.es", "b.gif", "--ta")
    assert complete("fae", "image", "a.es", "b.png", "--kind", "k") == {"kinectograph"}
    assert complete("fae", "video", "a.es", "b.gif", "--kind", "w") == {"wiggle"}
    assert complete("fae", "convert", "a.es", "b", "--format", "evt") >= {"evt2", "evt3"}
    assert complete("fae", "image", "a.es", "b.png", "--colormap", "batlow_") == {
        "batlow_k",
        "batlow_w",
    }


@pytest.mark.parametrize("shell", ["zsh", "fish"])
def test_other_shells_get_all_words(fae, shell):
    text = fae("completion", shell)[1]
    for name in (*names(), *(s.name for s in stages())):
        assert name in text


def test_a_dry_run_of_a_figure_writes_nothing(fae, edge, tmp_path):
    before = sorted(p.name for p in tmp_path.iterdir())
    assert "event rate, svg" in fae("rate", "edge.es", "r.svg", "--dry-run")[1]
    assert json.loads(fae("rate", "edge.es", "r.svg", "--dry-run", "--json")[1])["format"] == "svg"
    assert json.loads(fae("colormaps", "m.png", "--dry-run")[1])["path"] == "m.png"
    assert "jobs.add" in fae("init", "edge.es", "--dry-run")[1]
    assert sorted(p.name for p in tmp_path.iterdir()) == before
    found = json.loads(fae("rate", "edge.es", "r.svg", "--json")[1])
    assert found["bins"] > 1


def test_a_script_has_the_options_that_faery_gives_it(fae, edge, tmp_path):
    (tmp_path / "sub").mkdir()
    line = ("init", "-i", "*.es", "ignore:*.raw", "-o", "sub/s.py")
    assert fae(*line)[0] == 0
    assert "faery.dirname / '../edge.es'" in (tmp_path / "sub" / "s.py").read_text()
    assert fae(*line)[0] == 4
    assert fae(*line, "-f")[0] == 0
    (tmp_path / "t.py").write_text("import sys; print(sys.argv)")
    assert fae("run", "-i", "t.py", "a", "b")[1] == "['t.py', 'a', 'b']\n"
    assert fae("run", "t.py", "a", "b")[1] == "['t.py', 'a', 'b']\n"


def test_every_example_of_a_verb_begins_with_it():
    for verb in verbs():
        assert verb.examples
        assert all(f"fae {verb.name}" in example for example in verb.examples)


def test_a_script_is_made_run_and_skips_what_is_done(tmp_path):
    import sys

    (tmp_path / "rec").mkdir()
    stream_of(moving_edge()).save(tmp_path / "rec" / "a.es")
    (tmp_path / "rec" / "damaged.es").write_bytes(b"nothing")

    def fae_process(*words):
        command = [sys.executable, "-m", "faery_cli", *words]
        return subprocess.run(command, capture_output=True, text=True, cwd=tmp_path)

    made = fae_process("init", "rec/*")
    assert made.returncode == 0, made.stderr
    assert "damaged.es: left out" in made.stderr
    assert fae_process("init", "rec/*").returncode == 4
    assert fae_process("init", "none/*").returncode == 3
    first = fae_process("run")
    assert first.returncode == 0, first.stderr
    names_made = sorted(
        path.suffix for path in (tmp_path / "renders").rglob("a_*.*") if path.is_file()
    )
    assert names_made == [".gif", ".png", ".png"]
    assert fae_process("run").stdout.count("skipped") == 3
    assert fae_process("run", "none.py").returncode == 3
