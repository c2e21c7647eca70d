"""`torch_to_nir`: a torch module as a graph, by symbolic tracing."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import torch
from torch import nn

from nir_core.compat import nir
from nir_core.compat.nir import ir as classes
from nir_core.compat.nirtorch.nir_interpreter import NodeAxesFlatten
from nir_core.errors import NirError
from nir_core.interop import rebuild
from nir_core.nodes import NIRNode as CoreNode
from nir_core.torch._leaves import DEFAULT_LEAVES, PASSED, flatten_node
from nir_core.torch._trace import Trace

__all__ = ["DEFAULT_MAP", "NIRTorchTracer", "NIRTorchTransformer", "torch_to_nir"]

ModuleMap = dict[Any, Callable[[Any], Any]]


def _mutable(node: Any) -> Any:
    return rebuild(node, classes, type_check=False) if isinstance(node, CoreNode) else node


def _known(maker: Callable[[Any], Any]) -> Callable[[Any], Any]:
    return lambda module: _mutable(maker(module))


def _flatten(module: NodeAxesFlatten) -> Any:
    if module.rank is None:  # its axes are then those of torch, the batch in front
        return _mutable(flatten_node(module.start_dim, module.end_dim))
    return nir.Flatten(None, module.start_dim, module.end_dim)  # type: ignore[arg-type]


DEFAULT_MAP: ModuleMap = {cls: _known(maker) for cls, maker in DEFAULT_LEAVES.items()}
DEFAULT_MAP[NodeAxesFlatten] = _flatten


class NIRTorchTracer(torch.fx.Tracer):
    """Symbolic tracing that does not look into modules of some classes.

    Args:
        custom_leaf_modules: the classes.
        **kwargs: for `torch.fx.Tracer`.
    """

    def __init__(self, custom_leaf_modules: Iterable[Any] | None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.custom_leaf_modules = tuple(custom_leaf_modules or ())

    def is_leaf_module(self, m: nn.Module, module_qualified_name: str) -> bool:
        """Whether a module stands for one node."""
        if isinstance(m, self.custom_leaf_modules) or getattr(m, "_is_leaf_module", False):
            return True
        return super().is_leaf_module(m, module_qualified_name)


class NIRTorchTransformer(torch.fx.Transformer):
    """torch.fx.Transformer under the name that nirtorch has for it."""


class _MappedLeaves:
    """Nodes by a user's map and the default one, by exact class before subclass."""

    def __init__(self, *maps: Mapping[Any, Callable[[Any], Any]]) -> None:
        self.maps = maps

    def maker(self, module: nn.Module) -> Callable[[Any], Any] | None:
        for given in self.maps:
            for cls in type(module).__mro__:
                if cls in given:
                    return given[cls]
        return None

    def knows(self, module: nn.Module) -> bool:
        marked = bool(getattr(module, "_is_leaf_module", False))
        return marked or isinstance(module, PASSED) or self.maker(module) is not None

    def node(self, module: nn.Module, where: str) -> Any:
        maker = self.maker(module)
        if maker is not None:
            return maker(module)
        if isinstance(module, PASSED):
            return None
        raise NirError(
            f"{where}: {type(module).__name__} does not appear in the module map and cannot be "
            f"traced further; add {type(module).__name__}: lambda module: nir...."
        )


def torch_to_nir(
    module: nn.Module,
    module_map: ModuleMap,
    default_dict: ModuleMap | None = DEFAULT_MAP,
    type_check: bool = True,
    stateful_modules: set[type[nn.Module]] | None = None,
    concrete_args: dict[str, Any] | None = None,
) -> Any:
    """Give a torch module as a graph of `nir_core.compat.nir`.

    Args:
        module: the module; it takes one step.
        module_map: gives the node of a module, by module class.
        default_dict: what is used for classes that module_map does not have; by default
            Linear, Conv1d, Conv2d, AvgPool2d, LPPool2d (norm 1) and Flatten.
        type_check: infer and check the types of the graph.
        stateful_modules: classes whose calls give (output, state); modules whose `forward`
            has an argument `state` are such anyway.
        concrete_args: values of arguments that are not inputs.

    An argument named "state", unless it is the first, is no input. As in nirtorch, a state or a
    constant that is added to a signal is left out of the graph; a NirWarning says so.

    Returns:
        The graph, its nodes named as torch.fx names the calls, or the node alone where the
        map has the module itself.

    Raises:
        NirError: a module or an operation has no node; the message names it.

    Example:
        >>> graph = torch_to_nir(nn.Sequential(nn.Linear(2, 3), nn.Linear(3, 1)), {})
        >>> list(graph.nodes)
        ['input_1', '_0', '_1', 'output']
    """
    leaves = _MappedLeaves(module_map or {}, default_dict or {})
    if leaves.maker(module) is not None:
        return leaves.node(module, type(module).__name__)
    trace = Trace(
        module,
        leaves,  # type: ignore[arg-type]
        concrete_args,
        stateful=tuple(stateful_modules or ()),
        by_path=False,
        lenient=True,
    )
    nodes = {name: _mutable(node) for name, node in trace.nodes.items()}
    for name, targets in trace.feeds():
        shapes = [next(iter((nodes[t].input_type or {"": None}).values())) for t in targets]
        shape = next((shape for shape in shapes if shape is not None), None)
        if shape is not None:
            nodes[name] = nir.Input({"input": shape})
    return nir.NIRGraph(nodes, list(trace.edges), type_check=type_check)
