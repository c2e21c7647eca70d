"""GraphTracer: which modules feed which, seen while a model runs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import nn
from torch.overrides import TorchFunctionMode

from nir_core.compat.nirtorch._torch_graph import Node, TorchGraph
from nir_core.compat.nirtorch.utils import sanitize_name
from nir_core.errors import NirError

__all__ = [
    "GraphTracer",
    "Node",
    "TorchGraph",
    "extract_torch_graph",
    "named_modules_map",
    "sanitize_name",
]


def named_modules_map(model: nn.Module, model_name: str | None = "model") -> dict[nn.Module, str]:
    """Give the names of the modules inside a model, Sequential left out.

    Args:
        model: the model.
        model_name: name of the model itself; None leaves it out.

    Example:
        >>> list(named_modules_map(nn.Sequential(nn.ReLU()), None).values())
        ['0']
    """
    names = {m: name for name, m in model.named_modules() if not isinstance(m, nn.Sequential)}
    names.pop(model, None)
    if model_name is not None:
        names[model] = model_name
    return names


# Operations between modules through which a signal stays what it is, or signals add up.
_PASSING = {
    "add", "__add__", "__radd__", "__iadd__", "add_", "sum", "stack", "__getitem__", "unbind",
    "flatten", "view", "reshape", "squeeze", "unsqueeze", "contiguous", "clone", "to", "float",
    "double", "detach", "permute", "transpose", "movedim", "select", "expand", "__iter__",
    "split", "chunk", "view_as", "type",
}  # fmt: skip


class _Follow(TorchFunctionMode):
    """Notes for every tensor which modules it comes from."""

    def __init__(self, tracer: GraphTracer) -> None:
        super().__init__()
        self.tracer = tracer

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        result = func(*args, **(kwargs or {}))
        if self.tracer.depth == 0 and getattr(func, "__name__", "") in _PASSING:
            self.tracer.pass_on((args, kwargs or {}), result)
        return result


def _tensors(value: Any) -> list[torch.Tensor]:
    if isinstance(value, torch.Tensor):
        return [value]
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, (tuple, list)):
        return [one for item in value for one in _tensors(item)]
    return []


class GraphTracer:
    """Watches a model run: `with GraphTracer(names) as tracer: model(x)`; then `tracer.graph`.

    Args:
        module_map: name of each module that becomes a node. A module around others becomes one
            beside them when something feeds it or it feeds something; `leaf_only` and
            `ignore_submodules_of` of the graph choose between the two.
        leaves: modules into which it does not look; with them, they alone become nodes. By
            default those without children.
    """

    def __init__(
        self, module_map: dict[nn.Module, str], leaves: set[nn.Module] | None = None
    ) -> None:
        inner = {m for m in module_map if not any(True for _ in m.children())}
        self.leaves = inner if leaves is None else leaves
        self.around = set(module_map) - inner if leaves is None else set()
        nodes = {m: n for m, n in module_map.items() if m in self.leaves or m in self.around}
        self.graph = TorchGraph(nodes)
        self.output_types: dict[nn.Module, Any] = self.graph.module_output_types
        self.depth = 0
        # Tensors are kept, so that no id is used twice while the model runs.
        self.origin: dict[int, tuple[torch.Tensor, tuple[nn.Module, ...]]] = {}
        self.starts: dict[nn.Module, None] = {}
        self.sample: set[int] = set()

    def _sources(self, value: Any) -> dict[nn.Module, torch.Tensor]:
        found: dict[nn.Module, torch.Tensor] = {}
        for one in _tensors(value):
            for module in self.origin.get(id(one), (one, ()))[1]:
                found[module] = one
        return found

    def from_sample(self, value: Any) -> None:
        """Note that tensors come from outside."""
        for one in _tensors(value):
            self.sample.add(id(one))
            self.origin.setdefault(id(one), (one, ()))

    def pass_on(self, given: Any, result: Any) -> None:
        """Note that tensors come from where others come from."""
        sources = tuple(self._sources(given))
        outside = any(id(one) in self.sample for one in _tensors(given))
        for one in _tensors(result):
            self.origin[id(one)] = (one, sources)
            if outside:
                self.sample.add(id(one))

    def __enter__(self) -> GraphTracer:
        self._call = nn.Module.__call__
        tracer, original = self, nn.Module.__call__

        def watched(module: nn.Module, *args: Any, **kwargs: Any) -> Any:
            if module in tracer.around and not tracer.depth:
                before = tracer._sources((args, kwargs))
                output = original(module, *args, **kwargs)
                return tracer.left(module, before, (args, kwargs), output)
            if module not in tracer.leaves or tracer.depth:
                return original(module, *args, **kwargs)
            tracer.depth += 1
            try:
                output = original(module, *args, **kwargs)
            finally:
                tracer.depth -= 1
            return tracer.called(module, (args, kwargs), output)

        nn.Module.__call__ = watched  # type: ignore[method-assign]
        self.mode = _Follow(self)
        self.mode.__enter__()
        return self

    def called(self, module: nn.Module, given: Any, output: Any) -> Any:
        """Note a call of a module."""
        self.graph.add_or_get_node_for_elem(module)
        for source, one in self._sources(given).items():
            if source is not module:  # its own output comes back as a state
                self.graph.add_edge(source, module, tuple(one.shape))
        if any(id(one) in self.sample for one in _tensors(given)):
            self.starts[module] = None
        signal = output[0] if isinstance(output, (tuple, list)) else output
        if not isinstance(signal, torch.Tensor):
            name = self.graph.module_names[module]
            raise NirError(f"{name}: expected a tensor or a tuple that begins with one")
        if any(signal is one for one in _tensors(given)):
            # A module that gives its input back would look like a cycle.
            signal = signal.view_as(signal)
            output = (signal, *output[1:]) if isinstance(output, (tuple, list)) else signal
        self.output_types[module] = signal.shape
        self.origin[id(signal)] = (signal, (module,))
        return output

    def left(self, module: nn.Module, before: Any, given: Any, output: Any) -> Any:
        """Note that a module around others has run: what fed it, and that it gives its output."""
        for source, one in before.items():
            self.graph.add_edge(source, module, tuple(one.shape))
        if any(id(one) in self.sample for one in _tensors(given)):
            self.starts[module] = None
        signal = output[0] if isinstance(output, (tuple, list)) else output
        if isinstance(signal, torch.Tensor):
            self.output_types[module] = signal.shape
            sources = self.origin.get(id(signal), (signal, ()))[1]
            self.origin[id(signal)] = (signal, (*sources, module))
        return output

    def __exit__(self, *exc: Any) -> None:
        self.mode.__exit__(*exc)
        nn.Module.__call__ = self._call  # type: ignore[method-assign]
        roots = {self.graph.find_node(m) for m in self.starts if m in self.graph}
        self.graph.inputs = roots or self.graph._roots()


def extract_torch_graph(
    model: nn.Module,
    sample_data: Any,
    model_name: str | None = "model",
    model_args: Sequence[Any] = (),
) -> TorchGraph:
    """Give the graph of the modules of a model by running it once.

    Args:
        model: the model.
        sample_data: its first argument.
        model_name: name of the model itself, where it has no children.
        model_args: further arguments.

    Returns:
        The modules and which of them fed which, those around others too (`leaf_only` drops
        them); sums and reshaping between modules are followed.
    """
    if not any(True for _ in model.children()):
        return traced(model, sample_data, model_name, model_args, ())
    with GraphTracer(named_modules_map(model, model_name)) as tracer, torch.no_grad():
        tracer.from_sample(sample_data)
        model(sample_data, *model_args)
    return tracer.graph


def traced(
    model: nn.Module,
    sample_data: Any,
    model_name: str | None,
    model_args: Sequence[Any],
    whole: Sequence[type],
) -> TorchGraph:
    """Run a model under a tracer that does not look into modules of the classes in `whole`."""
    alone = not any(True for _ in model.children())
    names = named_modules_map(model, (model_name or type(model).__name__) if alone else None)
    kinds = tuple(whole)
    inside = {
        inner
        for module in names
        if type(module) in kinds
        for inner in module.modules()
        if inner is not module
    }
    leaves = {
        m
        for m in names
        if m not in inside and (type(m) in kinds or not any(True for _ in m.children()))
    }
    with GraphTracer(names, leaves) as tracer, torch.no_grad():
        tracer.from_sample(sample_data)
        model(sample_data, *model_args)
    return tracer.graph
