"""Neurons as functions: one step from explicit parameters and state, without a module.

Derived from the same step functions as the modules, with the same numbers:

- `lif_feed_forward_step(x, state, p)`: one step, input `(B, *shape)`;
- `lif_step(x, state, input_weights, recurrent_weights, p)`: one recurrent step;
- `lif_sequence(x, state, p)`: all steps of `(T, B, *shape)`, compiled where there is a kernel.

Every neuron has them under its own name. Parameters are the dataclasses of the neurons, whose
tensors may require gradients; the options are those of `Rules` (dt, surrogate, reset, ...).
"""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from norse_lite.forms._parameters import Coefficients
from norse_lite.forms._run import run_sequence, run_step
from norse_lite.neurons._neuron import Neuron, Rules
from norse_lite.neurons._values import parameter_names, tensor
from norse_lite.neurons.ada_lif import ADA_LIF_NEURON
from norse_lite.neurons.coba_lif import COBA_LIF_NEURON
from norse_lite.neurons.cuba_li import CUBA_LI_NEURON
from norse_lite.neurons.cuba_lif import CUBA_LIF_NEURON
from norse_lite.neurons.iaf import IAF_NEURON
from norse_lite.neurons.izhikevich import IZHIKEVICH_NEURON
from norse_lite.neurons.li import LI_NEURON
from norse_lite.neurons.li_box import LI_BOX_NEURON
from norse_lite.neurons.lif import LIF_NEURON
from norse_lite.neurons.lif_adex import LIF_ADEX_NEURON
from norse_lite.neurons.lif_adex_refrac import LIF_ADEX_REFRAC_NEURON
from norse_lite.neurons.lif_box import LIF_BOX_NEURON
from norse_lite.neurons.lif_ex import LIF_EX_NEURON
from norse_lite.neurons.lif_mc import LIF_MC_NEURON, LIF_MC_REFRAC_NEURON
from norse_lite.neurons.lif_refrac import LIF_REFRAC_NEURON
from norse_lite.neurons.lsnn import LSNN_NEURON
from norse_lite.neurons.resonate_fire import RESONATE_FIRE_NEURON
from norse_lite.neurons.sigma_delta import SIGMA_DELTA_NEURON

__all__ = [
    "ada_lif_feed_forward_step",
    "ada_lif_sequence",
    "ada_lif_step",
    "coba_lif_feed_forward_step",
    "coba_lif_sequence",
    "coba_lif_step",
    "cuba_li_feed_forward_step",
    "cuba_li_sequence",
    "cuba_lif_feed_forward_step",
    "cuba_lif_sequence",
    "cuba_lif_step",
    "feed_forward_step",
    "iaf_feed_forward_step",
    "iaf_sequence",
    "iaf_step",
    "izhikevich_feed_forward_step",
    "izhikevich_sequence",
    "izhikevich_step",
    "li_box_feed_forward_step",
    "li_box_sequence",
    "li_feed_forward_step",
    "li_sequence",
    "lif_adex_feed_forward_step",
    "lif_adex_refrac_feed_forward_step",
    "lif_adex_refrac_sequence",
    "lif_adex_refrac_step",
    "lif_adex_sequence",
    "lif_adex_step",
    "lif_box_feed_forward_step",
    "lif_box_sequence",
    "lif_box_step",
    "lif_ex_feed_forward_step",
    "lif_ex_sequence",
    "lif_ex_step",
    "lif_feed_forward_step",
    "lif_mc_feed_forward_step",
    "lif_mc_refrac_feed_forward_step",
    "lif_mc_refrac_sequence",
    "lif_mc_refrac_step",
    "lif_mc_sequence",
    "lif_mc_step",
    "lif_refrac_feed_forward_step",
    "lif_refrac_sequence",
    "lif_refrac_step",
    "lif_sequence",
    "lif_step",
    "lsnn_feed_forward_step",
    "lsnn_sequence",
    "lsnn_step",
    "recurrent_step",
    "resonate_fire_feed_forward_step",
    "resonate_fire_sequence",
    "resonate_fire_step",
    "sequence",
    "sigma_delta_feed_forward_step",
    "sigma_delta_sequence",
    "sigma_delta_step",
]


def _coefficients(neuron: Neuron[Any, Any], p: Any, rules: Rules, x: Tensor) -> Coefficients:
    """Return the coefficients of a step in the precision in which `x` is computed."""
    p = neuron.parameters() if p is None else p
    values = {name: tensor(getattr(p, name)).double() for name in parameter_names(type(p))}
    loose: Any = neuron.coefficients(neuron.parameters(**values), rules)
    dtype = torch.float64 if x.dtype == torch.float64 else torch.float32
    return Coefficients(loose._make(tensor(value).to(x.device, dtype) for value in loose))


_OPTIONS = """p: Parameters; None takes the defaults.
    backend: "auto" uses compiled kernels where there are some, "reference" plain torch.
    rules: `dt` in seconds, `surrogate`, `reset`, `detach_reset`, `integrator`, as of `Rules`."""


def _named(
    function: Callable[..., Any],
    name: str,
    sentence: str,
    args: str,
    returns: str,
    example: str,
    shape: str = "(2, 3)",
) -> Callable[..., Any]:
    function.__name__ = function.__qualname__ = name
    function.__doc__ = (
        f"{sentence}\n\nArgs:\n    {args}\n    {_OPTIONS}\n\nReturns:\n    {returns}\n\n"
        f"Example:\n    >>> y, state = {name}({example})\n    >>> tuple(y.shape)\n    {shape}\n"
    )
    return function


def feed_forward_step(neuron: Neuron[Any, Any], name: str) -> Callable[..., Any]:
    """Make the function of one step of a neuron.

    Args:
        neuron: The model.
        name: Name of the function.

    Returns:
        `(x, state=None, p=None, *, backend="auto", **rules) -> (output, state)` for inputs
        `(B, *shape)`; state None starts at rest, p None takes the default parameters.

    Example:
        >>> from norse_lite import LIFParameters
        >>> z, state = lif_feed_forward_step(torch.ones(2, 3), p=LIFParameters(v_th=0.05))
        >>> z.tolist()
        [[1.0, 1.0, 1.0], [1.0, 1.0, 1.0]]
    """

    def step(
        x: Tensor, state: Any = None, p: Any = None, *, backend: str = "auto", **rules: Any
    ) -> tuple[Tensor, Any]:
        chosen = Rules(**rules)
        return run_step(neuron, x, state, _coefficients(neuron, p, chosen, x), chosen, backend)

    return _named(
        step,
        name,
        f"Run one step of `{neuron.name}`.",
        "x: Input, `(B, *shape)`.\n"
        "    state: State before the step, each `(B, *shape)`; None is rest.",
        "The output, `(B, *shape)`, and the new state.",
        "torch.ones(2, 3)",
    )


def recurrent_step(neuron: Neuron[Any, Any], name: str) -> Callable[..., Any]:
    """Make the function of one recurrent step of a neuron.

    Args:
        neuron: The model.
        name: Name of the function.

    Returns:
        `(x, state, input_weights, recurrent_weights, p=None, *, backend="auto", **rules) ->
        (output, state)` for inputs `(B, inputs)`; the weights are `(neurons, inputs)` and
        `(neurons, neurons)`, the recurrent ones from neuron `j` to neuron `i` at `[i, j]`.

    Example:
        >>> w_in, w_rec = torch.full((3, 2), 5.0), torch.zeros(3, 3)
        >>> z, state = lif_step(torch.ones(1, 2), None, w_in, w_rec)
        >>> z, state = lif_step(torch.ones(1, 2), state, w_in, w_rec)
        >>> z.tolist(), tuple(state.v.shape)
        ([[1.0, 1.0, 1.0]], (1, 3))
    """

    def step(
        x: Tensor,
        state: Any,
        input_weights: Tensor,
        recurrent_weights: Tensor,
        p: Any = None,
        *,
        backend: str = "auto",
        **rules: Any,
    ) -> tuple[Tensor, Any]:
        chosen = Rules(**rules)
        drive = torch.nn.functional.linear(x, input_weights)
        inner = None
        if state is not None:
            drive = drive + torch.nn.functional.linear(state[0], recurrent_weights)
            inner = neuron.state(*state[1:])
        c = _coefficients(neuron, p, chosen, drive)
        z, after = run_step(neuron, drive, inner, c, chosen, backend)
        return z, neuron.recurrent_state(z, *after)

    return _named(
        step,
        name,
        f"Run one recurrent step of `{neuron.name}`.",
        "x: Input, `(B, inputs)`.\n    state: State with the last output first; None is rest.\n"
        "    input_weights: `(neurons, inputs)`.\n"
        "    recurrent_weights: `(neurons, neurons)`, from "
        "neuron `j` to neuron `i` at `[i, j]`.",
        "The output, `(B, neurons)`, and the new state.",
        "torch.ones(2, 4), None, torch.ones(3, 4), torch.zeros(3, 3)",
    )


def sequence(neuron: Neuron[Any, Any], name: str) -> Callable[..., Any]:
    """Make the function of all steps of a neuron.

    Args:
        neuron: The model.
        name: Name of the function.

    Returns:
        `(x, state=None, p=None, *, backend="auto", **rules) -> (outputs, state)` for inputs
        `(T, B, *shape)`.

    Example:
        >>> z, state = lif_sequence(torch.ones(30, 2, 3), dt=2e-3)
        >>> tuple(z.shape), tuple(state.v.shape)
        ((30, 2, 3), (2, 3))
    """

    def run(
        x: Tensor, state: Any = None, p: Any = None, *, backend: str = "auto", **rules: Any
    ) -> tuple[Tensor, Any]:
        chosen = Rules(**rules)
        return run_sequence(neuron, x, state, _coefficients(neuron, p, chosen, x), chosen, backend)

    return _named(
        run,
        name,
        f"Run all steps of `{neuron.name}`.",
        "x: Input, `(T, B, *shape)`.\n"
        "    state: State before the first step, each `(B, *shape)`; None is rest.",
        "The outputs, `(T, B, *shape)`, and the last state.",
        "torch.ones(5, 2, 3)",
        "(5, 2, 3)",
    )


ada_lif_feed_forward_step = feed_forward_step(ADA_LIF_NEURON, "ada_lif_feed_forward_step")
ada_lif_step = recurrent_step(ADA_LIF_NEURON, "ada_lif_step")
ada_lif_sequence = sequence(ADA_LIF_NEURON, "ada_lif_sequence")
coba_lif_feed_forward_step = feed_forward_step(COBA_LIF_NEURON, "coba_lif_feed_forward_step")
coba_lif_step = recurrent_step(COBA_LIF_NEURON, "coba_lif_step")
coba_lif_sequence = sequence(COBA_LIF_NEURON, "coba_lif_sequence")
cuba_li_feed_forward_step = feed_forward_step(CUBA_LI_NEURON, "cuba_li_feed_forward_step")
cuba_li_sequence = sequence(CUBA_LI_NEURON, "cuba_li_sequence")
cuba_lif_feed_forward_step = feed_forward_step(CUBA_LIF_NEURON, "cuba_lif_feed_forward_step")
cuba_lif_step = recurrent_step(CUBA_LIF_NEURON, "cuba_lif_step")
cuba_lif_sequence = sequence(CUBA_LIF_NEURON, "cuba_lif_sequence")
iaf_feed_forward_step = feed_forward_step(IAF_NEURON, "iaf_feed_forward_step")
iaf_step = recurrent_step(IAF_NEURON, "iaf_step")
iaf_sequence = sequence(IAF_NEURON, "iaf_sequence")
izhikevich_feed_forward_step = feed_forward_step(IZHIKEVICH_NEURON, "izhikevich_feed_forward_step")
izhikevich_step = recurrent_step(IZHIKEVICH_NEURON, "izhikevich_step")
izhikevich_sequence = sequence(IZHIKEVICH_NEURON, "izhikevich_sequence")
li_feed_forward_step = feed_forward_step(LI_NEURON, "li_feed_forward_step")
li_sequence = sequence(LI_NEURON, "li_sequence")
li_box_feed_forward_step = feed_forward_step(LI_BOX_NEURON, "li_box_feed_forward_step")
li_box_sequence = sequence(LI_BOX_NEURON, "li_box_sequence")
lif_feed_forward_step = feed_forward_step(LIF_NEURON, "lif_feed_forward_step")
lif_step = recurrent_step(LIF_NEURON, "lif_step")
lif_sequence = sequence(LIF_NEURON, "lif_sequence")
lif_adex_feed_forward_step = feed_forward_step(LIF_ADEX_NEURON, "lif_adex_feed_forward_step")
lif_adex_step = recurrent_step(LIF_ADEX_NEURON, "lif_adex_step")
lif_adex_sequence = sequence(LIF_ADEX_NEURON, "lif_adex_sequence")
lif_adex_refrac_feed_forward_step = feed_forward_step(
    LIF_ADEX_REFRAC_NEURON, "lif_adex_refrac_feed_forward_step"
)
lif_adex_refrac_step = recurrent_step(LIF_ADEX_REFRAC_NEURON, "lif_adex_refrac_step")
lif_adex_refrac_sequence = sequence(LIF_ADEX_REFRAC_NEURON, "lif_adex_refrac_sequence")
lif_box_feed_forward_step = feed_forward_step(LIF_BOX_NEURON, "lif_box_feed_forward_step")
lif_box_step = recurrent_step(LIF_BOX_NEURON, "lif_box_step")
lif_box_sequence = sequence(LIF_BOX_NEURON, "lif_box_sequence")
lif_ex_feed_forward_step = feed_forward_step(LIF_EX_NEURON, "lif_ex_feed_forward_step")
lif_ex_step = recurrent_step(LIF_EX_NEURON, "lif_ex_step")
lif_ex_sequence = sequence(LIF_EX_NEURON, "lif_ex_sequence")
lif_mc_feed_forward_step = feed_forward_step(LIF_MC_NEURON, "lif_mc_feed_forward_step")
lif_mc_step = recurrent_step(LIF_MC_NEURON, "lif_mc_step")
lif_mc_sequence = sequence(LIF_MC_NEURON, "lif_mc_sequence")
lif_mc_refrac_feed_forward_step = feed_forward_step(
    LIF_MC_REFRAC_NEURON, "lif_mc_refrac_feed_forward_step"
)
lif_mc_refrac_step = recurrent_step(LIF_MC_REFRAC_NEURON, "lif_mc_refrac_step")
lif_mc_refrac_sequence = sequence(LIF_MC_REFRAC_NEURON, "lif_mc_refrac_sequence")
lif_refrac_feed_forward_step = feed_forward_step(LIF_REFRAC_NEURON, "lif_refrac_feed_forward_step")
lif_refrac_step = recurrent_step(LIF_REFRAC_NEURON, "lif_refrac_step")
lif_refrac_sequence = sequence(LIF_REFRAC_NEURON, "lif_refrac_sequence")
lsnn_feed_forward_step = feed_forward_step(LSNN_NEURON, "lsnn_feed_forward_step")
lsnn_step = recurrent_step(LSNN_NEURON, "lsnn_step")
lsnn_sequence = sequence(LSNN_NEURON, "lsnn_sequence")
resonate_fire_feed_forward_step = feed_forward_step(
    RESONATE_FIRE_NEURON, "resonate_fire_feed_forward_step"
)
resonate_fire_step = recurrent_step(RESONATE_FIRE_NEURON, "resonate_fire_step")
resonate_fire_sequence = sequence(RESONATE_FIRE_NEURON, "resonate_fire_sequence")
sigma_delta_feed_forward_step = feed_forward_step(
    SIGMA_DELTA_NEURON, "sigma_delta_feed_forward_step"
)
sigma_delta_step = recurrent_step(SIGMA_DELTA_NEURON, "sigma_delta_step")
sigma_delta_sequence = sequence(SIGMA_DELTA_NEURON, "sigma_delta_sequence")
