"""From recordings to a verified network: options, splits, frames, stages, interruptions."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import types
from pathlib import Path

import numpy as np
import pytest
from pipeline_support import config_of, recording, toml_of, write_recordings

import aestream_io
import nir_core
from neuro_kernels import Events
from norse_lite import NetworkError
from norse_lite.pipeline import (
    run,
)
from norse_lite.pipeline._framework_worker import main as run_framework
from norse_lite.pipeline._stages import Stages, locked


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
    assert np.abs(np.round(whole)).max() <= 127


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


def test_a_class_without_recordings_is_told_or_stops_the_run(tmp_path):
    folder = write_recordings(tmp_path / "recordings", 2)
    (folder / "right" / "later").mkdir(parents=True)
    (folder / ".hidden").mkdir()
    outcome = run(config_of(tmp_path, train={"epochs": 1}))
    assert outcome is not None
    assert outcome.report["data"]["findings"] == [
        {"name": "right", "kind": "empty class", "message": "holds no recordings"}
    ]
    assert "empty class" in (tmp_path / "pipeline-output" / "report.html").read_text()
    with pytest.raises(NetworkError, match="right: holds no recordings"):
        run(config_of(tmp_path, data={"empty": "stop"}))


def test_one_class_alone_is_named(tmp_path):
    folder = write_recordings(tmp_path / "recordings", 2)
    for label in ("left", "up"):
        shutil.rmtree(folder / label)
    with pytest.raises(NetworkError, match="of down alone; a classifier needs two classes"):
        run(config_of(tmp_path))


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


def test_frames_that_are_never_silent_train_a_network_too(tmp_path):
    write_recordings(tmp_path / "recordings", 2)
    frames = {"steps": 1, "size": [1, 1]}
    network = {"kind": "dense", "hidden": [2], "neuron": "iaf"}
    one = {"epochs": 1}
    outcome = run(config_of(tmp_path, network=network, frames=frames, train=one))
    assert outcome is not None
    assert not outcome.failures


def test_unknown_profiles_and_targets_are_told_with_their_place(tmp_path):
    write_recordings(tmp_path / "recordings", 2)
    with pytest.raises(NetworkError, match=r"profiles in \[verify\]: there is no profile 'loihi'"):
        run(config_of(tmp_path, verify={"profiles": ["loihi"]}))
    with pytest.raises(NetworkError, match=r"targets in \[chips\]: "):
        run(config_of(tmp_path, chips={"targets": ["abacus"]}))


def python(*arguments: object, **options) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False, **options)


@pytest.mark.slow
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


@pytest.mark.slow
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


def test_a_node_that_an_old_nir_lacks_is_named(done, tmp_path, monkeypatch):
    folder, _ = done
    kinds = ("NIRGraph", "Input", "Output", "Conv2d", "CubaLIF", "Flatten", "Linear", "Affine")
    old = types.ModuleType("nir")
    for kind in kinds:
        setattr(old, kind, object)
    monkeypatch.setitem(sys.modules, "nir", old)
    np.savez(tmp_path / "in.npz", x=np.zeros((1, 2, 2, 8, 8), np.float32))
    out = tmp_path / "out.npz"
    network = str(folder / "whole" / "network.nir")
    assert run_framework(["sinabs", network, str(tmp_path / "in.npz"), str(out), "1e-3"]) == 0
    told = json.loads(Path(f"{out}.json").read_text())["problem"]
    assert "has no CubaLI: " in told
    assert not out.exists()
