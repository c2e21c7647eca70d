"""The page of a run, made of its report."""

from html import escape
from typing import Any

import numpy as np

from norse_lite.pipeline._figures import (
    confusion_table,
    event_picture,
    line_chart,
    raster,
    share_bar,
)
from norse_lite.pipeline._html import Markup, Page, Verdict

__all__ = ["page"]


def page(report: dict[str, Any], pictures: dict[str, Any]) -> Page:
    """Lay out a report.

    Args:
        report: What `report.json` says.
        pictures: Event counts, spikes and graph, from `pictures`.

    Returns:
        The page, to which sections can be added.
    """
    lead = (
        f"{report['data']['recordings']:,} recordings of {len(report['data']['classes'])} classes,"
        " split by recording, trained, exported as NIR, and run again by the rules of other"
        " platforms. Every figure was computed by the run that wrote this page."
    )
    made = Page(report["title"], lead)
    _headline(made, report)
    _data(made, report, pictures)
    _training(made, report, pictures)
    _answers(made, report)
    _operations(made, report)
    _export(made, report, pictures)
    _profiles(made, report)
    _frameworks(made, report)
    _quantized(made, report)
    _chips(made, report)
    _provenance(made, report)
    return made


def _headline(made: Page, report: dict[str, Any]) -> None:
    evaluation, exported = report["evaluation"], report["export"]
    made.numbers(
        {
            "test accuracy": f"{evaluation['accuracy']:.1%}",
            "share of the largest class": f"{evaluation['chance']:.1%}",
            "synaptic operations per sample": _short(evaluation["operations"]["synops"]),
            "spikes that differ after export": f"{exported['differing']:,}",
        }
    )


def _data(made: Page, report: dict[str, Any], pictures: dict[str, Any]) -> None:
    data, layout = report["data"], report["layout"]
    sensors = ", ".join(f"{w} x {h}" for w, h in data["sensors"])
    made.section(
        "The recordings",
        f"{data['events']:,} events of {sensors} pixels. A sample lasts"
        f" {layout['steps'] * layout['step_us'] / 1000:g} ms and is {layout['steps']} frames of"
        f" {layout['size'][0]} x {layout['size'][1]} pixels. All samples of a recording are on the"
        " same side of the split.",
    )
    cells = "".join(
        f"<figure>{event_picture(off, on, alt=f'events of class {name}')}"
        f"<figcaption>{escape(name)}</figcaption></figure>"
        for name, off, on in pictures["events"]
    )
    made.raw(f'<div class="gallery">{cells}</div>')
    sides = [s for s in ("train", "validation", "test") if any(
        one["recordings"][s] for one in data["classes"]
    )]  # fmt: skip
    made.table(
        ["class", *(f"{side}: recordings" for side in sides), *(f"{s}: samples" for s in sides)],
        [
            [
                one["name"],
                *(one["recordings"][s] for s in sides),
                *(one["samples"][s] for s in sides),
            ]
            for one in data["classes"]
        ],
    )
    if data["findings"]:
        made.raw(f"<p>Not used, or not all of it ({len(data['findings'])}):</p>")
        made.table(
            ["file", "what", "why"],
            [[one["name"], one["kind"], one["message"]] for one in data["findings"]],
        )


def _training(made: Page, report: dict[str, Any], pictures: dict[str, Any]) -> None:
    training, options = report["training"], report["options"]["network"]
    history = training["history"]
    made.section(
        "The network",
        f"A {options['kind']} spiking network of {options['neuron']} neurons with"
        f" {training['parameters']:,} parameters, its first weights calibrated to"
        f" {options['rate']:g} spikes per neuron and step, trained by surrogate gradients for"
        f" {len(history)} epochs.",
    )
    curve = line_chart(
        {
            "loss": [one["loss"] for one in history],
            f"{training['scored_on']} accuracy": [one["score"] for one in history],
        },
        x=range(1, len(history) + 1),
        x_label="epoch",
        y_label="loss, accuracy",
        dots=True,
    )
    shown = pictures["raster"]
    layers = {}
    for name, one in shown["layers"].items():
        layers[name] = np.zeros((shown["steps"], one["rows"]))
        layers[name][one["step"], one["row"]] = 1
    figures = [(curve, "Training; the weights of the last epoch are used.")]
    if layers:
        name = report["data"]["classes"][shown["label"]]["name"]
        picture = raster(layers, step_ms=report["layout"]["step_us"] / 1000)
        figures.append(
            (picture, f"Spikes for a test sample of class {name}: the most active neurons.")
        )
    made.figures(*figures)
    missed = [row for row in training["calibration"]["rows"] if not _reached(row)]
    for row in missed:
        made.note(
            f"Layer {row['layer']} began at {row['after']:.3g} spikes per neuron and step instead"
            f" of {row['wanted']:g}."
        )


def _reached(row: dict[str, Any]) -> bool:
    return abs(row["after"] - row["wanted"]) <= 0.25 * row["wanted"]


def _answers(made: Page, report: dict[str, Any]) -> None:
    evaluation = report["evaluation"]
    made.section(
        "Accuracy",
        f"{evaluation['samples']:,} test samples, none of them of a recording that was trained on.",
    )
    names = [one["name"] for one in evaluation["classes"]]
    made.raw(f'<div class="scroll">{confusion_table(evaluation["confusion"], names)}</div>')
    made.details(
        "By class",
        ["class", "samples", "found of those shown", "right of those answered"],
        [
            [one["name"], one["samples"], _percent(one["recall"]), _percent(one["precision"])]
            for one in evaluation["classes"]
        ],
    )


def _operations(made: Page, report: dict[str, Any]) -> None:
    counted = report["evaluation"]["operations"]
    made.section(
        "Operations",
        f"Per sample, the mean of {counted['samples']}: {_short(counted['synops'])} synaptic"
        f" operations against {_short(counted['dense'])} multiply-accumulates of the same network"
        f" without looking at zeros; {counted['spikes']:,.0f} spikes. An estimate of the energy:"
        f" {counted['energy'] * 1e9:.4g} nJ against {counted['dense_energy'] * 1e9:.4g} nJ"
        f" ({counted['formula']}).",
    )
    made.table(
        ["layer", "kind", "synaptic operations", "dense", "share", "spikes"],
        [
            [
                one["path"],
                one["kind"],
                round(one["synops"]),
                round(one["dense"]),
                Markup(share_bar(one["synops"] / one["dense"])) if one["dense"] else "",
                round(one["spikes"], 1),
            ]
            for one in counted["layers"]
        ],
    )


def _export(made: Page, report: dict[str, Any], pictures: dict[str, Any]) -> None:
    exported = report["export"]
    same = not exported["differing"]
    made.section(
        "The exported file",
        f"network.nir was read back and run by nir-core on {exported['samples']} test samples by"
        f" the rules of norse-lite: {exported['spikes']:,.0f} spikes, of which"
        f" {exported['differing']:,} differ from those of the network in PyTorch"
        f" ({exported['trained_spikes']:,.0f}).",
    )
    other = exported["other_reader"]
    if other is not None:
        made.note(f"Read by {other['name']} and run the same way: {other['differing']:,} differ.")
    made.verdict(
        Verdict(same, "the file is the network" if same else "the file is not the network")
    )
    made.wide_figure(pictures["graph"], "The graph with its shapes.")


def _profiles(made: Page, report: dict[str, Any]) -> None:
    made.section(
        "What other platforms would make of it",
        "A .nir file does not say how time is cut into steps. Each profile is the rules of one"
        " platform, applied to the same file and the same samples.",
    )
    rows: list[list[object]] = []
    for one in report["profiles"]:
        if one["refused"] is not None:
            rows.append([one["profile"], "", "", "", "", one["refused"]])
            continue
        share = one["differing"] / max(one["elements"], 1)
        rows.append(
            [
                one["profile"],
                f"{one['spikes']:,.0f}",
                f"{one['differing']:,} ({share:.2%})",
                Markup(share_bar(one["same_class"])),
                _percent(one["accuracy"]),
                _cause(one),
            ]
        )
    made.table(
        ["profile", "spikes", "differing", "same class", "accuracy", "first difference, and why"],
        rows,
    )


def _cause(one: dict[str, Any]) -> str:
    cause = one["cause"]
    if cause is None:
        return "identical" if not one["differing"] else "none in the first sample"
    rules = "; ".join(cause["rules"]) or "several rules together"
    return f"step {cause['step']} at {cause['node']}: {rules}"


def _frameworks(made: Page, report: dict[str, Any]) -> None:
    made.section(
        "What installed frameworks make of it",
        "Each read the same file in a process of its own and ran it as its documentation says."
        " A refusal is better than a wrong answer.",
    )
    if not report["frameworks"]:
        made.note("None was asked for, or none is installed.")
        return
    rows: list[list[object]] = []
    for one in report["frameworks"]:
        good = one["verdict"] in ("same", "same class")
        versions = ", ".join(f"{k} {v}" for k, v in one["versions"].items() if k != "torch")
        note = one["problem"] or ""
        if "output_error" in one:
            note = f"outputs differ by up to {_percent(one['output_error'])} of the largest"
            if one["like"]:
                note += f"; as profile {', '.join(one['like'])}"
        same = _percent(one.get("same_class"))
        row = [one["framework"], versions, Verdict(good, one["verdict"]), same, note]
        rows.append(row)
    made.table(["framework", "versions", "verdict", "same class", "what came"], rows)


def _quantized(made: Page, report: dict[str, Any]) -> None:
    if not report["quantized"]:
        return
    made.section(
        "In fewer bits",
        "Weights, biases and thresholds rounded to fixed-point numbers, run on all test samples.",
    )
    rows: list[list[object]] = [
        [
            f"{one['bits']} bits",
            Markup(share_bar(one["accuracy"])),
            _percent(one["accuracy"] - one["accuracy_before"], signed=True),
            _percent(one["same_class"]),
            f"{one['spikes_before']:,.0f} → {one['spikes']:,.0f}",
            f"network-{one['bits']}bit.nir",
        ]
        for one in report["quantized"]
    ]
    head = ["weights", "accuracy", "change", "same class", "spikes", "file"]
    made.table(head, rows)


def _chips(made: Page, report: dict[str, Any]) -> None:
    if not report["chips"]:
        return
    made.section(
        "Does it fit a chip?",
        "Checked against the limits that makers and papers publish; what nir-core can round by"
        " itself does not count against a chip.",
    )
    rows: list[list[object]] = []
    for one in report["chips"]:
        blocking = [v for v in one["violations"] if not v.get("automatic")]
        text = "; ".join(_violation(v) for v in blocking[:3])
        if len(blocking) > 3:
            text += f"; and {len(blocking) - 3} more"
        verdict = Verdict(one["fits"], "fits" if one["fits"] else "does not fit")
        after = (one["comparison"] or {}).get("same_decision")
        rows.append([one["title"], verdict, _percent(after), text])
    made.table(["chip", "verdict", "same class in its numbers", "what is in the way"], rows)


def _violation(one: dict[str, Any]) -> str:
    place = f"{one['node']}: " if one.get("node") else ""
    change = f", needs {one['change']}" if one.get("change") else ""
    return f"{place}{one['limit']} {one['got']}{change}"


def _provenance(made: Page, report: dict[str, Any]) -> None:
    training = report["training"]
    processes = f", trained in {training['processes']} processes" * (training["processes"] > 1)
    made.section("Versions and seeds", f"Seed {report['seed']}{processes}.")
    rows: list[list[object]] = [[name, number] for name, number in report["versions"].items()]
    made.table(["package", "version"], rows)
    options: list[list[object]] = [
        [f"{section}.{key}", str(value)]
        for section, values in report["options"].items()
        for key, value in values.items()
    ]
    made.details("All options", ["option", "value"], options)


def _percent(share: float | None, *, signed: bool = False) -> str:
    if share is None:
        return ""
    return f"{share:+.1%}" if signed else f"{share:.1%}"


def _short(value: float) -> str:
    for size, name in ((1e9, "billion"), (1e6, "million")):
        if value >= size:
            return f"{value / size:.3g} {name}"
    return f"{value:,.0f}"
