"""What a framework's results are worth, compared with the traces of the suite."""

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np

import nir_core as nc

Verdict = Literal["pass", "wrong", "accepted", "refuses", "crashes", "absent"]

# A wrong result costs most, because nobody notices it; a refusal in clear words costs nothing.
# A graph that was accepted and cannot be run proves nothing either way.
POINTS: Mapping[str, float] = {
    "pass": 1.0, "accepted": 0.0, "refuses": 0.0, "crashes": -0.5, "wrong": -1.0,
}  # fmt: skip


@dataclass(frozen=True)
class Outcome:
    """One case in one framework.

    Attributes:
        case: name of the case.
        verdict: of importing and running it.
        exact: whether the outputs are also those of the continuous equations ("exact").
        like: the profiles whose outputs these are.
        export: verdict of exporting it again; "absent" where nothing could be exported.
        detail: what was raised, or how much differs.
        voltage: whether the potentials of its only neuron node are those of the profile; "absent"
            where there are several, or the framework shows none.
        export_detail: what was raised in exporting, or what the exported file gives instead.
    """

    case: str
    verdict: Verdict
    exact: bool
    like: tuple[str, ...]
    export: Verdict
    detail: str
    voltage: Verdict = "absent"
    export_detail: str = ""


@dataclass(frozen=True)
class Score:
    """A framework's results on the whole suite."""

    name: str
    profile: str
    versions: Mapping[str, str]
    outcomes: tuple[Outcome, ...]

    def count(self, cases: Iterable[str] | None = None) -> Counter[str]:
        """Count the verdicts of some cases, or of all."""
        chosen = None if cases is None else set(cases)
        return Counter(one.verdict for one in self.outcomes if chosen is None or one.case in chosen)

    def points(self) -> float:
        """Mean of POINTS over all cases: 1 is perfect, 0 refuses everything, -1 is always wrong."""
        return sum(POINTS[one.verdict] for one in self.outcomes) / max(len(self.outcomes), 1)


def same(got: Any, wanted: Any) -> bool:
    """Whether two arrays agree: spikes exactly, other numbers to single precision of a long sum."""
    got, wanted = np.asarray(got, np.float64), np.asarray(wanted, np.float64)
    if got.shape != wanted.shape or not np.isfinite(got).all():
        return False
    if np.isin(wanted, (0.0, 1.0)).all():
        return bool((got == wanted).all())
    scale = max(1.0, float(np.abs(wanted).max()))
    return bool(np.allclose(got, wanted, rtol=1e-4, atol=1e-4 * scale))


def refuses(problem: Mapping[str, Any]) -> bool:
    """Whether an error is a refusal in words: raised or asserted on purpose, with a sentence."""
    on_purpose = problem["type"] in ("NotImplementedError", "AssertionError")
    deliberate = problem["by_statement"] or on_purpose
    return bool(deliberate and " " in problem["message"].strip() and problem["type"] != "TooLong")


def _read(path: Path) -> dict[str, Any]:
    with np.load(path) as file:
        return {key: file[key] for key in file.files}


def _matches(outputs: Mapping[str, Any], trace: Mapping[str, Any]) -> bool:
    wanted = {key[7:]: value for key, value in trace.items() if key.startswith("output/")}
    if len(outputs) == len(wanted) == 1:
        return same(next(iter(outputs.values())), next(iter(wanted.values())))
    return outputs.keys() == wanted.keys() and all(same(outputs[k], wanted[k]) for k in wanted)


def judge(record: Mapping[str, Any], suite: Path, out: Path, profile: str) -> Outcome:
    """Judge one case.

    Args:
        record: a line of results.jsonl.
        suite: folder of the suite.
        out: folder with the framework's arrays and exported files.
        profile: the rules that the framework is known to follow.

    Returns:
        The outcome.
    """
    name, problem = record["case"], record["problem"]
    if record["accepted"] and problem is None and not record["ran"]:
        return Outcome(name, "accepted", False, (), "absent", "")
    if not record["ran"] and problem is not None:
        verdict: Verdict = "refuses" if refuses(problem) else "crashes"
        detail = f"{problem['step']}: {problem['type']}: {problem['message']}"
        return Outcome(name, verdict, False, (), "absent", detail)
    arrays = _read(out / f"{name}.npz")
    outputs = {key: value for key, value in arrays.items() if not key.startswith("voltage/")}
    traces = sorted((suite / name).glob("*.npz"))
    like = tuple(
        path.stem for path in traces if path.stem != "input" and _matches(outputs, _read(path))
    )
    right = profile in like
    detail = "" if right else _difference(outputs, _read(suite / name / f"{profile}.npz"))
    export, told = _judge_export(record, suite, out, profile, outputs)
    voltage = _judge_voltage(arrays.get("voltage/neuron"), suite, name, profile)
    return Outcome(
        name, "pass" if right else "wrong", "exact" in like, like, export, detail, voltage, told
    )


def _judge_voltage(got: Any, suite: Path, name: str, profile: str) -> Verdict:
    """Compare potentials with the profile's, in the units of NIR or in those of the platform."""
    trace = _read(suite / name / f"{profile}.npz")
    wanted = [value for key, value in trace.items() if key.startswith("voltage/")]
    if got is None or len(wanted) != 1:
        return "absent"
    if same(got, wanted[0]):
        return "pass"
    label = next(one for one in read_index(suite) if one["name"] == name)
    graph = nc.read(suite / name / "graph.nir")
    given = dict(zip(graph.inputs, _read(suite / name / "input.npz").values(), strict=True))
    native = nc.run(
        graph, given, dt=label["dt"], profile=profile, record="all", units="native"
    ).voltages
    return "pass" if any(same(got, value) for value in native.values()) else "wrong"


def _difference(outputs: Mapping[str, Any], trace: Mapping[str, Any]) -> str:
    wanted = {key[7:]: value for key, value in trace.items() if key.startswith("output/")}
    pairs = list(zip(outputs.values(), wanted.values(), strict=False))
    for got, right in pairs:
        if np.shape(got) != np.shape(right):
            return f"shape {np.shape(got)} instead of {np.shape(right)}"
    if len(outputs) != len(wanted):
        return f"{len(outputs)} outputs instead of {len(wanted)}"
    differ = sum(
        int((np.abs(got - right) > 1e-4 * (1 + np.abs(right))).sum()) for got, right in pairs
    )
    return f"{differ} of {sum(np.size(right) for _, right in pairs)} values differ"


def _judge_export(
    record: Mapping[str, Any], suite: Path, out: Path, profile: str, outputs: Mapping[str, Any]
) -> tuple[Verdict, str]:
    problem = record.get("export_problem")
    if record["exported"] is None:
        return "absent", ""
    if not record["exported"]:
        if problem is None:
            return "crashes", "no file was written"
        verdict: Verdict = "refuses" if refuses(problem) else "crashes"
        return verdict, f"{problem['type']}: {problem['message']}"
    labels = {one["name"]: one for one in read_index(suite)}
    try:
        graph = nc.read(out / f"{record['case']}.nir")
        inputs = _read(suite / record["case"] / "input.npz")
        given = dict(zip(graph.inputs, inputs.values(), strict=True))
        result = nc.run(graph, given, dt=labels[record["case"]]["dt"], profile=profile)
    except (nc.NirError, ValueError) as error:
        # A file that means nothing is a wrong result.
        return "wrong", str(error).replace(str(out), "").lstrip("/")
    ours = result.output if isinstance(result.output, dict) else {"output": result.output}
    if len(ours) != len(outputs):
        return "wrong", f"{len(ours)} outputs instead of {len(outputs)}"
    if all(same(a, b) for a, b in zip(ours.values(), outputs.values(), strict=True)):
        return "pass", ""
    given_back = {f"output/{key}": value for key, value in outputs.items()}
    return "wrong", _difference(ours, given_back)


def read_index(suite: Path) -> list[dict[str, Any]]:
    """The labels of all cases."""
    return json.loads((suite / "index.json").read_text("utf-8"))["cases"]


def score(suite: Path, out: Path) -> Score:
    """Judge everything that one framework did.

    Args:
        suite: folder of the suite.
        out: folder that the harness wrote for the framework.

    Returns:
        The score, in the order of the suite.
    """
    about = json.loads((out / "about.json").read_text("utf-8"))
    lines = (out / "results.jsonl").read_text("utf-8").splitlines()
    records = {record["case"]: record for record in map(json.loads, lines)}
    outcomes = tuple(
        judge(records[label["name"]], suite, out, about["profile"])
        for label in read_index(suite)
        if label["name"] in records
    )
    return Score(about["name"], about["profile"], about["versions"], outcomes)


def as_data(found: Score) -> dict[str, Any]:
    """A score as plain data for JSON."""
    return {
        "name": found.name,
        "profile": found.profile,
        "versions": dict(found.versions),
        "points": round(found.points(), 3),
        "verdicts": dict(found.count()),
        "outcomes": [asdict(one) for one in found.outcomes],
    }
