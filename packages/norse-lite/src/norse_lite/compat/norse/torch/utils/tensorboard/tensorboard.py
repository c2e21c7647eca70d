"""Forward hooks that write the spikes of a module to TensorBoard.

Register one with `module.register_forward_hook`. Each counts its own steps.
"""

from collections.abc import Callable
from itertools import count
from typing import Any

from torch import Tensor, nn

__all__ = [
    "hook_spike_activity_mean",
    "hook_spike_activity_sum",
    "hook_spike_histogram_mean",
    "hook_spike_histogram_sum",
    "hook_spike_image",
]

Hook = Callable[[nn.Module, Any, Any], None]


def _hook(write: Callable[[str, Any, int], Any], key: str, value: Callable[[Tensor], Any]) -> Hook:
    steps = count()

    def hook(module: nn.Module, given: Any, made: Any) -> None:
        spikes = made[0] if isinstance(made, tuple) else made
        write(key, value(spikes.detach()), next(steps))

    return hook


def hook_spike_activity_mean(key: str, writer: Any) -> Hook:
    """Return a hook that writes the mean of a module's output.

    Args:
        key: Name of the curve.
        writer: A `torch.utils.tensorboard.SummaryWriter`, or what has its methods.
    """
    return _hook(writer.add_scalar, key, lambda z: z.mean())


def hook_spike_activity_sum(key: str, writer: Any) -> Hook:
    """Return a hook that writes the sum of a module's output; arguments as of the mean."""
    return _hook(writer.add_scalar, key, lambda z: z.sum())


def hook_spike_histogram_mean(key: str, writer: Any) -> Hook:
    """Return a hook that writes the spread of the neurons' means; arguments as of the mean."""
    return _hook(writer.add_histogram, key, lambda z: z.mean(0))


def hook_spike_histogram_sum(key: str, writer: Any) -> Hook:
    """Return a hook that writes the spread of the neurons' sums; arguments as of the mean."""
    return _hook(writer.add_histogram, key, lambda z: z.sum(0))


def hook_spike_image(key: str, writer: Any) -> Hook:
    """Return a hook that writes a module's output as images; arguments as of the mean."""

    def write(name: str, z: Tensor, step: int) -> None:
        if z.ndim == 4:
            writer.add_images(name, z, step)
        else:
            writer.add_image(name, z[None] if z.ndim == 2 else z, step)

    return _hook(write, key, lambda z: z)
