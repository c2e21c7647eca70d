"""The verbs of the command: each reads files, prints, and gives an exit code."""

from __future__ import annotations

import argparse
import json
import os
from pathlib import Path
from typing import Any

import numpy as np

from nir_core.checks import check, check_structure
from nir_core.cli._values import input_for
from nir_core.differences import diff
from nir_core.drawing import draw
from nir_core.errors import NirError, NirRunError
from nir_core.files import load, read_version, write
from nir_core.files._atomic import replacing
from nir_core.files._text import to_text
from nir_core.findings import Report, summary
from nir_core.graph import NIRGraph
from nir_core.semantics._record import semantics_of
from nir_core.semantics.compare import compare
from nir_core.semantics.explain import explain
from nir_core.semantics.interpret import run
from nir_core.semantics.profiles import PROFILES
from nir_core.statistics import stats

FINE, FINDINGS, USAGE, UNREADABLE = 0, 1, 2, 3


class Unreadable(Exception):
    """A file that cannot be read; the exit code is 3."""


class Wrong(Exception):
    """A network whose structure or shapes are wrong; the exit code is 1."""


def open_graph(path: str) -> tuple[NIRGraph, list[Any]]:
    try:
        graph, findings, _ = load(path)
    except (NirError, OSError) as error:
        raise Unreadable(_sentence(error, path)) from error
    return graph, findings


def open_sound(path: str) -> NIRGraph:
    """Open a network that is to be run or rewritten, so it must be right."""
    graph, _ = open_graph(path)
    errors = check_structure(graph).errors
    if errors:
        raise Wrong(f"{path}: {summary(errors)}")
    return graph


def _sentence(error: Exception, path: str) -> str:
    if isinstance(error, FileNotFoundError):
        return f"{path}: there is no such file"
    if isinstance(error, OSError):
        return f"{path}: {error.strerror or error}"
    return str(error)


def show(options: argparse.Namespace, data: Any, text: str) -> None:
    print(json.dumps(data, indent=2, default=str) if options.json else text)


def info(options: argparse.Namespace) -> int:
    """Say what a file holds."""
    graph, findings = open_graph(options.file)
    report = Report((*findings, *check(graph)))
    try:
        record = semantics_of(graph)
    except NirError:
        record = None
    numbers = stats(graph)
    data = {
        "file": options.file,
        "bytes": os.path.getsize(options.file),
        "version": read_version(options.file),
        "nodes": len(numbers.nodes),
        "edges": len(graph.edges),
        "inputs": {k: v.tolist() for k, v in _known(graph.input_type).items()},
        "outputs": {k: v.tolist() for k, v in _known(graph.output_type).items()},
        "parameters": numbers.parameters,
        "neurons": numbers.neurons,
        "semantics": None if record is None else {"profile": record.profile, "dt": record.dt},
        "errors": len(report.errors),
        "warnings": len(report.warnings),
    }
    how = f"profile {record.profile}, dt {record.dt:g} s" if record else "not recorded"
    counts = f"{data['nodes']} nodes, {data['edges']} edges, {numbers.neurons:,} neurons"
    lines = [
        f"{options.file}: {data['bytes']:,} bytes, NIR {data['version'] or 'without version'}",
        f"{counts}, {numbers.parameters:,} parameters",
        f"inputs {data['inputs']}, outputs {data['outputs']}",
        f"semantics: {how}",
        f"check: {len(report.errors)} errors, {len(report.warnings)} warnings",
    ]
    show(options, data, "\n".join(lines))
    return FINE


def _known(types: Any) -> dict[str, Any]:
    return {k: np.array([]) if v is None else v for k, v in types.items()}


def check_file(options: argparse.Namespace) -> int:
    """List every finding about files."""
    worst = FINE
    results = []
    texts = []
    for path in options.file:
        try:
            graph, findings = open_graph(path)
        except Unreadable as error:
            if len(options.file) == 1:
                raise
            worst = UNREADABLE
            results.append({"file": path, "ok": False, "error": str(error)})
            texts.append(str(error))
            continue
        report = Report((*findings, *check(graph)))
        bad = report.errors if not options.strict else report.findings
        worst = max(worst, FINDINGS if bad else FINE)
        results.append({"file": path, **report.to_dict()})
        texts.append(f"{path}: {report}" if len(report) < 2 else f"{path}:\n{report}")
    show(options, results[0] if len(results) == 1 else results, "\n".join(texts))
    return worst


def run_file(options: argparse.Namespace) -> int:
    """Run a graph and say or store what comes out."""
    graph = open_sound(options.file)
    x = input_for(graph, options)
    record = options.record or "all"
    fast = "auto" if options.fast else False
    result = run(graph, x, dt=options.dt, profile=options.profile, record=record, fast=fast)
    outputs = result.output if isinstance(result.output, dict) else {"output": result.output}
    if options.output:
        _store(options.output, result, outputs)
    data = {
        "profile": result.profile,
        "dt": result.dt,
        "outputs": {k: {"shape": list(v.shape), "sum": float(v.sum())} for k, v in outputs.items()},
        "spikes": {k: float(v.sum()) for k, v in result.spikes.items()},
    }
    lines = [f"profile {result.profile}, dt {result.dt:g} s"]
    lines += [f"/{k}: {v:g} spikes" for k, v in data["spikes"].items()]
    lines += [f"{k} {tuple(v['shape'])}: sum {v['sum']:g}" for k, v in data["outputs"].items()]
    show(options, data, "\n".join(lines))
    return FINE


def _store(path: str, result: Any, outputs: dict[str, Any]) -> None:
    kind = os.path.splitext(path)[1].lower()
    if kind not in (".npy", ".npz") or (kind == ".npy" and len(outputs) > 1):
        raise NirRunError(
            f"{path}: outputs are stored as .npy (a single one) or .npz (with spikes and voltages)"
        )
    with replacing(path) as draft, open(draft, "wb") as file:
        if kind == ".npy":
            np.save(file, next(iter(outputs.values())))
        else:
            spikes = {f"spikes/{k}": v for k, v in result.spikes.items()}
            voltages = {f"voltages/{k}": v for k, v in result.voltages.items()}
            np.savez(file, **outputs, **spikes, **voltages)


def diff_files(options: argparse.Namespace) -> int:
    """List what differs between two files."""
    found = diff(open_graph(options.a)[0], open_graph(options.b)[0])
    show(options, found.to_dict(), str(found))
    return FINDINGS if found else FINE


def explain_file(options: argparse.Namespace) -> int:
    """Say where two profiles part, and why."""
    graph = open_sound(options.file)
    x = input_for(graph, options)
    found = explain(graph, x, dt=options.dt, a=options.from_profile, b=options.to_profile)
    show(options, found.to_dict(), str(found))
    return FINE if found.agree else FINDINGS


def compare_file(options: argparse.Namespace) -> int:
    """Set several profiles side by side."""
    graph = open_sound(options.file)
    x = input_for(graph, options)
    names = options.profiles.split(",") if options.profiles else list(PROFILES)
    found = compare(graph, x, dt=options.dt, profiles=names, reference=options.reference)
    show(options, found.to_dict(), str(found))
    return FINE if all(r["first_divergence"] is None for r in found.rows) else FINDINGS


def convert(options: argparse.Namespace) -> int:
    """Read a file of any version and write it anew."""
    graph, findings = open_graph(options.source)
    if options.check != "off":
        errors = Report((*findings, *check(graph))).errors
        if errors:
            show(options, Report(errors).to_dict(), str(Report(errors)))
            return FINDINGS
    if options.target == "-":
        text = to_text(graph)
        show(options, {"source": options.source, "text": text}, text.rstrip("\n"))
        return FINE
    write(options.target, graph, options.compression, check="off")
    size = os.path.getsize(options.target)
    before = os.path.getsize(options.source)
    data = {"source": options.source, "target": options.target, "bytes": [before, size]}
    show(options, data, f"{options.target}: {size:,} bytes (from {before:,})")
    return FINE


def draw_file(options: argparse.Namespace) -> int:
    """Draw a graph."""
    graph, _ = open_graph(options.file)
    unfold = options.unfold if options.unfold is not None else True
    target = options.output or str(Path(options.file).with_suffix(".svg"))
    if target == "-":
        picture = draw(graph, unfold=unfold)
        show(options, {"svg": picture}, picture)
        return FINE
    kind = os.path.splitext(target)[1].lower()
    if kind not in (".svg", ".html", ".png"):
        raise NirRunError(f"{target}: a drawing is stored as .svg, .html or .png")
    title = Path(options.file).name
    picture = draw(graph, unfold=unfold, format=kind[1:], title=title)  # type: ignore[arg-type]
    with replacing(target) as draft:
        draft.write_bytes(picture if isinstance(picture, bytes) else picture.encode("utf-8"))
    show(options, {"file": target}, target)
    return FINE


def stats_file(options: argparse.Namespace) -> int:
    """Count parameters, neurons and operations."""
    numbers = stats(open_graph(options.file)[0])
    show(options, numbers.to_dict(), str(numbers))
    return FINE
