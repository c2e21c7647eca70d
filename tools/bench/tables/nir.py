"""Building, checking, storing and running NIR graphs, beside nir and the frameworks."""

import contextlib
import importlib
import io
import logging
import subprocess
import sys
import tempfile
from collections.abc import Callable
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from bench.harness import Candidate, Case

TITLE = "NIR graphs: building, files, running"
TEXT = """
*Build and check*: a chain of `Affine` and `LIF` nodes of one neuron is built from its nodes and
edges, and structure, shapes and values are checked; `nir` checks what it can by itself. *Write
and read*: the same graph goes to a file and comes back; every parameter is then compared.
*Large weight*: one `Linear` of 400 MB in a fresh process, interpreter start included; writing is
refused if the process needs more than 1.1 times the weight beside what an idle one needs. *Peak
memory* counts what that process holds at most beyond an idle one, the weight itself included.
*Open*: the same file is opened and the shape of its weight read. *Import* starts an interpreter.

*Run*: the convolutional network 2x34x34 - 16 (3x3) - pool - 32 (3x3) - pool - 10 with LIF neurons
after each layer, one sample of 30 steps, 5 % input spikes, one thread, float32; every framework
runs the graph that it imported from the same NIR object, and must give the same output spikes.
"""
VERSIONS = ("nir-core", "neuro-kernels", "nir", "nirtorch", "norse", "snntorch", "torch", "numpy")

STEPS, DT = 30, 1e-4


def _parts(count: int) -> tuple[dict[str, tuple[str, tuple[Any, ...]]], list[tuple[str, str]]]:
    """Give the nodes of a chain as class names and arguments, and its edges."""
    rng = np.random.default_rng(0)
    nodes: dict[str, tuple[str, tuple[Any, ...]]] = {"input": ("Input", (np.array([1]),))}
    for i in range(count // 2):
        nodes[f"fc{i}"] = ("Affine", (rng.normal(size=(1, 1)), rng.normal(size=1)))
        lif = (np.full(1, 0.01), np.ones(1), np.zeros(1), np.ones(1))
        nodes[f"lif{i}"] = ("LIF", lif)
    nodes["output"] = ("Output", (np.array([1]),))
    names = list(nodes)
    return nodes, list(pairwise(names))


def _built(library: Any, parts: Any) -> Any:
    nodes, edges = parts
    made = {}
    for name, (kind, arguments) in nodes.items():
        if kind in ("Input", "Output"):
            arguments = ({kind.lower(): arguments[0]},)
        made[name] = getattr(library, kind)(*arguments)
    return library.NIRGraph(made, edges)


def _build_and_check(name: str, parts: Any) -> Any:
    library = importlib.import_module(name)
    graph = _built(library, parts)
    if name == "nir_core":
        assert library.check(graph).ok
    return graph


def _same_nodes(parts: Any, graph: Any) -> str | None:
    if set(graph.nodes) != set(parts[0]):
        return f"{len(graph.nodes)} nodes, expected {len(parts[0])}"
    for name, (kind, arguments) in parts[0].items():
        node = graph.nodes[name]
        if type(node).__name__ != kind:
            return f"{name} is a {type(node).__name__}"
        if kind == "Affine" and not np.array_equal(np.asarray(node.weight), arguments[0]):
            return f"{name} has another weight"
    return None


def _there_and_back(library: str, graph: Callable[[], Any], path: Path) -> Any:
    module = importlib.import_module(library)
    module.write(str(path), graph())
    return module.read(str(path))


def _kept(make: Callable[[], Any]) -> Callable[[], Any]:
    """Make something at its first use."""
    made: list[Any] = []

    def get() -> Any:
        if not made:
            made.append(make())
        return made[0]

    return get


def _graphs(quick: bool) -> list[Case]:
    count = 400 if quick else 10_000
    stored = 200 if quick else 1_000
    folder = Path(tempfile.mkdtemp(prefix="bench-nir-"))
    large, small = _parts(count), _parts(stored)
    build = [
        Candidate(
            name,
            partial(_build_and_check, module, large),
            partial(_same_nodes, large),
            ours=module == "nir_core",
        )
        for name, module in (("nir-core", "nir_core"), ("nir 1.0.8", "nir"))
    ]
    cases = [Case(f"build and check, {count:,} nodes", build)]
    for kind in ("nirz", "nir"):
        peers = [
            (f"nir-core, .{kind}", "nir_core", folder / f"ours.{kind}"),
            ("nir 1.0.8, .nir", "nir", folder / f"theirs-{kind}.nir"),
        ]
        candidates = [
            Candidate(
                name,
                partial(
                    _there_and_back, module, _kept(partial(_module_graph, module, small)), path
                ),
                partial(_same_nodes, small),
                ours=module == "nir_core",
            )
            for name, module, path in peers
        ]
        cases.append(Case(f"write and read .{kind}, {stored:,} nodes", candidates))
    return cases


def _module_graph(module: str, parts: Any) -> Any:
    return _built(importlib.import_module(module), parts)


_WRITE = """
import resource, sys
import numpy as np
library = __import__(sys.argv[1])
rows, columns, path, compress = int(sys.argv[2]), int(sys.argv[3]), sys.argv[4], sys.argv[5]
weight = np.ones((rows, columns), np.float32)
weight += np.arange(columns, dtype=np.float32)
weight.setflags(write=False)
idle = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
graph = library.NIRGraph.from_list(library.Linear(weight))
library.write(path, graph, **({"compression": None} if compress == "none" else {}))
print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - idle) * 1024 / weight.nbytes)
"""


def _process(*arguments: str) -> str:
    command = [sys.executable, "-c", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def _memory(most: float, text: object) -> str | None:
    extra = float(str(text))
    return None if extra <= most else f"needs {extra:.2f} times the weight beside the weight"


def _large(quick: bool) -> list[Case]:
    rows, columns = (1000, 1000) if quick else (10_000, 10_000)
    folder = Path(tempfile.mkdtemp(prefix="bench-nir-"))
    size = f"{rows * columns * 4 / 1e6:.0f} MB"
    # 0.1 beside the weight itself, and a little for the interpreter in the quick form.
    most = 20.0 if quick else 0.1
    write = [
        Candidate(
            name,
            partial(_process, _WRITE, module, str(rows), str(columns), str(folder / file), mode),
            partial(_memory, most if module == "nir_core" else float("inf")),
            ours=file == "ours.nirz",
        )
        for name, module, file, mode in (
            ("nir-core, .nirz", "nir_core", "ours.nirz", "auto"),
            ("nir 1.0.8, .nir without compression", "nir", "theirs.nir", "none"),
        )
    ]
    memory = [
        Candidate(one.name, one.run, lambda text: None if text else "told nothing", ours=one.ours)
        for one in write
    ]
    shape = (rows, columns)

    def opened(module: str, file: str) -> tuple[int, ...]:
        graph = importlib.import_module(module).read(str(folder / file))
        return tuple(next(n for n in graph.nodes.values() if hasattr(n, "weight")).weight.shape)

    def right(found: object) -> str | None:
        return None if found == shape else f"shape {found}"

    read = [
        Candidate("nir-core, .nirz", partial(opened, "nir_core", "ours.nirz"), right, ours=True),
        Candidate("nir 1.0.8, .nir", partial(opened, "nir", "theirs.nir"), right),
    ]
    return [
        Case(f"write a weight of {size}", write),
        Case(f"peak memory of writing a weight of {size}", memory, gauge=_peak, quantity="weights"),
        Case(f"open a weight of {size}", read),
    ]


def _peak(run: Callable[[], object]) -> float:
    """Most memory of a process that writes a weight, in units of that weight."""
    return 1.0 + float(str(run()))


def _imports() -> Case:
    candidates = [
        Candidate(
            f"import {module}",
            partial(_process, f"import {module}; print({module}.__version__)"),
            lambda text: None if str(text).strip() else "no version",
            ours=module == "nir_core",
        )
        for module in ("nir_core", "nir")
    ]
    return Case("start an interpreter and import", candidates)


def network() -> Any:
    """Give the convolutional network, with weights at which both layers fire sparsely."""
    nc = importlib.import_module("nir_core")
    rng = np.random.default_rng(0)

    def lif(shape: tuple[int, ...]) -> Any:
        return nc.LIF(*(np.full(shape, v, np.float32) for v in (1e-3, 1.0, 0.0, 0.1)))

    def conv(side: int, taken: int, out: int, gain: float) -> Any:
        weight = (rng.normal(size=(out, taken, 3, 3)) * gain).astype(np.float32)
        return nc.Conv2d((side, side), weight, 1, 0, 1, 1, np.zeros(out, np.float32))

    readout = (rng.normal(size=(10, 32 * 49)) * 0.1).astype(np.float32)
    return nc.NIRGraph.from_list(
        nc.Input((2, 34, 34)),
        conv(34, 2, 16, 0.42),
        lif((16, 32, 32)),
        nc.SumPool2d(2, 2, 0),
        conv(16, 16, 32, 0.065),
        lif((32, 14, 14)),
        nc.SumPool2d(2, 2, 0),
        nc.Flatten(None, 0),
        nc.Linear(readout),
        lif((10,)),
    )


def _torch_loop(make: Callable[[Any], Any], graph: Any, x: np.ndarray) -> Callable[[], np.ndarray]:
    """Run a framework's module step by step, as its own examples do."""

    def prepare() -> Any:
        torch = importlib.import_module("torch")
        torch.set_num_threads(1)
        logging.disable(logging.CRITICAL)
        with contextlib.redirect_stdout(io.StringIO()):
            return torch, make(importlib.import_module("nir_core").to_nir(graph))

    kept = _kept(prepare)

    def run() -> np.ndarray:
        torch, model = kept()
        state, outputs = None, []
        with torch.no_grad():
            for step in torch.tensor(x):
                y, state = model(step[None]) if state is None else model(step[None], state)
                outputs.append((y[0] if isinstance(y, tuple) else y).reshape(-1))
        return torch.stack(outputs).numpy()

    return run


def _norse(graph: Any) -> Any:
    return importlib.import_module("norse.torch").from_nir(graph, dt=DT)


def _snntorch(graph: Any) -> Any:
    return importlib.import_module("snntorch.import_nir").import_from_nir(graph)


def _run(quick: bool) -> Case:
    nc = importlib.import_module("nir_core")
    importlib.import_module("neuro_kernels").set_num_threads(1)
    graph = network()
    steps = 5 if quick else STEPS
    x = (np.random.default_rng(1).random((steps, 2, 34, 34)) < 0.05).astype(np.float32)
    options = {"dt": DT, "profile": "norse", "dtype": "float32"}
    expected = nc.run(graph, x, **options).output

    def right(y: Any) -> str | None:
        apart = int((np.asarray(y).reshape(expected.shape) != expected).sum())
        return None if apart == 0 else f"{apart} of {expected.size} outputs differ"

    def ours(fast: bool) -> np.ndarray:
        return nc.run(graph, x, **options, fast=fast).output

    candidates = [
        Candidate("nir-core[fast]", partial(ours, True), right, ours=True),
        Candidate("nir-core, plain interpreter", partial(ours, False), right),
        Candidate("norse 1.1.0", _torch_loop(_norse, graph, x), right),
        Candidate("snntorch 1.0.0", _torch_loop(_snntorch, graph, x), right),
    ]
    return Case(f"run a convolutional network, {steps} steps", candidates, steps, "steps")


def cases(quick: bool) -> list[Case]:
    """Give the cases."""
    return [*_graphs(quick), *_large(quick), _imports(), _run(quick)]
