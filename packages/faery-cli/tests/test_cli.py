import json
import os
import subprocess
import sys
from importlib.metadata import version

import pytest
from fae_support import gif_frames

import faery_cli
from faery_cli.cli import main
from faery_cli.registry import stages
from faery_cli.verbs._registry import names

SYNTH = "synth:edges?duration=200ms&size=64x48&rate=100k"


def test_the_version_is_that_of_the_package(fae):
    assert fae("--version") == (0, f"fae {version('faery-cli')}\n", "")
    assert faery_cli.__version__ == version("faery-cli")


def test_the_version_needs_no_heavy_import():
    code = (
        "import sys; from faery_cli.cli import main; main(['--version']); "
        "print([m for m in ('numpy', 'neuro_kernels', 'argparse', 'typing', 're', 'dataclasses') "
        "if m in sys.modules and m not in before])"
    )
    code = "import sys; before = set(sys.modules); " + code
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout.splitlines()[-1] == "[]"


def test_help_and_wrong_words_need_no_numpy():
    code = (
        "import sys; from faery_cli.cli import main; main(['--help']); main(['help', 'render']); "
        "main(['in.es', ':', 'crpo', ':', 'out.es']); print('numpy' in sys.modules)"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout.splitlines()[-1] == "False"


def test_the_module_runs_as_the_command():
    out = subprocess.run(
        [sys.executable, "-m", "faery_cli", "--version"], capture_output=True, text=True, check=True
    )
    assert out.stdout == f"fae {version('faery-cli')}\n"


def test_help_names_every_verb_and_stage(fae):
    code, out, _ = fae("--help")
    assert code == 0
    for name in (*names(), *(s.name for s in stages())):
        assert name in out


@pytest.mark.parametrize("topic", [*names(), *(s.name for s in stages())])
def test_each_verb_and_stage_is_explained(fae, topic):
    code, out, _ = fae("help", topic)
    assert code == 0
    assert topic in out.splitlines()[0]


def test_a_verb_explains_itself(fae):
    assert fae("video", "--help") == fae("help", "video")
    assert fae("in.es", ":", "crop", "--help")[0] == 0


def test_common_options_may_come_first(fae, tmp_path):
    assert fae("-q", "--threads", "1", SYNTH, ":", "a.es") == (0, "", "")
    assert json.loads(fae("--json", "info", "a.es")[1])["width"] == 64
    assert fae("-qy", "a.es", ":", "b.csv")[0] == 0
    assert fae("-q", "input", "file", "a.es", "output", "file", "b.csv") == (0, "", "")
    assert "begins with a verb" in fae("-q")[2]


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="a device of Linux")
@pytest.mark.parametrize("line", ["--version", "filters", "colormaps --json", "info --json x.es"])
def test_an_output_that_is_full_is_one_sentence(fae, tmp_path, line):
    assert fae(SYNTH, ":", "x.es")[0] == 0
    words = [sys.executable, "-m", "faery_cli", *line.split()]
    with open("/dev/full", "wb") as full:
        done = subprocess.run(words, stdout=full, stderr=subprocess.PIPE, text=True, check=False)
    assert done.returncode == 4
    assert len(done.stderr.splitlines()) == 1
    assert done.stderr.startswith("fae: standard output: cannot be written")


@pytest.mark.parametrize(
    ("line", "marked"),
    [
        ("cut x.es y.es --events 20:10", "20:10"),
        ("cut x.es y.es --from 500ms --to 250ms", "500ms"),
        ("image x.es y.png --kind kinectograph --colormap btalow", "btalow"),
        ("x.es : y.giff", "y.giff"),
    ],
)
def test_wrong_values_are_underlined_wherever_they_are_found(fae, tmp_path, line, marked):
    assert fae(SYNTH, ":", "x.es")[0] == 0
    code, _, err = fae(*line.split())
    assert code == 2
    _, shown, carets = err.splitlines()
    assert shown[carets.index("^") : carets.rindex("^") + 1] == marked


def test_a_missing_device_has_an_exit_code_of_its_own(fae):
    code, _, err = fae("record", "dvs128:", "a.raw")
    assert code == 5
    assert err.count("dvs128:") <= 2


def test_playing_what_is_not_there_leaves_the_terminal_as_it_is(fae):
    assert fae("play", "none.es", "--cells", "9x9")[:2] == (3, "")


def test_without_words_the_help_is_shown_as_an_error(fae):
    code, out, _ = fae()
    assert code == 2
    assert "fae VERB" in out


def test_filters_are_listed_for_people_and_programs(fae):
    assert "hot-pixels" in fae("filters")[1]
    entries = [json.loads(line) for line in fae("filters", "--json")[1].splitlines()]
    assert {e["name"] for e in entries} == {s.name for s in stages()}
    crop = next(e for e in entries if e["name"] == "crop")
    assert [p["name"] for p in crop["parameters"]] == ["left", "right", "top", "bottom"]


@pytest.mark.parametrize(
    ("line", "message", "marked"),
    [
        ("a.es : crpo 1:2 : b.es", "unknown stage 'crpo': did you mean 'crop'?", "crpo"),
        ("a.es : crop 1:x 1:2 : b.es", "right: expected a whole number, got 'x'", "x"),
        ("a.es : crop 1:2 3:4 5 : b.es", "unexpected '5'", "5"),
        ("a.es : crop --lefft 3 : b.es", "did you mean '--left'?", "--lefft"),
        ("a.es : crop --left : b.es", "--left needs a value", "--left"),
        ("a.es : crop --left 1 --left 2 : b.es", "--left is given twice", "--left"),
        ("a.es : polarity up : b.es", "unknown polarity 'up'", "up"),
        ("a.es : polarity : b.es", "WHICH is missing", "polarity"),
        ("a.es : cut 0.1:0.2 --zero=1 : b.es", "--zero takes no value", "--zero=1"),
        ("a.es : cut 250000: : b.es", "write 250000us for microseconds", "250000"),
        ("a.es : denoise 3parsec : b.es", "expected a time such as", "3parsec"),
        ("a.es : crop 1:2 3:4", "a chain ends with its output", "crop"),
        ("a.es : crop 1:2 3:4 :", "a chain ends with its output", ":"),
        ("a.es : : b.es", "nothing between two separators", ":"),
        (": crop 1:2 3:4 : b.es", "a chain begins with its source", ":"),
        ("vidoe a.es b.gif", "unknown verb 'vidoe': did you mean 'video'?", "vidoe"),
        ("crop 1:2 3:4", "stands in a chain", "crop"),
        ("--crop", "begins with a verb or a source", "--crop"),
        ("video a.es", "OUTPUT is missing", "video"),
        ("video a.es b.gif c.gif", "unexpected 'c.gif'", "c.gif"),
        ("video a.es b.gif --tau never", "expected a time such as", "never"),
        ("video a.es b.gif --tau=never", "or auto", "never"),
        ("video a.es b.gif --style nihgt", "did you mean 'night'?", "nihgt"),
        ("video a.es b.gif --loopz 3", "did you mean '--loops'?", "--loopz"),
        ("video a.es b.gif --stlye night", "did you mean '--style'?", "--stlye"),
        ("a.es : denoise 2ms : b.es --fromat es", "did you mean '--format'?", "--fromat"),
        ("a.es : denoise 2000 : b.es", "write 2000us for microseconds", "2000"),
        ("video a.es b.gif --tau 3000", "write 3000us for microseconds", "3000"),
        ("view a.es --port 99999", "expected a port from 0", "99999"),
        ("video a.es b.gif --loops x", "loops: expected a whole number", "x"),
        ("video a.es b.gif -z", "unknown option '-z'", "-z"),
        ("a.es : crop 0:1 0:1 : out.gif --loops", "--loops needs a value", "--loops"),
        ("help crpo", "did you mean 'crop'?", "crpo"),
    ],
)
def test_wrong_words_are_pointed_at_and_end_with_2(fae, line, message, marked):
    code, out, err = fae(*line.split())
    assert (code, out) == (2, "")
    first, shown, carets = err.splitlines()
    assert message in first
    begin = carets.index("^")
    assert shown[begin : begin + carets.count("^")] == marked


def test_a_long_command_line_is_shown_around_the_wrong_word(fae):
    words = ["a.es", ":", "crop", "1:2", "3:4"] + [":", "denoise", "2ms"] * 40
    _, _, err = fae(*words, ":", "crpo", ":", "b.es")
    _, shown, carets = err.splitlines()
    assert len(shown) < 110
    assert shown[carets.index("^") :].startswith("crpo")


def test_a_chain_writes_pictures_and_says_what_each_stage_did(fae, tmp_path):
    code, out, err = fae(
        SYNTH, ":", "hot-pixels", "3", ":", "denoise", "5ms", ":", "a.gif", "--stats"
    )
    assert (code, out) == (0, "")
    assert "a.gif: 6 frames, 640x480" in err
    assert "denoise" in err
    assert sum(gif_frames(tmp_path / "a.gif")[1]) == 20


def test_reports_are_json_on_request(fae):
    code, out, err = fae("video", SYNTH, "a.gif", "--json", "--speed", "1/2")
    report = json.loads(out)
    assert (code, err) == (0, "")
    assert report["frames"] == 12
    assert report["path"] == "a.gif"
    assert [s["name"] for s in report["stages"]][1:] == ["render", "scale", "timecode"]


def test_a_stage_that_lets_nothing_through_is_named(fae):
    code, _, err = fae(SYNTH, ":", "polarity", "on", ":", "cut", "1h:", ":", "a.es")
    assert code == 0
    assert "note: cut let none of the" in err


def test_quiet_says_nothing(fae):
    assert fae("video", SYNTH, "a.gif", "-q") == (0, "", "")


def test_a_file_is_overwritten_only_on_request(fae, tmp_path):
    (tmp_path / "a.gif").write_bytes(b"precious")
    code, _, err = fae("video", SYNTH, "a.gif")
    assert code == 4
    assert "write -y to overwrite it" in err
    assert (tmp_path / "a.gif").read_bytes() == b"precious"
    assert fae("video", SYNTH, "a.gif", "-qy")[0] == 0
    assert (tmp_path / "a.gif").read_bytes().startswith(b"GIF89a")


def test_a_dry_run_shows_the_chain_and_writes_nothing(fae, tmp_path):
    code, out, _ = fae(SYNTH, ":", "crop", "0:32", "0:24", ":", "a.gif", "--dry-run")
    assert code == 0
    assert out.splitlines() == [
        SYNTH + " (64x48)",
        "  : crop --left 0 --right 32 --top 0 --bottom 24",
        "  : render --fps 30Hz",
        "  : scale --to 640x480",
        "  : timecode",
        "  : a.gif (gif, 640x480)",
    ]
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("line", "code", "message"),
    [
        (f"{SYNTH} : none/a.gif", 4, "there is no folder none"),
        (f"{SYNTH} : a.xyz", 2, "tells no format"),
        (f"{SYNTH} : a", 2, "a name without ending tells no format"),
        (f"{SYNTH} : a.gif --format giff", 2, "unknown format 'giff'"),
        ("synth:edges : a.gif", 2, "never ends"),
        ("synth:edges?ratio=3 : a.gif", 2, "unknown option 'ratio'"),
        ("sinth:edges : a.gif", 2, "unknown scheme 'sinth'"),
        (f"{SYNTH} : timecode : a.gif", 2, "put render before it"),
        (f"{SYNTH} : crop 0:100 0:1 : a.gif", 2, "<= 64 (the width)"),
        (f"{SYNTH} --format es : a.gif", 2, "belongs to a file"),
    ],
)
def test_what_cannot_be_done_ends_with_its_code_and_leaves_nothing(
    fae, tmp_path, line, code, message
):
    got, out, err = fae(*line.split())
    assert (got, out) == (code, "")
    assert err.startswith("fae: ")
    assert message in err.splitlines()[0]
    assert list(tmp_path.iterdir()) == []


def test_an_interrupt_leaves_nothing_half_written(fae, tmp_path, monkeypatch):
    from faery_cli.stages.scale import Scale

    def stop(self, item):
        raise KeyboardInterrupt

    monkeypatch.setattr(Scale, "feed", stop)
    code, _, err = fae("video", SYNTH, "a.gif")
    assert (code, err) == (130, "fae: interrupted\n")
    assert list(tmp_path.iterdir()) == []


def test_debug_shows_where_an_error_happened(fae):
    with pytest.raises(faery_cli.UsageError):
        main(["a.es", ":", "crpo", ":", "b.es", "--debug"])


def test_pictures_go_to_the_standard_output(tmp_path):
    words = [sys.executable, "-m", "faery_cli", "video", SYNTH, "-", "--format", "gif"]
    out = subprocess.run(words, capture_output=True, check=True, cwd=tmp_path)
    assert out.stdout.startswith(b"GIF89a")
    assert out.stdout.endswith(b";")
    assert b"standard output: 6 frames" in out.stderr


def test_a_closed_pipe_ends_silently(tmp_path):
    script = (
        "import subprocess, sys\n"
        "p = subprocess.Popen([sys.executable, '-m', 'faery_cli', *sys.argv[1:]],"
        " stdout=subprocess.PIPE, stderr=subprocess.PIPE)\n"
        "p.stdout.read(6); p.stdout.close()\n"
        "err = p.stderr.read(); sys.stdout.write(err.decode()); sys.exit(p.wait())\n"
    )
    line = ["video", "synth:noise?duration=3s&size=64x48&rate=1M", "-", "--format", "gif", "-q"]
    out = subprocess.run(
        [sys.executable, "-c", script, *line], capture_output=True, text=True, cwd=tmp_path
    )
    assert (out.returncode, out.stdout, out.stderr) == (0, "", "")


def test_progress_is_shown_on_a_terminal_only(fae, monkeypatch):
    import io

    from faery_cli.console import Progress

    class Terminal(io.StringIO):
        def isatty(self):
            return True

    class Run:
        reports = (type("Report", (), {"events_out": 1000})(),)
        shape = type("Shape", (), {"content": "events"})()

        def done(self):
            return 0.25

    for mode, stream, shown in (
        ("auto", Terminal(), True),
        ("auto", io.StringIO(), False),
        ("none", Terminal(), False),
        ("plain", io.StringIO(), True),
    ):
        progress = Progress(mode, stream)
        monkeypatch.setattr(progress, "_next", 0.0)
        progress(Run())
        progress.clear()
        assert ("1 000 events" in stream.getvalue()) == shown
        assert ("25 %" in stream.getvalue()) == shown
