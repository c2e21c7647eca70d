"""Running torch modules that take one step at a time and return (output, state)."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import torch

from conformance.adapters.membranes import membrane


def run_steps(
    model: Any,
    inputs: Mapping[str, Any],
    *,
    double: bool = False,
    potential_of: Callable[[Any, Any], Any] = membrane,
) -> dict[str, Any]:
    """Run a module step by step on a batch of one.

    Args:
        model: called as model(x) in the first step and model(x, state) after it.
        inputs: arrays (steps, *shape) by name; several are passed as separate arguments.
        double: use float64.
        potential_of: finds the potential of the only neuron in (state, model), or gives None.

    Returns:
        Arrays (steps, *shape) by name of the output, "output" where the module names none; and as
        "voltage/neuron" the potential after each step, where the network has one neuron node.
    """
    dtype = torch.float64 if double else torch.float32
    streams = [torch.tensor(value, dtype=dtype) for value in inputs.values()]
    state: Any = None
    collected: dict[str, list[Any]] = {}
    with torch.no_grad():
        for step in zip(*streams, strict=True):
            given = [one[None] for one in step]
            result = model(*given) if state is None else model(*given, state)
            y, state = result if isinstance(result, tuple) else (result, None)
            named = _named(y)
            potential = potential_of(state, model)
            if potential is not None:
                named = {**named, "voltage/neuron": potential}
            for name, value in named.items():
                collected.setdefault(name, []).append(value.detach().numpy()[0].copy())
    # A potential that is not there after every step, or changes its shape, tells nothing.
    steps = len(streams[0])
    potentials = collected.get("voltage/neuron", [])
    if len(potentials) != steps or len({one.shape for one in potentials}) > 1:
        collected.pop("voltage/neuron", None)
    return {name: np.stack(values) for name, values in collected.items()}


def _named(y: Any) -> dict[str, Any]:
    if isinstance(y, dict):
        return y
    if isinstance(y, tuple | list):
        return (
            _named(y[0])
            if len(y) == 2 and not torch.is_tensor(y[1])
            else dict(zip(("output", "weighted"), y, strict=True))
        )
    return {"output": y}
