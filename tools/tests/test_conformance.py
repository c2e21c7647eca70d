"""The NIR suite says something, and its judge tells right, wrong, refused and crashed apart."""

import json
import shutil
import sys
import textwrap
from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from conformance import drive, suite
from conformance.adapters.membranes import membrane
from conformance.page import page
from conformance.report import entry, write_report
from conformance.score import Outcome, Score, Verdict, score
from conformance.verify import changes

NAMES = (
    "Linear-wide",
    "LIF-chain-uniform-1ms",
    "LIF-outputs-uniform-1ms",
    "Delay-one",
    "LIF-alone-uniform-1ms",
)

# A framework that answers by the traces of the suite, except where it is told to fail.
FAKE = """
import os, sys, time
import numpy as np
PACKAGE = "numpy"
VERSIONS = ("numpy",)
PROFILE = "norse"
class Loaded:
    def __init__(self, folder): self.folder = folder
    def run(self, inputs):
        with np.load(self.folder / "norse.npz") as file:
            found = {k[7:]: file[k].copy() for k in file.files if k.startswith("output/")}
        name = self.folder.name
        if name == os.environ.get("WRONG"): next(iter(found.values()))[3] += 1
        if name == os.environ.get("SHAPE"): found = {k: v[1:] for k, v in found.items()}
        with np.load(self.folder / "norse.npz") as file:
            volts = [file[k].copy() for k in file.files if k.startswith("voltage/")]
        if len(volts) == 1:
            found["voltage/neuron"] = volts[0] * (1.5 if os.environ.get("VOLTS") == name else 1)
        return found
def load(path, dt, inputs):
    name = path.parent.name
    if name == os.environ.get("DIES"): os._exit(7)
    if name == os.environ.get("HANGS"): time.sleep(60)
    if name == os.environ.get("REFUSES"): raise ValueError(f"{name} is not supported here")
    if name == os.environ.get("CRASHES"): return {}["missing"]
    return Loaded(path.parent)
"""


@pytest.fixture(scope="module")
def small_suite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Some cases as files."""
    folder = tmp_path_factory.mktemp("suite")
    suite.write_suite(folder, names=NAMES)
    return folder


@pytest.fixture
def run(small_suite: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, root: Path):
    """Run the fake framework with some settings and return its score."""
    tools = tmp_path / "tools"
    (tools / "conformance").mkdir(parents=True)
    for name in ("__init__.py", "harness.py"):
        (tools / "conformance" / name).write_text((root / "tools/conformance" / name).read_text())
    (tools / "conformance" / "adapters").mkdir()
    (tools / "conformance" / "adapters" / "__init__.py").write_text("")
    (tools / "conformance" / "adapters" / "fake.py").write_text(textwrap.dedent(FAKE))
    monkeypatch.setattr(drive, "TOOLS", tools)
    monkeypatch.setenv("CONFORMANCE_SECONDS", "1")

    def start(**settings: str) -> Score:
        for name, value in settings.items():
            monkeypatch.setenv(name, value)
        drive.run_framework(Path(sys.executable), "fake", small_suite, tmp_path / "out" / "fake")
        return score(small_suite, tmp_path / "out" / "fake")

    return start


def test_the_suite_covers_every_primitive_and_topology() -> None:
    cases = list(suite.cases())
    assert len(cases) >= 200
    assert len({case.name for case in cases}) == len(cases)
    primitives = Counter(case.primitive for case in cases)
    assert len(primitives) == 16
    assert min(primitives.values()) >= 2
    assert len({case.topology for case in cases}) == 8
    assert {case.dt for case in cases} == {1e-4, 1e-3}
    assert {case.reset for case in cases} == {"none", "zero", "value"}


def test_cases_neither_stay_silent_nor_saturate() -> None:
    for case in suite.cases():
        if case.primitive not in ("IF", "LIF", "CubaLIF"):
            continue
        trace = suite.expected(case, "nir")
        rates = [value.mean() for key, value in trace.items() if key.startswith("spikes/")]
        assert rates, case.name
        assert all(0.005 < rate < 0.9 for rate in rates), case.name


def test_cases_tell_profiles_apart() -> None:
    differ = 0
    cases = [case for case in suite.cases() if case.primitive in ("LIF", "CubaLIF")]
    for case in cases:
        traces = [suite.expected(case, name) for name in ("norse", "sinabs", "exact")]
        keys = [key for key in traces[0] if key.startswith("output/")]
        differ += all(
            any(not np.array_equal(one[key], other[key]) for key in keys)
            for one, other in ((traces[0], traces[1]), (traces[0], traces[2]))
        )
    assert differ > 0.6 * len(cases)


def test_a_framework_that_does_as_its_profile_passes(run) -> None:
    found = run()
    assert dict(found.count()) == {"pass": len(NAMES)}
    assert found.points() == 1.0
    assert found.versions == {"numpy": np.__version__}


@pytest.mark.parametrize(
    ("setting", "verdict"),
    [
        ("WRONG", "wrong"),
        ("SHAPE", "wrong"),
        ("REFUSES", "refuses"),
        ("CRASHES", "crashes"),
        ("DIES", "crashes"),
        ("HANGS", "crashes"),
    ],
)
def test_each_way_to_fail_has_its_verdict(run, setting: str, verdict: str) -> None:
    found = run(**{setting: NAMES[1]})
    verdicts = {one.case: one.verdict for one in found.outcomes}
    assert verdicts == dict.fromkeys(NAMES, "pass") | {NAMES[1]: verdict}
    assert next(one for one in found.outcomes if one.case == NAMES[1]).detail


def test_potentials_are_judged_beside_the_spikes(run, small_suite: Path, tmp_path: Path) -> None:
    name = "LIF-alone-uniform-1ms"
    right = {one.case: one.voltage for one in run().outcomes}
    assert right[name] == "pass"
    assert right["Linear-wide"] == right["LIF-chain-uniform-1ms"] == "absent"
    shutil.rmtree(tmp_path / "out")
    found = run(VOLTS=name)
    assert dict(found.count()) == {"pass": len(NAMES)}
    assert {one.case: one.voltage for one in found.outcomes}[name] == "wrong"
    write_report([found], small_suite, tmp_path / "docs")
    data = json.loads((tmp_path / "docs" / "results.json").read_text("utf-8"))["frameworks"][0]
    assert name in data["voltages_differ"]
    assert data["voltages"][0] == data["voltages"][1] - 1
    assert name in page(tmp_path / "docs" / "results.json")


def test_a_framework_that_did_not_run_keeps_its_published_results(
    run, small_suite: Path, tmp_path: Path
) -> None:
    found = run(WRONG=NAMES[0])
    write_report([replace(found, name="elsewhere")], small_suite, tmp_path / "docs")
    before = json.loads((tmp_path / "docs" / "results.json").read_text("utf-8"))["frameworks"]
    write_report([found], small_suite, tmp_path / "docs")
    after = json.loads((tmp_path / "docs" / "results.json").read_text("utf-8"))["frameworks"]
    assert [one["name"] for one in after] == ["elsewhere", "numpy"]
    assert after[0] == before[0]
    table = (tmp_path / "docs" / "table.md").read_text("utf-8")
    assert table.count("0 of 1 | 0 of 1") == 1


def test_the_potential_is_found_wherever_a_framework_keeps_it() -> None:
    torch = pytest.importorskip("torch")
    norse_lite = pytest.importorskip("norse_lite")
    layer = norse_lite.LIF()
    _, state = layer(torch.rand(3, 2, 4))
    assert membrane({"lif": [None, state]}) is state.v
    assert membrane((state, norse_lite.LIF()(torch.rand(3, 2, 4))[1])) is None

    class Keeps(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.mem = torch.zeros(2)

    module = torch.nn.Sequential(torch.nn.Linear(2, 2), Keeps())
    assert membrane(None, module) is module[1].mem
    assert membrane(None, torch.nn.Linear(2, 2)) is None


def test_a_changed_result_is_reported(run, small_suite: Path, tmp_path: Path) -> None:
    found = run(WRONG=NAMES[0])
    folder = tmp_path / "docs"
    write_report([found], small_suite, folder)
    assert changes(small_suite, tmp_path / "out", folder / "results.json") == []
    text = (folder / "results.json").read_text("utf-8")
    data = json.loads(text)
    data["frameworks"][0]["failures"] = []
    (folder / "results.json").write_text(json.dumps(data), "utf-8")
    (line,) = changes(small_suite, tmp_path / "out", folder / "results.json")
    assert f"{NAMES[0]} wrong, published: pass" in line


def test_exports_that_fail_alike_stand_together_with_a_script(tmp_path: Path) -> None:
    def one(case: str, export: Verdict, detail: str) -> Outcome:
        return Outcome(case, "pass", True, ("norse",), export, "", export_detail=detail)

    outcomes = (
        one("A-1", "wrong", "3 of 40 values differ"),
        one("A-2", "wrong", "7 of 24 values differ"),
        one("B-1", "crashes", "KeyError: Conv2d of B-1"),
        one("C-1", "pass", ""),
        one("D-1", "absent", ""),
    )
    found = entry(Score("norse", "norse", {"norse": "1"}, outcomes))
    assert found["exports"] == [1, 4]
    assert found["exports_differ"] == [
        {"verdict": "wrong", "detail": "N of N values differ", "cases": ["A-1", "A-2"]},
        {"verdict": "crashes", "detail": "KeyError: Conv2d of CASE", "cases": ["B-1"]},
    ]
    cases = [{"name": one.case, "dt": 1e-3, "steps": 8} for one in outcomes]
    results = tmp_path / "results.json"
    results.write_text(json.dumps({"cases": cases, "frameworks": [found]}), "utf-8")
    text = page(results)
    assert text.count("class='exports'") == 2
    assert "in 2 cases: N of N values differ" in text
    assert "norse.to_nir(model, x[0][:1])" in text


def test_the_page_has_a_script_for_every_failure(root: Path) -> None:
    published = root / "docs" / "conformance" / "results.json"
    text = page(published)
    frameworks = json.loads(published.read_text("utf-8"))["frameworks"]
    failures = [
        one for each in frameworks for one in each["failures"] if one["verdict"] != "accepted"
    ]
    assert len(frameworks) >= 10
    assert text.count("<details>") == len(failures)
    assert "{case}" not in text
