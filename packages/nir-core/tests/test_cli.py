"""The command: every verb, plain text and JSON, exit codes and messages."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

import nir_core as nc
from nir_core.cli import main

LIF = nc.LIF([2.5e-3], [1.0], [0.0], [0.1])


@pytest.fixture
def net(tmp_path: Path) -> str:
    path = tmp_path / "net.nir"
    graph = nc.with_semantics(nc.NIRGraph.from_list(LIF), profile="norse", dt=1e-4)
    nc.write(path, graph)
    return str(path)


@pytest.fixture
def drive(tmp_path: Path) -> str:
    np.save(tmp_path / "x.npy", np.full((40, 1), 0.5))
    return str(tmp_path / "x.npy")


@pytest.fixture
def wrong(tmp_path: Path) -> str:
    graph = nc.NIRGraph.from_list(nc.LI([-1.0], [1.0], [0.0]), nc.Delay([1.0]))
    nc.write(tmp_path / "wrong.nir", graph)
    return str(tmp_path / "wrong.nir")


def said(capsys: pytest.CaptureFixture[str]) -> str:
    return capsys.readouterr().out


def test_info(net: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["info", net]) == 0
    out = said(capsys)
    assert "3 nodes, 2 edges, 1 neurons" in out
    assert "profile norse, dt 0.0001 s" in out
    assert main(["info", net, "--json"]) == 0
    data = json.loads(said(capsys))
    assert data["semantics"] == {"profile": "norse", "dt": 1e-4}
    assert data["inputs"] == {"input": [1]}


def test_check(net: str, wrong: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", net]) == 0
    assert "no findings" in said(capsys)
    assert main(["check", wrong]) == 1
    assert "NIR041 error at /li" in said(capsys)
    assert main(["check", net, wrong, "--json"]) == 1
    assert [r["ok"] for r in json.loads(said(capsys))] == [True, False]


def test_check_strict_counts_warnings(tmp_path: Path) -> None:
    path = str(tmp_path / "a.nir")
    nc.write(path, nc.NIRGraph.from_list(nc.LI([20.0], [1.0], [0.0])))
    assert main(["check", path]) == 0
    assert main(["check", path, "--strict"]) == 1


def test_run(net: str, drive: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    target = str(tmp_path / "y.npy")
    words = ["run", net, "--dt", "100us", "--profile", "norse", "--input", drive]
    assert main([*words, "--output", target]) == 0
    assert "/lif: 6 spikes" in said(capsys)
    expected = nc.run(nc.read(net), np.load(drive), dt=1e-4, profile="norse").output
    assert (np.load(target) == expected).all()
    assert main([*words, "--output", str(tmp_path / "y.npz"), "--json"]) == 0
    assert json.loads(said(capsys))["spikes"] == {"lif": 6}
    with np.load(tmp_path / "y.npz") as stored:
        assert set(stored.files) == {"output", "spikes/lif", "voltages/lif"}


def test_random_input_is_seeded(net: str, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["run", net, "--dt", "0.1ms", "--random", "0.5", "--steps", "30"]
    assert main(words) == 0
    first = said(capsys)
    assert main(words) == 0
    assert said(capsys) == first


def test_diff(net: str, wrong: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["diff", net, net]) == 0
    assert said(capsys) == "no differences\n"
    assert main(["diff", net, wrong]) == 1
    assert "- /lif" in said(capsys)
    assert main(["diff", net, wrong, "--json"]) == 1
    assert json.loads(said(capsys))["differences"]


def test_explain(net: str, drive: str, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["explain", net, "--dt", "1e-4", "--input", drive, "--from", "norse"]
    assert main([*words, "--to", "lava"]) == 1
    assert "cause: latency" in said(capsys)
    assert main([*words, "--to", "snntorch", "--json"]) == 0
    assert json.loads(said(capsys))["agree"] is True


def test_compare(net: str, drive: str, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["compare", net, "--dt", "0.1ms", "--input", drive]
    assert main([*words, "--profiles", "norse,lava"]) == 1
    assert "first difference to norse" in said(capsys)
    assert main([*words, "--profiles", "norse,snntorch", "--json"]) == 0
    assert len(json.loads(said(capsys))["rows"]) == 2


def test_convert(nir_data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    old = nir_data / "braille" / "braille_noDelay_bias_zero.nir"
    target = tmp_path / "new.nir"
    assert main(["convert", str(old), str(target)]) == 0
    assert nc.read(target) == nc.read(old)
    bad = nir_data / "lif" / "lif_rockpool.nir"
    assert main(["convert", str(bad), str(tmp_path / "bad.nir")]) == 1
    assert not (tmp_path / "bad.nir").exists()
    assert main(["convert", str(bad), str(tmp_path / "bad.nir"), "--check", "off"]) == 0
    capsys.readouterr()


def test_draw(net: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["draw", net]) == 0
    assert said(capsys) == net.replace(".nir", ".svg") + "\n"
    assert (tmp_path / "net.svg").read_text().startswith("<svg")
    assert main(["draw", net, str(tmp_path / "net.html")]) == 0
    assert "<!doctype html>" in (tmp_path / "net.html").read_text()
    capsys.readouterr()
    assert main(["draw", net, "-"]) == 0
    assert said(capsys).startswith("<svg")


def test_stats(net: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["stats", net]) == 0
    assert "total" in said(capsys)
    assert main(["stats", net, "--json"]) == 0
    assert json.loads(said(capsys))["neurons"] == 1


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        (["info", "{dir}/none.nir"], 3, "there is no such file"),
        (["info", "{dir}"], 3, "directory"),
        (["check", "{dir}/x.npy"], 3, "not an HDF5 file"),
        (["run", "{net}", "--random", "0.1"], 2, "records dt=0.0001 and profile='norse'"),
        (["run", "{net}", "--dt", "1ms"], 2, "--input FILE, or by --random RATE"),
        (["run", "{net}", "--dt", "1 minute", "--random", "1"], 2, "not a time"),
        (["run", "{net}", "--dt", "1ms", "--random", "1", "--profile", "x"], 2, "known are exact"),
        (["run", "{net}", "--dt", "1ms", "--input", "{dir}/x.txt"], 2, ".npy, .npz or .csv"),
        (["run", "{net}", "--dt", "1ms", "--input", "{dir}/none.npy"], 3, "none.npy"),
        (["draw", "{net}", "{dir}/x.gif"], 2, ".svg, .html or .png"),
        (["bake", "{net}"], 2, "invalid choice"),
        ([], 2, "required"),
    ],
)
def test_wrong_use_ends_with_a_sentence_and_a_code(
    words: list[str],
    code: int,
    message: str,
    net: str,
    drive: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    before = sorted(tmp_path.iterdir())
    assert main([w.format(net=net, dir=tmp_path) for w in words]) == code
    error = capsys.readouterr().err
    assert message in error.replace("Is a d", "is a d")
    assert "Traceback" not in error
    assert sorted(tmp_path.iterdir()) == before


def test_help_and_version(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--version"]) == 0
    assert nc.__version__ in said(capsys)
    assert main(["explain", "--help"]) == 0
    assert "--from" in said(capsys)


def test_run_by_kernels_gives_the_same_numbers(
    net: str, drive: str, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["run", net, "--input", drive, "--dt", "0.1ms", "--profile", "norse", "--json"]
    assert main(words) == 0
    plain = said(capsys)
    assert main([*words, "--fast"]) == 0
    assert said(capsys) == plain


def test_a_drawing_to_the_screen_can_be_json(net: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["draw", net, "-", "--json"]) == 0
    assert json.loads(said(capsys))["svg"].startswith("<svg")


def test_json_tells_what_went_wrong(
    net: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "broken.nir").write_bytes(b"no network")
    for words, code in (
        (["info", str(tmp_path / "missing.nir")], 3),
        (["check", str(tmp_path / "broken.nir")], 3),
        (["run", net, "--dt", "1ms", "--random", "0.5", "--profile", "none"], 2),
    ):
        assert main([*words, "--json"]) == code
        told = capsys.readouterr()
        failure = json.loads(told.out)
        assert failure["exit"] == code
        assert failure["error"] in told.err


@pytest.mark.parametrize(
    "words",
    [
        ["run", "--random", "0.1"],
        ["explain", "--dt", "1ms", "--random", "0.1"],
        ["compare", "--dt", "1ms", "--random", "0.1"],
        ["fit", "--target", "speck2e"],
        ["passes"],
    ],
)
def test_a_wrong_network_is_a_finding_for_every_verb_that_needs_a_right_one(
    words: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    wrong = nc.NIRGraph({"in": nc.Input([3]), "out": nc.Output([2])}, [("in", "out")], None, False)
    path = str(tmp_path / "wrong.nir")
    nc.write(path, wrong, check="off")
    more = ["flatten"] if words[0] == "passes" else []
    assert main([words[0], path, *more, *words[1:], "--json"]) == 1
    told = json.loads(capsys.readouterr().out)
    assert told["exit"] == 1
    assert "NIR020" in told["error"]


@pytest.mark.parametrize(
    "words",
    [
        ["--random", "0.1", "--steps", "-1"],
        ["--random", "0.1", "--seed", "-1"],
        ["--random", "1.5"],
        ["--random", "nan"],
        ["--dt", "-1ms"],
        ["--no-such-option"],
    ],
)
def test_words_that_mean_nothing_are_told_in_json_too(
    words: list[str], net: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["run", net, "--dt", "1ms", *words]) == 2
    told = capsys.readouterr()
    assert told.out == ""
    assert told.err.startswith("usage: nir-core")
    assert main(["run", net, "--dt", "1ms", *words, "--json"]) == 2
    told = capsys.readouterr()
    assert json.loads(told.out)["exit"] == 2
    assert words[0] in json.loads(told.out)["error"]


def test_more_than_the_memory_is_wrong_use(net: str, capsys: pytest.CaptureFixture[str]) -> None:
    steps = str(10**15)
    assert main(["run", net, "--dt", "1ms", "--random", "0.1", "--steps", steps]) == 2
    assert "not enough memory" in capsys.readouterr().err


def test_an_unreadable_file_does_not_hide_the_others(
    net: str, wrong: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "torn.nir").write_bytes(Path(net).read_bytes()[:300])
    files = [net, str(tmp_path / "torn.nir"), wrong]
    assert main(["check", *files, "--json"]) == 3
    results = json.loads(said(capsys))
    assert [r["ok"] for r in results] == [True, False, False]
    assert "torn.nir" in results[1]["error"]
    assert main(["check", *files]) == 3
    assert "NIR041 error at /li" in said(capsys)


def test_the_text_form_goes_to_the_terminal(net: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["convert", net, "-"]) == 0
    assert nc.from_text(said(capsys)) == nc.read(net)
    assert main(["convert", net, "-", "--json"]) == 0
    assert nc.from_text(json.loads(said(capsys))["text"]) == nc.read(net)
