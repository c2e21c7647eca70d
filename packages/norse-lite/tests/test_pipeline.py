"""From recordings to a verified network: options, splits, frames, stages, interruptions."""

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tomllib
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import aestream_io
import nir_core
from neuro_kernels import Events
from norse_lite import NetworkError
from norse_lite.pipeline import (
    Layout,
    example_config,
    load_config,
    parse_config,
    run,
    to_frames,
)
from norse_lite.pipeline._config import Clean, Data, Frames
from norse_lite.pipeline._framework_worker import main as run_framework
from norse_lite.pipeline._recordings import Recording, split
from norse_lite.pipeline._stages import Stages, locked

CLASSES = ("down", "left", "up")
FORMATS = ("raw", "es", "dat", "csv", "npz")


def recording(label: str, seed: int, n: int = 400) -> Events:
    """Events in a part of an 8 x 8 sensor that depends on the class."""
    rng = np.random.default_rng([seed, *label.encode()])
    t = np.sort(rng.integers(0, 50_000, n))
    x, y, p = rng.integers(0, 8, n), rng.integers(0, 8, n), rng.integers(0, 2, n)
    if label == "left":
        x //= 2
    else:
        y = y // 2 + 4 * (label == "down")
    return Events(t, x.astype(np.uint16), y.astype(np.uint16), p.astype(np.uint8), size=(8, 8))


def write_recordings(folder: Path, count: int = 6) -> Path:
    for label in CLASSES:
        (folder / label).mkdir(parents=True)
        for k in range(count):
            kind = FORMATS[k % len(FORMATS)]
            aestream_io.write(folder / label / f"{k}.{kind}", recording(label, k))
    return folder


OPTIONS = {
    "seed": 3,
    "frames": {"duration": "50ms", "steps": 5},
    "network": {"channels": [4]},
    "train": {"epochs": 12, "threads": 1, "lr": 1e-2, "batch_size": 4},
    "verify": {"samples": 3, "profiles": ["norse", "snntorch", "sinabs"]},
    "chips": {"targets": ["speck2e", "spinnaker2"]},
    "quantize": {"bits": [8]},
    "frameworks": {"names": []},
}


def config_of(folder: Path, **changes):
    values = {key: dict(v) if isinstance(v, dict) else v for key, v in OPTIONS.items()}
    values["data"] = {"folder": "recordings"}
    for section, options in changes.items():
        if isinstance(options, dict):
            values[section] = {**values.get(section, {}), **options}
        else:
            values[section] = options
    return parse_config(values, base=folder)


def toml_of(folder: Path, **changes) -> Path:
    config = {**OPTIONS, "data": {"folder": "recordings"}, **changes}
    lines = [f"{key} = {json.dumps(v)}" for key, v in config.items() if not isinstance(v, dict)]
    for section, options in config.items():
        if isinstance(options, dict):
            lines += [f"[{section}]", *(f"{k} = {json.dumps(v)}" for k, v in options.items())]
    path = folder / "config.toml"
    path.write_text("\n".join(lines))
    return path


@pytest.fixture(scope="module")
def done(tmp_path_factory):
    """A finished run: its folder and outcome."""
    folder = tmp_path_factory.mktemp("pipeline")
    write_recordings(folder / "recordings")
    outcome = run(config_of(folder, output="whole"))
    return folder, outcome


def test_a_run_learns_exports_and_verifies(done):
    folder, outcome = done
    report = json.loads((folder / "whole" / "report.json").read_text())
    assert report == json.loads(json.dumps(outcome.report))
    assert not outcome.failures
    assert report["evaluation"]["accuracy"] > 0.8
    confusion = np.array(report["evaluation"]["confusion"])
    assert np.trace(confusion) / confusion.sum() == report["evaluation"]["accuracy"]
    assert report["export"]["differing"] == 0
    assert report["export"]["trained_spikes"] > 0
    by_name = {one["profile"]: one for one in report["profiles"]}
    assert by_name["norse"]["differing"] == 0
    assert by_name["sinabs"]["differing"] > 0
    assert by_name["sinabs"]["cause"]["rules"]
    chips = {one["target"]: one["fits"] for one in report["chips"]}
    assert chips == {"speck2e": False, "spinnaker2": True}
    assert report["evaluation"]["operations"]["synops"] > 0
    page = (folder / "whole" / "report.html").read_text()
    for text in ("down", "speck", "Versions and seeds", report["versions"]["torch"]):
        assert text.lower() in page.lower()


def test_the_written_networks_are_those_of_the_report(done):
    folder, outcome = done
    graph = nir_core.read(folder / "whole" / "network.nir")
    assert set(outcome.report["export"]["nodes"]) == set(graph.nodes)
    rounded = nir_core.read(folder / "whole" / "network-8bit.nir")
    node = rounded.nodes["conv1"]
    whole = node.weight / node.metadata["quantization"]["step"]
    assert np.allclose(whole, np.round(whole), atol=1e-4)
    assert np.abs(whole).max() <= 127


def test_no_recording_is_on_both_sides_and_every_class_is_tested(done):
    _, outcome = done
    data = outcome.report["data"]
    assert len(data["parts"]) == 18
    for one in data["classes"]:
        assert one["recordings"] == {"train": 4, "validation": 0, "test": 2}


def test_a_finished_run_does_nothing_again_and_a_changed_option_only_what_depends_on_it(
    done, tmp_path
):
    folder, _ = done
    output = str(shutil.copytree(folder / "whole", tmp_path / "copy"))
    said: list[str] = []
    again = run(config_of(folder, output=output), progress=said.append)
    assert again is not None
    assert all("done before" in line or "recordings of" in line for line in said)
    said.clear()
    run(config_of(folder, output=output, quantize={"bits": [8, 3]}), progress=said.append)
    assert [line for line in said if "done before" not in line and "recordings of" not in line] == [
        "quantize 3"
    ]


def test_a_changed_recording_is_read_again(tmp_path):
    write_recordings(tmp_path / "recordings", 3)
    config = config_of(tmp_path, train={"epochs": 1})
    run(config)
    said: list[str] = []
    aestream_io.write(tmp_path / "recordings" / "up" / "0.raw", recording("up", 77))
    run(config, progress=said.append)
    assert "survey" in said
    assert "train" in said


def test_damaged_empty_and_unlabelled_files_are_reported_and_do_not_stop_the_run(tmp_path):
    folder = write_recordings(tmp_path / "recordings", 3)
    (folder / "stray.raw").write_bytes(b"x")
    (folder / "up" / "notes.txt").write_text("not a recording\n")
    aestream_io.write(folder / "left" / "none.csv", Events.empty((8, 8)))
    whole = (folder / "down" / "1.es").read_bytes()
    (folder / "down" / "cut.es").write_bytes(whole[:-1])
    outcome = run(config_of(tmp_path, train={"epochs": 1}))
    assert outcome is not None
    found = {one["name"]: one["kind"] for one in outcome.report["data"]["findings"]}
    assert found == {
        "stray.raw": "unlabelled",
        "up/notes.txt": "unreadable",
        "left/none.csv": "empty",
        "down/cut.es": "damaged",
    }
    assert "down/cut.es" in outcome.report["data"]["parts"]
    assert "stray.raw" in (tmp_path / "pipeline-output" / "report.html").read_text()
    skipped = run(config_of(tmp_path, train={"epochs": 1}, data={"damaged": "skip"}))
    assert skipped is not None
    assert "down/cut.es" not in skipped.report["data"]["parts"]
    for option, name in (("damaged", "cut.es"), ("unlabelled", "stray.raw"), ("empty", "none.csv")):
        if option == "empty":
            (folder / "down" / "cut.es").unlink()
            (folder / "up" / "notes.txt").unlink()
        with pytest.raises(NetworkError, match=name.replace(".", r"\.")):
            run(config_of(tmp_path, data={option: "stop"}))


def test_a_class_with_one_recording_is_named(tmp_path):
    folder = write_recordings(tmp_path / "recordings", 2)
    (folder / "up" / "1.es").unlink()
    with pytest.raises(NetworkError, match="class 'up' has 1 usable recordings"):
        run(config_of(tmp_path))


def test_test_recordings_may_lie_apart(tmp_path):
    write_recordings(tmp_path / "recordings", 2)
    write_recordings(tmp_path / "held-out", 1)
    outcome = run(config_of(tmp_path, data={"test_folder": "held-out"}, train={"epochs": 1}))
    assert outcome is not None
    parts = outcome.report["data"]["parts"]
    assert {name.split("/")[0]: side for name, side in parts.items()} == {
        "recordings": "train",
        "held-out": "test",
    }


@pytest.mark.parametrize(
    ("network", "frames"),
    [
        ({"kind": "dense", "hidden": [8], "neuron": "lif_box", "readout": "spikes"}, {}),
        ({"kind": "recurrent", "hidden": [6]}, {"values": "count", "size": [4, 4]}),
        ({"neuron": "iaf", "bias": False}, {"windows": 0, "duration": "20ms"}),
    ],
    ids=["dense", "recurrent", "iaf"],
)
def test_every_kind_of_network_exports_what_it_learned(tmp_path, network, frames):
    write_recordings(tmp_path / "recordings", 2)
    outcome = run(
        config_of(
            tmp_path, network=network, frames=frames, train={"epochs": 1}, quantize={"bits": []}
        )
    )
    assert outcome is not None
    assert outcome.report["export"]["differing"] == 0
    assert outcome.report["export"]["elements"] > 0
    assert not outcome.failures


def python(*arguments: object, **options) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False, **options)


def test_a_run_killed_at_any_stage_ends_with_the_same_report(done, tmp_path):
    folder, _ = done
    (tmp_path / "recordings").symlink_to(folder / "recordings")
    config = toml_of(tmp_path)
    command = [sys.executable, "-m", "norse_lite", "pipeline", str(config), "-o", str(tmp_path)]
    seen: list[list[str]] = []
    for stop in ("frames", "  epoch   2", "profile sinabs", None):
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout is not None
            lines = []
            for line in process.stdout:
                lines.append(line.rstrip("\n"))
                if stop is not None and lines[-1].startswith(stop):
                    process.send_signal(signal.SIGKILL)
                    break
        assert process.returncode == (-signal.SIGKILL if stop else 0)
        assert (tmp_path / "report.json").exists() == (stop is None)
        seen.append(lines)
    assert "survey: done before" in seen[1]
    assert not any(line.startswith("  epoch   1") for line in seen[2])
    assert "train: done before" in seen[3]
    for name in ("report.json", "report.html"):
        assert (tmp_path / name).read_bytes() == (folder / "whole" / name).read_bytes()


def test_two_processes_train_one_network(done, tmp_path):
    folder, outcome = done
    (tmp_path / "recordings").symlink_to(folder / "recordings")
    config = toml_of(tmp_path)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    launcher = ("-m", "torch.distributed.run", "--nproc-per-node", 2, "--master-port", port)
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "GLOO_SOCKET_IFNAME": "lo"}
    ran = python(*launcher, "-m", "norse_lite", "pipeline", config, "--json", env=environment)
    assert ran.returncode == 0, ran.stderr
    report = json.loads(ran.stdout)
    assert report["training"]["processes"] == 2
    for a, b in zip(
        report["training"]["history"], outcome.report["training"]["history"], strict=True
    ):
        assert a["loss"] == pytest.approx(b["loss"], rel=1e-3)
    assert report["export"]["differing"] == 0


def test_a_second_run_in_the_same_folder_is_kept_out(tmp_path):
    write_recordings(tmp_path / "recordings", 2)
    with (
        locked(tmp_path / "out"),
        pytest.raises(NetworkError, match="another run"),
    ):
        run(config_of(tmp_path, output="out"))


def test_a_dry_run_writes_nothing(tmp_path, capsys):
    from norse_lite.tasks._cli import main

    write_recordings(tmp_path / "recordings", 2)
    config = toml_of(tmp_path)
    assert main(["pipeline", str(config), "--dry-run"]) == 0
    text = capsys.readouterr().out
    assert "class left: 2 recordings" in text
    assert "to do  train" in text
    assert sorted(path.name for path in tmp_path.iterdir()) == ["config.toml", "recordings"]
    assert main(["pipeline", str(config), "--dry-run", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["classes"] == {"down": 2, "left": 2, "up": 2}


def test_an_interruption_and_a_place_that_cannot_be_written_end_in_a_sentence(
    tmp_path, capsys, monkeypatch
):
    from norse_lite.pipeline import _run
    from norse_lite.tasks._cli import main

    write_recordings(tmp_path / "recordings", 2)
    command = ["pipeline", str(toml_of(tmp_path)), "-o"]
    (tmp_path / "file").write_text("x")
    assert main([*command, str(tmp_path / "file")]) == 2
    assert f"error: {tmp_path / 'file'}: " in capsys.readouterr().err

    def stop(*arguments, **options):
        raise KeyboardInterrupt

    monkeypatch.setattr(_run, "survey", stop)
    assert main([*command, str(tmp_path / "out")]) == 130
    assert "goes on from here" in capsys.readouterr().err


def test_an_example_is_written_once_and_is_valid(tmp_path, capsys, monkeypatch):
    from norse_lite.tasks._cli import main

    monkeypatch.chdir(tmp_path)
    assert main(["pipeline", "--init"]) == 0
    assert load_config("pipeline.toml") == replace(
        parse_config({"data": {"folder": "recordings"}}, base=tmp_path)
    )
    assert main(["pipeline", "--init"]) == 2
    assert "pipeline.toml" in capsys.readouterr().err
    assert main(["pipeline"]) == 2
    assert "--init" in capsys.readouterr().err


def test_the_example_without_its_comment_signs_says_the_defaults(tmp_path):
    lines = example_config().splitlines()
    options = [re.sub(r"^# (?=\w+ = )", "", line) for line in lines]
    text = "\n".join(line for line in options if not line.endswith("= ..."))
    found = parse_config(tomllib.loads(text), base=tmp_path)
    assert found == parse_config({"data": {"folder": "recordings"}}, base=tmp_path)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"trian": {}}, "'trian'; did you mean 'train'"),
        ({"train": {"epoch": 3}}, "'epoch'; did you mean 'epochs'"),
        ({"train": {"epochs": 0}}, "epochs in .train.: expected at least 1, got 0"),
        ({"train": {"epochs": 2.5}}, "whole number"),
        ({"data": {"damaged": "skp"}}, "did you mean 'skip'"),
        ({"data": {"folder": 3}}, "expected a text"),
        ({"data": {"test_share": 1.0}}, "0 to below 1"),
        ({"frames": {"duration": 120}}, "as '120ms'"),
        ({"frames": {"duration": "10us", "steps": 3}}, "take 12 us"),
        ({"frames": {"size": [3]}}, "expected 2 values"),
        ({"train": {"patience": 2}}, "validation_share"),
        ({"network": {"kind": "recurrent", "neuron": "iaf"}}, "recurrent"),
        ({"train": 3}, "must be a table"),
    ],
)
def test_a_wrong_option_is_named_with_what_it_takes(tmp_path, changes, words):
    with pytest.raises(NetworkError, match=words):
        config_of(tmp_path, **changes)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"data": {"folder": "nowhere"}}, "nowhere: is no folder"),
        ({"verify": {"profiles": ["nors"]}}, "nors"),
        ({"chips": {"targets": ["spek"]}}, "spek"),
        ({"frameworks": {"names": ["pytorch"]}}, "does not know 'pytorch'"),
        ({"network": {"channels": [2, 2, 2, 2, 2]}}, "too often"),
        ({"network": {"tau_mem": "1ms"}}, "shorter than a step"),
        ({"frames": {"min_events": 10_000}}, "min_events"),
    ],
)
def test_what_cannot_be_done_is_said_in_a_sentence(tmp_path, changes, words):
    write_recordings(tmp_path / "recordings", 2)
    with pytest.raises(NetworkError, match=words):
        run(config_of(tmp_path, **changes))


def test_a_missing_package_is_named_with_its_extra(tmp_path, monkeypatch):
    write_recordings(tmp_path / "recordings", 2)
    monkeypatch.setitem(sys.modules, "aestream_io", None)
    with pytest.raises(NetworkError, match=r"norse-lite\[pipeline\]"):
        run(config_of(tmp_path))


@given(
    st.lists(
        st.tuples(st.sampled_from("abc"), st.integers(2, 9)), min_size=2, unique_by=lambda v: v[0]
    ),
    st.floats(0.05, 0.9),
    st.floats(0, 0.8),
    st.integers(0, 9),
)
def test_a_split_is_stratified_and_depends_on_the_names_of_a_class_alone(
    classes, tests, checks, seed
):
    found = [
        Recording(f"{label}/{k}", label, False, "", "") for label, n in classes for k in range(n)
    ]
    data = Data(folder="", test_share=tests, validation_share=checks)
    parts, names = split(found, data, seed)
    assert set(parts) == {one.name for one in found}
    assert names == tuple(sorted(label for label, _ in classes))
    for label, n in classes:
        sides = [parts[f"{label}/{k}"] for k in range(n)]
        assert sides.count("train") >= 1
        assert abs(sides.count("test") - max(1, n * tests)) <= 1
    again, _ = split(found[::-1], data, seed)
    assert again == parts
    first = classes[0][0]
    more = [*found, Recording("z/0", "z", False, "", ""), Recording("z/1", "z", False, "", "")]
    wider, _ = split(more, data, seed)
    assert {k: v for k, v in wider.items() if k[0] == first} == {
        k: v for k, v in parts.items() if k[0] == first
    }


@given(st.data())
def test_frames_count_each_event_once_in_its_step_and_place(drawn):
    size = drawn.draw(st.tuples(st.integers(1, 9), st.integers(1, 9)))
    layout = Layout(
        steps=drawn.draw(st.integers(1, 5)),
        step_us=drawn.draw(st.integers(1, 9)),
        size=drawn.draw(st.tuples(st.integers(1, 6), st.integers(1, 6))),
        binary=drawn.draw(st.booleans()),
    )
    n = drawn.draw(st.integers(0, 30))
    rng = np.random.default_rng(drawn.draw(st.integers(0, 99)))
    t, start = rng.integers(-5, 60, n), drawn.draw(st.integers(-9, 9))
    x, y = rng.integers(0, size[0], n), rng.integers(0, size[1], n)
    p = rng.integers(0, 2, n)
    events = Events(t, x.astype(np.uint16), y.astype(np.uint16), p.astype(np.uint8), size=size)
    expected = np.zeros(layout.shape, int)
    for k in range(n):
        step = (int(t[k]) - start) // layout.step_us
        if 0 <= step < layout.steps:
            row, column = y[k] * layout.size[1] // size[1], x[k] * layout.size[0] // size[0]
            expected[step, p[k], row, column] += 1
    if layout.binary:
        expected = expected.clip(max=1)
    assert np.array_equal(to_frames(events, layout, start_us=start), expected)


def test_a_stage_that_fails_leaves_no_result(tmp_path):
    stages = Stages(tmp_path, lambda name, done: None)
    stage = stages.stage("one", 1)

    def fails(folder: Path) -> None:
        (folder / "half").write_text("x")
        raise ValueError("half done")

    with pytest.raises(ValueError, match="half done"):
        stages.run(stage, fails)
    assert not stage.done
    stages.run(stage, lambda folder: {"left": [path.name for path in folder.iterdir()]})
    assert stage.read() == {"left": []}
    assert stages.stage("one", 2).key != stage.key


def test_options_of_sections_have_the_types_that_they_declare():
    assert Clean().neighbour == 0
    assert Frames().size == "auto"
    assert Data(folder="x").sensor is None


@pytest.mark.interop
@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(
    ("framework", "verdict"), [("norse", "same"), ("snntorch", "differs"), ("nirtorch", "refused")]
)
def test_an_installed_framework_reads_the_exported_file(done, tmp_path, framework, verdict):
    folder, _ = done
    pytest.importorskip(framework)
    options = {"names": [framework], "samples": 2}
    config = config_of(
        folder,
        output="elsewhere",
        network={"kind": "dense", "hidden": [6], "neuron": "lif_box", "readout": "spikes"},
        train={"epochs": 1},
        frameworks=options,
    )
    outcome = run(config)
    assert outcome is not None
    (found,) = outcome.report["frameworks"]
    assert found["framework"] == framework
    assert found["versions"]["nir"]
    assert found["verdict"] == verdict, found


def test_a_framework_that_is_not_there_is_a_record_and_no_crash(done, tmp_path):
    folder, _ = done
    np.savez(tmp_path / "in.npz", x=np.zeros((1, 2, 2, 8, 8), np.float32))
    out = tmp_path / "out.npz"
    network = str(folder / "whole" / "network.nir")
    arguments = [network, str(tmp_path / "in.npz"), str(out), "1e-3"]
    assert run_framework(["sinabs", *arguments]) == 0
    record = json.loads(Path(f"{out}.json").read_text())
    assert (record["problem"] is None) == out.exists()
