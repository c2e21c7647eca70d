"""From trained networks of ReLU units to spiking networks with the same answers.

Rate coding: an integrate-and-fire neuron that keeps what exceeds its threshold spikes with a rate
proportional to a rectified input (Rueckauer et al., "Conversion of continuous-valued deep networks
to efficient event-driven networks", Frontiers in Neuroscience 11, 2017). Weights are balanced by
the activations of a batch, so that no neuron needs more than one spike per step (Diehl et al.,
"Fast-classifying, high-accuracy spiking deep networks through weight and threshold balancing",
IJCNN 2015).
"""

import copy

import torch
from torch import Tensor, nn
from torch.nn.utils.fusion import fuse_conv_bn_eval, fuse_linear_bn_eval

from norse_lite._errors import NetworkError
from norse_lite.neurons.iaf import IAF
from norse_lite.sequential import SequentialState

__all__ = ["balanced", "from_ann"]

_WEIGHTED = (nn.Linear, nn.Conv1d, nn.Conv2d, nn.Conv3d)
_NORMS = (nn.BatchNorm1d, nn.BatchNorm2d, nn.BatchNorm3d)
# These neither scale nor bend: what holds for their input holds for their output.
_NEUTRAL = (nn.Flatten, nn.Unflatten, nn.Identity, nn.AvgPool1d, nn.AvgPool2d, nn.AvgPool3d)
_POOLS = (nn.AdaptiveAvgPool1d, nn.AdaptiveAvgPool2d, nn.AdaptiveAvgPool3d)


def balanced(ann: nn.Sequential, batch: Tensor, *, percentile: float = 99.9) -> nn.Sequential:
    """Return a copy whose units reach about 1, with batch norms folded and dropout left out.

    With the percentile `a_l` of the activations of layer l, its weights are multiplied with
    `a_(l-1) / a_l` and its bias with `1 / a_l` (Rueckauer et al. 2017, eq. 5); the last layer,
    whose output is read, keeps its scale.

    Args:
        ann: A chain of linear layers, convolutions, batch norms, average pools, `nn.Flatten`,
            `nn.ReLU` and dropout; chains may be nested.
        batch: Inputs like those that the network was trained on, batch first.
        percentile: Share of the activations, in percent, that may be cut off.

    Returns:
        A chain with the same answers but for what is cut off.

    Raises:
        NetworkError: A module that cannot be converted, with its path and what to use instead.

    Example:
        >>> ann = nn.Sequential(nn.Linear(2, 2, bias=False), nn.ReLU(), nn.Linear(2, 1, bias=False))
        >>> batch = 4 * torch.rand(8, 2)
        >>> torch.allclose(balanced(ann, batch, percentile=100)(batch), ann(batch), atol=1e-5)
        True
    """
    if not 0 < percentile <= 100:
        raise NetworkError(f"balanced: percentile must lie in (0, 100], not {percentile}")
    chain = nn.Sequential(*_flat(ann, "")).eval()
    weighted = [k for k, m in enumerate(chain) if isinstance(m, _WEIGHTED)]
    if not weighted:
        raise NetworkError("from_ann: the network has no linear layer and no convolution")
    scale_before = 1.0
    x = batch
    with torch.no_grad():
        for k, module in enumerate(chain):
            following = chain[k + 1] if k + 1 < len(chain) else None
            if isinstance(module, _WEIGHTED):
                # What the original gives here is what the scaled input times its scale gives.
                y = module(x * scale_before)
                scale = scale_before
                if isinstance(following, nn.ReLU):
                    scale = float(_percentile(torch.relu(y), percentile))
                    scale = scale if scale > 0 else 1.0
                elif k == weighted[-1]:
                    scale = 1.0
                module.weight.mul_(scale_before / scale)
                if module.bias is not None:
                    module.bias.div_(scale)
                x, scale_before = y / scale, scale
            else:
                x = module(x)
    return chain


def from_ann(
    ann: nn.Sequential, batch: Tensor, *, percentile: float = 99.9, dt: float = 1e-3
) -> SequentialState:
    """Convert a network of ReLU units to integrate-and-fire neurons.

    Feed the result with the network's input in every step (`x.expand(T, *x.shape)`), or with spikes
    of that rate; the mean of its output over time tends to the network's output as 1 / T.

    Args:
        ann: As for `balanced`.
        batch: Inputs like those that the network was trained on, batch first.
        percentile: Share of the activations, in percent, that may be cut off.
        dt: Duration of a step in seconds.

    Returns:
        A chain over sequences `(T, B, *shape)`.

    Example:
        >>> _ = torch.manual_seed(0)
        >>> ann = nn.Sequential(nn.Linear(8, 32), nn.ReLU(), nn.Linear(32, 3))
        >>> x = torch.rand(64, 8)
        >>> snn = from_ann(ann, x)
        >>> y, state = snn(x.expand(500, *x.shape))
        >>> bool((y.mean(0) - ann(x)).abs().max() < 0.05)
        True
    """
    modules: list[nn.Module] = []
    for module in balanced(ann, batch, percentile=percentile):
        relu = isinstance(module, nn.ReLU)
        modules.append(IAF(reset="subtract", dt=dt) if relu else module)
    return SequentialState(*modules)


def _percentile(values: Tensor, percent: float) -> Tensor:
    # Sorting instead of torch.quantile, which takes no more than 2^24 values.
    ordered = values.flatten().sort().values
    place = min(len(ordered) - 1, round(percent / 100 * (len(ordered) - 1)))
    return ordered[place]


def _flat(module: nn.Module, path: str) -> list[nn.Module]:
    """Copy a chain into one list, with batch norms folded into what is before them."""
    result: list[nn.Module] = []
    for name, child in module.named_children():
        where = f"{path}.{name}".lstrip(".")
        if isinstance(child, nn.Sequential):
            result += _flat(child, where)
        elif isinstance(child, _NORMS):
            result.append(_folded(result.pop() if result else None, child, where))
        elif isinstance(child, (nn.Dropout, nn.Dropout1d, nn.Dropout2d, nn.Dropout3d)):
            continue
        elif isinstance(child, (*_WEIGHTED, *_NEUTRAL, *_POOLS, nn.ReLU)):
            result.append(copy.deepcopy(child))
        else:
            raise NetworkError(
                f"from_ann: module {where} ({type(child).__name__}) cannot be converted; "
                f"{_ADVICE.get(type(child), 'use linear layers, convolutions, ReLU, AvgPool')}"
            )
    return result


_ADVICE: dict[type, str] = {
    nn.MaxPool1d: "train with nn.AvgPool1d",
    nn.MaxPool2d: "train with nn.AvgPool2d",
    nn.Sigmoid: "train with nn.ReLU",
    nn.Tanh: "train with nn.ReLU",
    nn.GELU: "train with nn.ReLU",
    nn.Softmax: "leave it out: the largest output stays the largest",
    nn.LogSoftmax: "leave it out: the largest output stays the largest",
}


def _folded(before: nn.Module | None, norm: nn.Module, where: str) -> nn.Module:
    if isinstance(before, (nn.Conv1d, nn.Conv2d, nn.Conv3d)):
        return fuse_conv_bn_eval(before.eval(), copy.deepcopy(norm).eval())  # type: ignore[type-var]
    if isinstance(before, nn.Linear):
        return fuse_linear_bn_eval(before.eval(), copy.deepcopy(norm).eval())  # type: ignore[type-var]
    raise NetworkError(
        f"from_ann: module {where} ({type(norm).__name__}) must follow a linear layer or a "
        "convolution, into which it is folded"
    )
