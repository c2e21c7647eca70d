"""Cases about layers without neurons: weights, convolutions, pooling, reshaping, delays."""

import zlib
from collections.abc import Iterator
from typing import Any

import numpy as np

import nir_core as nc
from conformance.case import Case

STEPS = 8
DT = 1e-3


def _values(shape: tuple[int, ...], seed: int) -> Any:
    return np.random.default_rng(seed).normal(0.0, 1.0, shape)


def _case(
    node: nc.NIRNode, shape: tuple[int, ...], what: str, *, steps: int = STEPS, after: Any = None
) -> Case:
    model = type(node).__name__
    name = f"{model}-{what}"
    nodes: dict[str, nc.NIRNode] = {"input": nc.Input(shape), "node": node}
    edges = [("input", "node")]
    last = "node"
    if after is not None:
        nodes["after"] = after
        edges.append(("node", "after"))
        last = "after"
    size = _output_shape(node, shape, after)
    graph = nc.NIRGraph(nodes | {"output": nc.Output(size)}, [*edges, (last, "output")])
    generator = np.random.default_rng(zlib.crc32(name.encode()))
    x = generator.normal(0.0, 1.0, (steps, *shape)).astype(np.float32)
    return Case(name, model, "single", what, "none", DT, graph, {"input": x})


def _output_shape(node: nc.NIRNode, shape: tuple[int, ...], after: Any) -> tuple[int, ...]:
    open_graph = nc.NIRGraph.from_list(*(one for one in (nc.Input(shape), node, after) if one))
    return tuple(next(iter(open_graph.outputs.values())).shape or ())


def cases() -> Iterator[Case]:
    """Yield every case about layers."""
    yield from _dense()
    yield from _convolutions()
    yield from _pools()
    yield from _shapes_and_times()


def _dense() -> Iterator[Case]:
    yield _case(nc.Linear(_values((3, 5), 1)), (5,), "wide")
    yield _case(nc.Linear(_values((5, 3), 1)), (3,), "tall")
    yield _case(nc.Linear(_values((1, 1), 1)), (1,), "one")
    yield _case(nc.Affine(_values((3, 5), 1), _values((3,), 2)), (5,), "wide")
    yield _case(nc.Affine(_values((5, 3), 1), _values((5,), 2)), (3,), "tall")
    yield _case(nc.Affine(np.zeros((4, 4)), _values((4,), 2)), (4,), "bias-alone")
    yield _case(nc.Affine(_values((4, 4), 1), np.zeros(4)), (4,), "bias-zero")
    yield _case(nc.Scale(_values((4,), 1)), (4,), "vector")
    yield _case(nc.Scale(_values((2, 3, 3), 1)), (2, 3, 3), "map")
    yield _case(nc.Scale(np.array(0.5)), (4,), "scalar")


def _convolutions() -> Iterator[Case]:
    def one(what: str, outs: int = 3, ins: int = 2, kernel: int = 3, **options: Any) -> Case:
        given = {"stride": 1, "padding": 0, "dilation": 1, "groups": 1, "bias": np.zeros(outs)}
        given |= options
        weight = _values((outs, ins // given["groups"], kernel), 1)
        return _case(nc.Conv1d(input_shape=12, weight=weight, **given), (ins, 12), what)

    def two(
        what: str,
        outs: int = 3,
        ins: int = 2,
        kernel: tuple[int, int] = (3, 3),
        size: tuple[int, int] = (8, 8),
        **options: Any,
    ) -> Case:
        given = {"stride": 1, "padding": 0, "dilation": 1, "groups": 1, "bias": np.zeros(outs)}
        given |= options
        weight = _values((outs, ins // given["groups"], *kernel), 1)
        return _case(nc.Conv2d(input_shape=size, weight=weight, **given), (ins, *size), what)

    for make in (one, two):
        yield make("plain")
        yield make("bias", bias=_values((3,), 2))
        yield make("stride", stride=2)
        yield make("padding", padding=1)
        yield make("same", padding="same")
        yield make("valid", padding="valid")
        yield make("dilation", dilation=2)
        yield make("groups", outs=4, ins=4, groups=2)
        yield make("depthwise", outs=4, ins=4, groups=4)
    yield two("kernel-3x5", kernel=(3, 5))
    yield two("kernel-1x1", kernel=(1, 1))
    yield two("not-square", size=(6, 10))
    yield two("stride-1x2", stride=(1, 2))
    yield two("padding-0x2", padding=(0, 2))


def _pools() -> Iterator[Case]:
    for kind in (nc.SumPool2d, nc.AvgPool2d):
        for what, kernel, stride, padding, size in (
            ("plain", 2, 2, 0, (8, 8)),
            ("overlap", 3, 1, 0, (8, 8)),
            ("padding", 2, 2, 1, (8, 8)),
            ("rest", 2, 2, 0, (7, 7)),
            ("not-square", (2, 3), (2, 3), 0, (8, 9)),
        ):
            pairs = [
                part if isinstance(part, tuple) else (part, part)
                for part in (kernel, stride, padding)
            ]
            yield _case(kind(*pairs), (2, *size), what)


def _shapes_and_times() -> Iterator[Case]:
    for what, first, last in (("all", 0, -1), ("last-two", 1, 2), ("first-two", 0, 1)):
        node = nc.Flatten({"input": np.array((2, 3, 4))}, first, last)
        yield _case(node, (2, 3, 4), what)
    yield _case(nc.Threshold(np.array([-0.5, 0.0, 0.5, 1.0])), (4,), "vector")
    yield _case(nc.Threshold(np.full((2, 3, 3), 0.3)), (2, 3, 3), "map")
    for what, steps in (("zero", (0, 0)), ("one", (1, 1)), ("varied", (1, 3)), ("long", (20, 2))):
        delay = nc.Delay(np.array(steps) * DT)
        yield _case(delay, (2,), what, steps=24)
