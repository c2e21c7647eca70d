"""Runs a neuron over a sequence: compiled where a kernel exists, else step by step in torch."""

from typing import Any

import torch
from torch import Tensor

from norse_lite._errors import NetworkError
from norse_lite.forms._parameters import Coefficients
from norse_lite.fused import fits
from norse_lite.neurons._neuron import Neuron, Rules

__all__ = ["check_input", "prepare", "run_sequence", "run_step", "spikes_of", "state_of", "working"]

_FORMS = {1: "(B, *shape)", 2: "(T, B, *shape)"}


def check_input(where: str, x: Any, leading: int, form: str = "") -> None:
    """Refuse what is no floating tensor with time and batch in front.

    Args:
        where: The module, for the message.
        x: Its input.
        leading: Number of axes in front of those of the neurons: 2 for sequences, 1 for steps.
        form: The shape it should have, for the message.

    Raises:
        NetworkError: It is of another kind, or has fewer axes.
    """
    form = form or _FORMS[leading]
    if not isinstance(x, Tensor) or not x.is_floating_point():
        kind = x.dtype if isinstance(x, Tensor) else type(x).__name__
        raise NetworkError(f"{where}: input must be a floating tensor {form}, not {kind}")
    if x.ndim < leading:
        raise NetworkError(f"{where}: input must be {form}, got the shape {tuple(x.shape)}")


def _check_input(neuron: Neuron[Any, Any], x: Tensor, c: Coefficients, leading: int) -> None:
    check_input(neuron.name, x, leading)
    if not c.shared:
        shape = tuple(x.shape[leading:])
        for name, value in zip(c.values._fields, c.values, strict=True):
            if name in neuron.matrices:
                _check_matrix(neuron, name, value, shape)
                continue
            try:
                fitting = torch.broadcast_shapes(value.shape, shape) == torch.Size(shape)
            except RuntimeError:
                fitting = False
            if not fitting:
                raise NetworkError(
                    f"{neuron.name}: {name} of shape {tuple(value.shape)} does not fit a layer of "
                    f"shape {shape} (input {tuple(x.shape)})"
                )


def _check_matrix(
    neuron: Neuron[Any, Any], name: str, value: Tensor, shape: tuple[int, ...]
) -> None:
    if value.numel() > 1 and (not shape or tuple(value.shape) != (shape[-1], shape[-1])):
        raise NetworkError(
            f"{neuron.name}: {name} must be one number or {(*shape[-1:], *shape[-1:])} for a layer "
            f"of shape {shape}, got {tuple(value.shape)}"
        )


def state_of(neuron: Neuron[Any, Any], state: Any, shape: torch.Size, x: Tensor) -> Any:
    """Check a given state and bring it to the layer's shape and dtype."""
    fields = neuron.state._fields
    if not isinstance(state, tuple) or len(state) != len(fields):
        raise NetworkError(
            f"{neuron.name}: state must be {neuron.state.__name__}({', '.join(fields)}), "
            f"got {type(state).__name__}"
        )
    values = []
    for name, value in zip(fields, state, strict=True):
        try:
            values.append(torch.as_tensor(value, device=x.device).to(x.dtype).expand(shape))
        except RuntimeError:
            raise NetworkError(
                f"{neuron.name}: state {name} of shape {tuple(value.shape)} does not fit the "
                f"input, whose state has shape {tuple(shape)}"
            ) from None
    return neuron.state(*values)


def spikes_of(owner: str, state: Any, kind: Any, drive: Tensor) -> Tensor:
    """Check the kind of a recurrent state, and return its spikes in the layer's shape and dtype."""
    if not isinstance(state, tuple) or len(state) != len(kind._fields):
        raise NetworkError(
            f"{owner}: state must be {kind.__name__}({', '.join(kind._fields)}), "
            f"got {type(state).__name__}"
        )
    z = torch.as_tensor(state[0], device=drive.device)
    try:
        return z.to(drive.dtype).expand_as(drive)
    except RuntimeError:
        raise NetworkError(
            f"{owner}: state {kind._fields[0]} of shape {tuple(z.shape)} does not fit the "
            f"input, whose state has shape {tuple(drive.shape)}"
        ) from None


def _rest(neuron: Neuron[Any, Any], c: Coefficients, shape: torch.Size, x: Tensor) -> Any:
    rest = neuron.rest(c.values)
    return neuron.state(
        *(
            value.expand(shape)
            if isinstance(value, Tensor)
            else torch.full(shape, value, dtype=x.dtype, device=x.device)
            for value in rest
        )
    )


def working(x: Tensor) -> Tensor:
    """Return the input in the precision of the state: half types are computed in float32."""
    return x if x.dtype in (torch.float32, torch.float64) else x.float()


def prepare(neuron: Neuron[Any, Any], x: Tensor, state: Any, coefficients: Coefficients) -> Any:
    """Check what a compiled sequence gets, and return the state that it starts from.

    None is rest, which is made explicit where its values are learned.
    """
    _check_input(neuron, x, coefficients, 2)
    if state is not None:
        return state_of(neuron, state, x.shape[1:], x)
    if coefficients.requires_grad:
        return _rest(neuron, coefficients, x.shape[1:], x)
    return None


def run_sequence(
    neuron: Neuron[Any, Any],
    x: Tensor,
    state: Any,
    coefficients: Coefficients,
    rules: Rules,
    backend: str,
) -> tuple[Tensor, Any]:
    """Run a neuron over an input `(T, B, *shape)`; returns the outputs and the last state.

    Half-precision input is computed in float32; the output has the dtype of the input and the state
    stays float32, so that a sequence can be cut anywhere.
    """
    _check_input(neuron, x, coefficients, 2)
    dtype = x.dtype
    x = working(x)
    if state is not None:
        state = state_of(neuron, state, x.shape[1:], x)
    if backend == "auto" and fits(neuron, x):
        from norse_lite.fused._run import run_fused  # takes long to import

        if state is None and coefficients.requires_grad:
            state = _rest(neuron, coefficients, x.shape[1:], x)
        out, state = run_fused(neuron, x, state, coefficients, rules)
        return out.to(dtype), state
    if state is None:
        state = _rest(neuron, coefficients, x.shape[1:], x)
    outputs = []
    # unbind, not indexing: the backward pass of every index would fill a tensor of the full size.
    for x_t in x.unbind(0):
        out, state = neuron.step(x_t, state, coefficients.values, rules)
        outputs.append(out)
    return (torch.stack(outputs) if outputs else torch.empty_like(x)).to(dtype), state


def run_step(
    neuron: Neuron[Any, Any],
    x: Tensor,
    state: Any,
    coefficients: Coefficients,
    rules: Rules,
    backend: str,
) -> tuple[Tensor, Any]:
    """Run one step on an input `(B, *shape)`; returns the output and the new state."""
    _check_input(neuron, x, coefficients, 1)
    out, state = run_sequence(neuron, x.unsqueeze(0), state, coefficients, rules, backend)
    return out.squeeze(0), state
