"""The verb `passes` of the command."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

import nir_core as nc
from nir_core.cli import main


@pytest.fixture
def nested(tmp_path: Path) -> str:
    block = nc.NIRGraph.from_list(nc.Scale([2.0, 0.5]), nc.LIF(*[[0.01] * 2] * 2, [0.0] * 2, [0.1]))
    graph = nc.NIRGraph.from_list(nc.Affine(np.eye(2), np.zeros(2)), block)
    nc.write(tmp_path / "net.nir", graph)
    return str(tmp_path / "net.nir")


def test_passes_writes_a_network_that_gives_the_same(nested: str, tmp_path: Path) -> None:
    out = str(tmp_path / "out.nir")
    assert main(["passes", nested, "flatten", "fold", "-o", out, "--prove", "norse"]) == 0
    before, after = nc.read(nested), nc.read(out)
    assert [type(n).__name__ for n in after.nodes.values()] == ["Input", "Affine", "LIF", "Output"]
    assert nc.passes.agreement(before, after, profile="norse").same


def test_passes_lists_every_pass(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["passes", "--list"]) == 0
    text = capsys.readouterr().out
    assert all(name in text for name in nc.passes.PASSES)
    assert main(["passes", "--list", "--json"]) == 0
    assert [row["name"] for row in json.loads(capsys.readouterr().out)] == [*nc.passes.PASSES]


def test_passes_tells_what_each_step_did(nested: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["passes", nested, "fold", "flatten", "fold", "--json"]) == 0
    steps = json.loads(capsys.readouterr().out)["steps"]
    assert [step["name"] for step in steps] == ["fold", "flatten", "fold"]
    assert steps[1]["nodes"] == [6, 4]


def test_quantize_takes_its_bits_from_the_command(nested: str, tmp_path: Path) -> None:
    out = str(tmp_path / "out.nirz")
    assert main(["passes", nested, "quantize", "--bits", "4", "-o", out]) == 0
    assert nc.read(out).nodes["affine"].metadata["quantization"]["bits"] == 4


def test_passes_with_a_wrong_name_or_none_is_wrong_use(
    nested: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["passes", nested, "flaten"]) == 2
    assert "did you mean 'flatten'" in capsys.readouterr().err
    assert main(["passes", nested]) == 2
    assert main(["passes"]) == 2
    assert main(["passes", nested + ".missing", "flatten"]) == 3
