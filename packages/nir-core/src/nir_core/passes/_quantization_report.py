"""What quantization changes: weights, spikes, outputs, decisions."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from nir_core.errors import NirError
from nir_core.graph import NIRGraph
from nir_core.nodes import SPIKING, NIRNode
from nir_core.passes._quantize import WEIGHTED
from nir_core.semantics.interpret import Result, run
from nir_core.semantics.profiles import Profile

__all__ = ["LayerError", "QuantizationReport", "quantization_report"]


@dataclass(frozen=True)
class LayerError:
    """What quantization did to one node.

    Args:
        node: path of the node.
        bits: bits of a weight, or 0 for a node without weights.
        weight_error: largest change of a weight, in units of the largest weight.
        snr_db: weights against their change, in decibel; infinite when nothing changed.
        spikes_before: spikes of the layer before (neurons only).
        spikes_after: spikes of the layer after.
        differing: elements (step, sample, neuron) of a neuron layer that differ.
        elements: number of elements of a neuron layer.
    """

    node: str
    bits: int = 0
    weight_error: float = 0.0
    snr_db: float = float("inf")
    spikes_before: float = 0.0
    spikes_after: float = 0.0
    differing: int = 0
    elements: int = 0


@dataclass(frozen=True)
class QuantizationReport:
    """What a quantized graph does differently on one input.

    Args:
        layers: weighted nodes and spiking layers in order.
        output_error: largest change of an output element, in units of the largest output.
        output_differing: output elements that differ.
        output_elements: number of output elements.
        same_decision: share of samples whose strongest output, summed over time, is the same;
            None with a single output element.
        accuracy_before: share of right decisions before; None without labels.
        accuracy_after: share of right decisions after.
    """

    layers: tuple[LayerError, ...]
    output_error: float
    output_differing: int
    output_elements: int
    same_decision: float | None
    accuracy_before: float | None = None
    accuracy_after: float | None = None

    @property
    def spikes_before(self) -> float:
        """Spikes of all layers before."""
        return sum(layer.spikes_before for layer in self.layers)

    @property
    def spikes_after(self) -> float:
        """Spikes of all layers after."""
        return sum(layer.spikes_after for layer in self.layers)

    def to_dict(self) -> dict[str, Any]:
        """Give the report as plain data for JSON."""
        return {
            **asdict(self),
            "spikes_before": self.spikes_before,
            "spikes_after": self.spikes_after,
        }

    def __str__(self) -> str:
        lines = []
        for layer in self.layers:
            if layer.bits:
                lines.append(
                    f"/{layer.node}: {layer.bits} bits, weights change by up to "
                    f"{layer.weight_error:.2%} of the largest, SNR {layer.snr_db:.1f} dB"
                )
            else:
                lines.append(
                    f"/{layer.node}: {layer.spikes_before:g} -> {layer.spikes_after:g} spikes, "
                    f"{layer.differing} of {layer.elements} elements differ"
                )
        lines.append(
            f"output: {self.output_differing} of {self.output_elements} elements differ, "
            f"by up to {self.output_error:.2%} of the largest"
        )
        if self.same_decision is not None:
            lines.append(f"same decision for {self.same_decision:.1%} of the samples")
        if self.accuracy_before is not None:
            lines.append(f"accuracy {self.accuracy_before:.1%} -> {self.accuracy_after:.1%}")
        return "\n".join(lines)


def quantization_report(
    before: NIRGraph,
    after: NIRGraph,
    x: Any,
    *,
    dt: float,
    profile: str | Profile = "nir",
    labels: Any = None,
) -> QuantizationReport:
    """Run a graph and its quantized form on the same input and compare.

    Args:
        before: the original graph.
        after: the quantized graph; other names are compared where both have them.
        x: the input, as for `run`.
        dt: length of a step in seconds.
        profile: profile to run both with.
        labels: the right output index of each sample, for the accuracy.

    Returns:
        Errors of weights, spikes and outputs.

    Raises:
        NirError: the outputs of the two graphs do not fit each other.

    Example:
        >>> from nir_core import Linear
        >>> from nir_core.passes import quantize
        >>> graph = NIRGraph.from_list(Linear([[0.5], [0.2]]))
        >>> report = quantization_report(graph, quantize(graph, bits=3), np.ones((8, 1)), dt=1e-3)
        >>> round(report.layers[0].weight_error, 3)
        0.067
    """
    runs = [run(g, x, dt=dt, profile=profile, record="all") for g in (before, after)]
    layers = []
    nodes = [_plain(g) for g in (before, after)]
    for name, node in nodes[0].items():
        other = nodes[1].get(name)
        if isinstance(node, WEIGHTED) and type(other) is type(node):
            layers.append(_weight_error(name, node, other))
        elif isinstance(node, SPIKING) and name in runs[1].spikes:
            layers.append(_spike_error(name, runs[0].spikes[name], runs[1].spikes[name]))
    outputs = [_outputs(r) for r in runs]
    if [a.shape for a in outputs[0]] != [b.shape for b in outputs[1]]:
        raise NirError("the outputs of the two graphs have different shapes")
    size = max((float(np.abs(a).max(initial=0)) for a in outputs[0]), default=0.0)
    pairs = list(zip(*outputs, strict=True))
    error = max((float(np.abs(a - b).max(initial=0)) for a, b in pairs), default=0.0)
    decisions = [_decisions(a, before) for a in (o[0] for o in outputs)]
    same = None if decisions[0] is None else float(np.mean(decisions[0] == decisions[1]))
    accuracy: list[float | None] = [None, None]
    if labels is not None and decisions[0] is not None:
        accuracy = [float(np.mean(d == np.asarray(labels))) for d in decisions]
    return QuantizationReport(
        tuple(layers),
        error / size if size else error,
        sum(int((a != b).sum()) for a, b in pairs),
        sum(a.size for a, _ in pairs),
        same,
        *accuracy,
    )


def _plain(graph: NIRGraph) -> dict[str, NIRNode]:
    from nir_core.semantics._plan import make_plan

    return make_plan(graph, lambda node: False).nodes


def _outputs(result: Result) -> list[np.ndarray]:
    return list(result.output.values()) if isinstance(result.output, dict) else [result.output]


def _decisions(output: np.ndarray, graph: NIRGraph) -> Any:
    """Give the index of the strongest output of each sample, from its sum over time."""
    (shape, *_) = [graph.shapes[name].input for name in graph.outputs]
    if shape is None or int(np.prod(shape)) < 2:
        return None
    total = output.sum(axis=0)
    return total.reshape(-1, int(np.prod(shape))).argmax(axis=1)


def _weight_error(name: str, before: Any, after: Any) -> LayerError:
    old, new = np.asarray(before.weight, np.float64), np.asarray(after.weight, np.float64)
    change = new - old
    size = float(np.abs(old).max(initial=0)) or 1.0
    power = float((change**2).sum())
    snr = 10 * np.log10(float((old**2).sum()) / power) if power and old.any() else float("inf")
    note = after.metadata.get("quantization", {})
    bits = int(note.get("bits", 0)) or int(8 * np.asarray(after.weight).dtype.itemsize)
    return LayerError(name, bits, float(np.abs(change).max(initial=0)) / size, float(snr))


def _spike_error(name: str, before: np.ndarray, after: np.ndarray) -> LayerError:
    return LayerError(
        name,
        spikes_before=float(before.sum()),
        spikes_after=float(after.sum()),
        differing=int((before != after).sum()),
        elements=int(before.size),
    )
