"""The report as plain data; nothing in it depends on when or how often a run was interrupted."""

from collections import Counter
from dataclasses import asdict
from typing import Any

import numpy as np

from norse_lite.nir._core import nir_core
from norse_lite.pipeline._config import Config
from norse_lite.pipeline._frames import Dataset
from norse_lite.pipeline._plan import Plan, versions

__all__ = ["assemble", "failures", "pictures"]


def assemble(
    config: Config,
    plan: Plan,
    dataset: Dataset,
    parts: dict[str, str],
    classes: tuple[str, ...],
) -> dict[str, Any]:
    """Bring the results of all stages together.

    Args:
        config: The options.
        plan: The stages, all done.
        dataset: The samples.
        parts: Part of each recording.
        classes: Names of the classes.

    Returns:
        Data for JSON.
    """
    survey = plan.survey.read()
    findings = [asdict(one) for one in plan.found.findings] + survey["findings"]
    sampled = {one.recording for one in dataset.samples}
    findings += [
        {
            "name": one["name"],
            "kind": "silent",
            "message": f"has no sample of {config.frames.min_events} events",
        }
        for one in survey["surveys"]
        if one["name"] not in sampled
    ]
    labels = {one.name: one.label for one in plan.found.recordings}
    samples = Counter((one.label, parts[one.recording]) for one in dataset.samples)
    sides = ("train", "validation", "test")
    return {
        "title": config.title,
        "seed": config.seed,
        "versions": versions(),
        "options": {
            name: config.section(name)
            for name in ("clean", "frames", "network", "train", "quantize", "verify")
        },
        "data": {
            "recordings": len(parts),
            "events": sum(one["events"] for one in survey["surveys"]),
            "sensors": sorted({tuple(one["size"]) for one in survey["surveys"]}),
            "classes": [
                {
                    "name": name,
                    "recordings": {
                        side: sum(labels[r] == name and parts[r] == side for r in parts)
                        for side in sides
                    },
                    "samples": {side: samples[name, side] for side in sides},
                }
                for name in classes
            ],
            "parts": parts,
            "findings": findings,
        },
        "layout": asdict(dataset.layout),
        "training": plan.train.read(),
        "evaluation": {k: v for k, v in plan.evaluate.read().items() if k != "raster"},
        "export": plan.export.read(),
        "quantized": [stage.read() for stage in plan.quantize.values()],
        "chips": [stage.read() for stage in plan.chips.values()],
        "profiles": [stage.read() for stage in plan.profiles.values()],
        "frameworks": [stage.read() for stage in plan.frameworks.values()],
    }


def pictures(plan: Plan, dataset: Dataset, classes: tuple[str, ...]) -> dict[str, Any]:
    """Give what the page shows and the report does not say.

    Returns:
        `events`: class, OFF and ON counts by pixel of its first sample; `raster`: spikes of one
        test sample; `graph`: the exported graph as SVG.
    """
    events = []
    for name in classes[:12]:
        number = next((k for k, one in enumerate(dataset.samples) if one.label == name), None)
        if number is not None:
            # A short time shows edges; over a whole sample ON and OFF cover each other.
            shown = max(1, dataset.layout.steps // 6)
            counts = dataset.frames[number][:shown].sum(0, dtype=np.int64)
            events.append((name, counts[0], counts[1]))
    nc = nir_core()
    graph = nc.draw(nc.read(plan.export.folder / "network.nir"))
    return {"events": events, "raster": plan.evaluate.read()["raster"], "graph": graph}


def failures(report: dict[str, Any]) -> tuple[str, ...]:
    """Say what a run was to prove and did not, one sentence each."""
    found = []
    exported = report["export"]
    if exported["differing"]:
        found.append(
            f"network.nir: {exported['differing']} of {exported['elements']} spikes differ from "
            "the trained network's when nir-core runs the file by the same rules"
        )
    other = exported["other_reader"]
    if other is not None and other["differing"]:
        found.append(
            f"network.nir: {other['differing']} spikes differ when {other['name']} reads the file"
        )
    if exported["findings"]:
        found.append(f"network.nir: {exported['findings'][0]}")
    return tuple(found)
