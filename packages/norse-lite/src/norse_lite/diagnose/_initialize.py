"""Initial weights from which a network fires, without data.

After Rossbroich, Gygax and Zenke, "Fluctuation-driven initialization for spiking neural network
training", Neuromorphic Computing and Engineering 2, 2022, section 2.
"""

import torch
from torch import Tensor, nn

from norse_lite._errors import NetworkError
from norse_lite.diagnose._watch import is_spiking
from norse_lite.forms._conv_recurrent import ConvRecurrentCell, ConvRecurrentLayer
from norse_lite.forms._parameters import NeuronModule
from norse_lite.forms._recurrent import RecurrentCell, RecurrentLayer

__all__ = ["fluctuation_driven_", "impulse_response"]

_RECURRENT = (RecurrentLayer, RecurrentCell, ConvRecurrentLayer, ConvRecurrentCell)


def impulse_response(neuron: NeuronModule, steps: int) -> Tensor:
    """Return the voltage, from rest, after a small unit input in the first step: `(steps,)`.

    Parameters that differ between neurons count with their mean.
    """
    small = 1e-4  # far from the threshold, where the membrane is linear
    values = neuron.parameter_values()
    means = {
        name: getattr(values, name).detach().double().mean()
        for name in neuron.neuron.parameters.__dataclass_fields__
    }
    p = neuron.neuron.parameters(**means)
    c = neuron.neuron.coefficients(p, neuron.rules)
    drives = torch.zeros(2, steps, dtype=torch.float64)
    drives[1, 0] = small
    state = neuron.neuron.state(
        *(torch.as_tensor(r, dtype=torch.float64).expand(2) for r in neuron.neuron.rest(c))
    )
    if "v" not in state._fields:
        raise NetworkError(f"{type(neuron).__name__} has no voltage to predict")
    voltages = []
    for t in range(steps):
        _, state = neuron.neuron.step(drives[:, t], state, c, neuron.rules)
        voltages.append(state.v[1] - state.v[0])
    return torch.stack(voltages) / small


def _draw(weight: Tensor, std: float, generator: torch.Generator | None) -> None:
    with torch.no_grad():
        drawn = torch.randn(weight.shape, generator=generator).flatten(1)
        if drawn.shape[1] > 1:
            drawn = drawn - drawn.mean(1, keepdim=True)
        weight.copy_((drawn * std).reshape(weight.shape))


def _fan_in(weight: Tensor) -> int:
    return weight[0].numel()


def fluctuation_driven_(
    model: nn.Module,
    *,
    rate: float = 0.05,
    xi: float = 1.0,
    recurrent_share: float = 0.1,
    generator: torch.Generator | None = None,
) -> nn.Module:
    """Draw the weights before spiking neurons so that their voltages fluctuate up to threshold.

    Weights are normal with the deviation that gives the voltage, under `n` independent inputs that
    spike with the probability `rate` per step, the standard deviation `(v_th - v_rest) / xi`:

        std = (v_th - v_rest) / (xi sqrt(n rate (1 - rate) sum_k e_k^2))

    with `e` the voltage's response to a unit input, which is computed from the neuron itself. The
    weights of each neuron sum to zero: a sum that differs from neuron to neuron would hold some
    below and others above the threshold for good.
    Biases become 0. Layers whose output goes to no spiking neuron are left alone. Calibrate with
    data where rates must be right.

    Args:
        model: Modules in the order of `named_modules`, as in `SequentialState`.
        rate: Expected spikes per input and step.
        xi: How many standard deviations the threshold is away; smaller fires more.
        recurrent_share: Part of the variance that comes from recurrent weights.
        generator: Source of the weights.

    Returns:
        The model.

    Example:
        >>> from norse_lite import LIF, SequentialState
        >>> g = torch.Generator().manual_seed(0)
        >>> model = SequentialState(nn.Linear(64, 128), LIF())
        >>> x = torch.bernoulli(torch.full((50, 8, 64), 0.15), generator=g)
        >>> _ = fluctuation_driven_(model, rate=0.15, generator=g)
        >>> z, _ = model(x)
        >>> 0.01 < z.mean().item() < 0.3
        True
    """
    if not (0 < rate < 1 and xi > 0 and 0 <= recurrent_share < 1):
        raise NetworkError(
            "fluctuation_driven_: needs rate in (0, 1), xi > 0 and recurrent_share in [0, 1), got "
            f"{rate}, {xi} and {recurrent_share}"
        )
    before: nn.Module | None = None
    found = False
    for module in model.modules():
        if isinstance(module, (nn.Linear, nn.Conv1d, nn.Conv2d, nn.Conv3d)):
            before = module
        elif isinstance(module, NeuronModule):
            if is_spiking(module):
                found = _initialize(module, before, rate, xi, recurrent_share, generator) or found
            before = None
    if not found:
        raise NetworkError("fluctuation_driven_: the model has no weights before a spiking neuron")
    return model


def _initialize(
    neuron: NeuronModule,
    before: nn.Module | None,
    rate: float,
    xi: float,
    recurrent_share: float,
    generator: torch.Generator | None,
) -> bool:
    values = neuron.parameter_values()
    distance = float((values.v_th - getattr(values, "v_leak", torch.zeros(()))).detach().mean())
    steps = max(1, round(20 * max(_taus(neuron)) / neuron.dt))
    variance = rate * (1 - rate) * float((impulse_response(neuron, steps) ** 2).sum())
    wanted = abs(distance) / xi / variance**0.5
    if isinstance(neuron, _RECURRENT):
        inner, outer = neuron.input_weights, neuron.recurrent_weights
        _draw(inner, wanted * ((1 - recurrent_share) / _fan_in(inner)) ** 0.5, generator)
        _draw(outer, wanted * (recurrent_share / _fan_in(outer)) ** 0.5, generator)
        return True
    if before is None:
        return False
    weight: Tensor = before.weight  # type: ignore[assignment]
    _draw(weight, wanted / _fan_in(weight) ** 0.5, generator)
    if isinstance(before.bias, Tensor):
        nn.init.zeros_(before.bias)
    return True


def _taus(neuron: NeuronModule) -> list[float]:
    values = neuron.parameter_values()
    names = [
        n for n in neuron.neuron.parameters.__dataclass_fields__ if n in ("tau_mem", "tau_syn")
    ]
    return [float(getattr(values, n).detach().max()) for n in names] or [neuron.dt]
