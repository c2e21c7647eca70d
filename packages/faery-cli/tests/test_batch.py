"""Job files: what they make, what they skip, how they go on."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import time

import pytest
from fae_support import moving_edge, stream_of
from hypothesis import given, settings
from hypothesis import strategies as st

import faery_cli
from faery_cli.batch import identity, read_jobs
from faery_cli.errors import FaeError

JOBS = """
[[job]]
name = "videos"
inputs = ["rec/*.es", "!rec/skip*"]
output = "out/{stem}_{style}.gif"
command = "video --style {style} --size 1 --fps 5"
options = {loops = 2}

[job.matrix]
style = ["night", "paper"]

[[job]]
name = "clean"
inputs = ["rec/*.es", "!rec/skip*"]
output = "out/{stem}.raw"
stages = ["denoise 5ms", "polarity on"]
"""


@pytest.fixture
def rec(tmp_path):
    (tmp_path / "rec").mkdir()
    for name, seed in (("a", 0), ("b", 1), ("skipped", 2)):
        stream_of(moving_edge(seed=seed)).save(tmp_path / "rec" / f"{name}.es")
    (tmp_path / "jobs.toml").write_text(JOBS)
    return tmp_path


def made(folder):
    return sorted(path.name for path in (folder / "out").iterdir())


def test_everything_is_made_once_and_again_only_after_a_change(fae, rec):
    code, _, err = fae("batch", "jobs.toml")
    assert code == 0, err
    assert made(rec) == ["a.raw", "a_night.gif", "a_paper.gif", "b.raw", "b_night.gif",
                         "b_paper.gif"]  # fmt: skip
    assert "6 made, 0 up to date, 0 failed" in err
    wanted = faery_cli.read(rec / "rec" / "a.es").denoise("5ms").polarity("on").events()
    assert faery_cli.read(rec / "out" / "a.raw").events() == wanted
    assert "0 made, 6 up to date" in fae("batch", "jobs.toml")[2]
    os.utime(rec / "rec" / "a.es")  # the content counts, not the date
    assert "0 made, 6 up to date" in fae("batch", "jobs.toml")[2]
    (rec / "out" / "b.raw").unlink()
    assert "1 made, 5 up to date" in fae("batch", "jobs.toml")[2]
    stream_of(moving_edge(seed=7)).save(rec / "rec" / "a.es", overwrite=True)
    assert "3 made, 3 up to date" in fae("batch", "jobs.toml")[2]
    (rec / "jobs.toml").write_text(JOBS.replace("denoise 5ms", "denoise 4ms"))
    fae("batch", "jobs.toml")
    listed = fae("batch", "jobs.toml", "--dry-run", "--json")[1].splitlines()
    rows = [json.loads(row) for row in listed]
    assert {row["state"] for row in rows} == {"up to date"}
    assert "6 made" in fae("batch", "jobs.toml", "--force")[2]


def test_a_dry_run_tells_and_makes_nothing(fae, rec):
    code, out, _ = fae("batch", "jobs.toml", "-j", "2", "--dry-run")
    assert code == 0
    assert "to make     rec/a.es -> out/a_night.gif" in out
    assert out.splitlines()[-1] == "6 to make, 0 up to date"
    assert not (rec / "out").exists()


def test_damaged_inputs_are_reported_at_the_end_and_the_rest_is_made(fae, rec):
    whole = (rec / "rec" / "a.es").read_bytes()
    (rec / "rec" / "a.es").write_bytes(whole[:4001])
    code, _, err = fae("batch", "jobs.toml", "-j", "2")
    assert code == 3
    assert made(rec) == ["b.raw", "b_night.gif", "b_paper.gif"]
    assert "3 made, 0 up to date, 3 failed" in err
    made_line, warning = err.splitlines()[-2:]
    assert made_line.endswith("failed")
    assert warning.startswith("warning: rec/a.es -> 3 outputs: rec/a.es: ")
    # What failed is tried again.
    (rec / "rec" / "a.es").write_bytes(whole)
    assert "3 made, 3 up to date, 0 failed" in fae("batch", "jobs.toml")[2]


def test_a_run_that_was_killed_goes_on_where_it_was(rec):
    words = [sys.executable, "-m", "faery_cli", "batch", "jobs.toml"]
    slow = JOBS.replace('"denoise 5ms"', '"pace 0.001", "denoise 5ms"')
    (rec / "jobs.toml").write_text(slow)
    with subprocess.Popen(words, cwd=rec, stderr=subprocess.PIPE) as process:
        journal = rec / "jobs.toml.done"
        end = time.monotonic() + 60
        while time.monotonic() < end and process.poll() is None:
            if journal.exists() and journal.read_text().count("\n") == 4:
                break
            time.sleep(0.01)
        process.send_signal(signal.SIGKILL)
    assert not [name for name in made(rec) if name.endswith(".raw")]
    with open(rec / "jobs.toml.done", "a") as file:
        file.write('{"output": "out/a.raw", "ke')  # a line that was cut off
    out = subprocess.run([*words, "--dry-run"], cwd=rec, capture_output=True, text=True, check=True)
    assert out.stdout.splitlines()[-1] == "2 to make, 4 up to date"


@pytest.mark.skipif(os.name != "posix", reason="asks the system for processes")
@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM])
def test_processes_end_with_the_run_and_leave_nothing_half_made(fae, rec, how):
    words = [sys.executable, "-m", "faery_cli", "batch", "jobs.toml", "-j", "2"]
    slow = JOBS.replace('"denoise 5ms"', '"pace 0.001", "denoise 5ms"')
    (rec / "jobs.toml").write_text(slow)
    with subprocess.Popen(words, cwd=rec, stderr=subprocess.PIPE) as process:
        end = time.monotonic() + 60
        while time.monotonic() < end and process.poll() is None:
            if len(list(rec.glob("out/.*.raw.*.part"))) == 2:
                break
            time.sleep(0.01)
        begun = len(list(rec.glob("out/.*.raw.*.part")))
        process.send_signal(how)
        process.communicate(timeout=30)  # the workers hold the pipe: it ends when they have
    assert begun == 2
    assert process.returncode == (130 if how == signal.SIGTERM else -how)
    assert [name for name in made(rec) if ".raw" in name] == []


def test_what_a_killed_process_left_is_taken_away(fae, rec):
    (rec / "out").mkdir()
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    (rec / "out" / f"a.raw.{ended.pid}.part").touch()
    (rec / "out" / f"a.raw.{os.getpid()}.part").touch()  # of a process that runs
    (rec / "out" / ".a.raw.12ab34cd.part").touch()
    os.utime(rec / "out" / ".a.raw.12ab34cd.part", (0, 0))
    assert fae("batch", "jobs.toml")[0] == 0
    assert [name for name in made(rec) if "part" in name] == [f"a.raw.{os.getpid()}.part"]


def test_other_files_that_a_job_names_count_as_well(fae, rec):
    text = '[[job]]\ninputs = ["rec/a.es"]\noutput = "{stem}.raw"\nstages = ["merge rec/b.es"]\n'
    (rec / "jobs.toml").write_text(text)
    assert "1 made" in fae("batch", "jobs.toml")[2]
    assert "1 up to date" in fae("batch", "jobs.toml")[2]
    stream_of(moving_edge(seed=9)).save(rec / "rec" / "b.es", overwrite=True)
    assert "1 made" in fae("batch", "jobs.toml")[2]


def test_several_processes_make_the_same(fae, rec):
    fae("batch", "jobs.toml", "-j", "3")
    first = {path.name: path.read_bytes() for path in (rec / "out").iterdir()}
    fae("batch", "jobs.toml", "--force")
    assert {path.name: path.read_bytes() for path in (rec / "out").iterdir()} == first


@pytest.mark.filterwarnings("ignore")
def test_a_dask_cluster_makes_the_same(fae, rec):
    distributed = pytest.importorskip("distributed")
    options = {"n_workers": 1, "threads_per_worker": 1, "dashboard_address": None}
    with distributed.LocalCluster(processes=False, **options) as cluster:
        address = cluster.scheduler_address
        code, _, err = fae("batch", "jobs.toml", "--engine", f"dask:{address}")
    assert code == 0, err
    assert len(made(rec)) == 6
    first = {path.name: path.read_bytes() for path in (rec / "out").iterdir()}
    fae("batch", "jobs.toml", "--force")
    assert {path.name: path.read_bytes() for path in (rec / "out").iterdir()} == first


def test_patterns_of_frames_take_part(fae, rec):
    (rec / "jobs.toml").write_text(
        '[[job]]\ninputs = ["rec/a.es"]\noutput = "f/{index:03}.png"\n'
        'stages = ["render --fps 10 --tau 20ms"]\n'
    )
    assert fae("batch", "jobs.toml")[0] == 0
    assert len(list((rec / "f").iterdir())) == 5
    assert "0 made, 1 up to date" in fae("batch", "jobs.toml")[2]


@pytest.mark.parametrize(
    ("text", "code", "message"),
    [
        ("", 2, "one [[job]] or more"),
        ("[[job", 3, "no TOML"),
        ("[[jobs]]\n", 2, "did you mean 'job'?"),
        ('[[job]]\ninputs = ["rec/*.es"]\noutput = "x.gif"\ncommand = "video"\n', 2, "is made of"),
        ('[[job]]\ninputs = ["no/*.es"]\noutput = "{stem}.gif"\ncommand = "video"\n', 3, "no file"),
        (
            '[[job]]\ninputs = ["rec/a.es"]\noutput = "{steam}.gif"\ncommand = "video"\n',
            2,
            "'stem'",
        ),
        ('[[job]]\ninputs = ["rec/a.es"]\noutput = "{stem}.gif"\n', 2, "stages or command"),
        ('[[job]]\ninputs = ["rec/a.es"]\noutput = "a.gif"\nstage = []\n', 2, "'stages'"),
        ('[[job]]\ninputs = 3\noutput = "a.gif"\nstages = []\n', 2, "a list of names"),
        ('[[job]]\ninputs = ["rec/a.es"]\nstages = []\n', 2, "expected a template"),
    ],
)
def test_wrong_job_files_are_refused_with_a_sentence(fae, rec, text, code, message):
    (rec / "jobs.toml").write_text(text)
    got, _, err = fae("batch", "jobs.toml")
    assert got == code
    assert message in err.splitlines()[0]


@settings(deadline=None, max_examples=60)
@given(st.binary(max_size=200))
def test_any_bytes_as_a_job_file_give_a_sentence(tmp_path_factory, data):
    path = tmp_path_factory.mktemp("jobs") / "jobs.toml"
    path.write_bytes(data)
    with contextlib.suppress(FaeError):  # anything else fails the test
        assert read_jobs(str(path))


def test_the_identity_follows_the_content(tmp_path):
    path = tmp_path / "a"
    path.write_bytes(bytes(3_000_000))
    before = identity(str(path))
    assert identity(str(path)) == before
    path.write_bytes(bytes(2_999_999) + b"x")
    assert identity(str(path)) != before
    assert identity(str(path), full=True) != identity(str(path))
