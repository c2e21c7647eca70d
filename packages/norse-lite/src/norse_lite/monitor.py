"""Writes the activity of a network to TensorBoard, or to anything with its `add_` methods.

TensorBoard itself comes with `norse-lite[tensorboard]`.
"""

from typing import Any, Protocol

from torch import Tensor, nn
from torch.utils.hooks import RemovableHandle

from norse_lite._errors import NetworkError
from norse_lite.diagnose._watch import is_spiking
from norse_lite.forms._parameters import NeuronModule

__all__ = ["ActivityMonitor", "Writer"]


class Writer(Protocol):
    """What is written to, as `torch.utils.tensorboard.SummaryWriter` is."""

    def add_scalar(self, tag: str, scalar_value: Any, global_step: int | None = None) -> Any:
        """Write a number."""

    def add_histogram(self, tag: str, values: Any, global_step: int | None = None) -> Any:
        """Write a distribution."""


class ActivityMonitor:
    """Writes rates and silent shares of spiking layers, and voltages of all neurons, as they run.

    Use it as a context, or call `close` in the end.

    Args:
        model: A model of this package's neurons.
        writer: A `SummaryWriter` or alike.
        every: Write every so many forward passes.
        histograms: Write the distributions of rates and voltages too.

    Attributes:
        step: Number of forward passes of the model, which numbers what is written.

    Example:
        >>> import torch
        >>> from norse_lite import LIF, SequentialState
        >>> class Printer:
        ...     def add_scalar(self, tag, value, step=None):
        ...         print(tag, round(float(value), 3), step)
        ...
        ...     def add_histogram(self, tag, values, step=None):
        ...         print(tag, tuple(values.shape), step)
        >>> model = SequentialState(LIF())
        >>> with ActivityMonitor(model, Printer(), histograms=False):
        ...     _ = model(torch.ones(20, 1, 4))
        0/rate 0.25 0
        0/silent 0.0 0
        0/voltage 0.938 0
    """

    def __init__(
        self, model: nn.Module, writer: Writer, *, every: int = 1, histograms: bool = True
    ) -> None:
        if every < 1:
            raise NetworkError(f"ActivityMonitor: every must be at least 1, not {every}")
        self.writer, self.every, self.histograms, self.step = writer, every, histograms, 0
        self._handles: list[RemovableHandle] = []
        for path, module in model.named_modules():
            if isinstance(module, NeuronModule):
                self._handles.append(module.register_forward_hook(self._hook(path or "model")))
        if not self._handles:
            raise NetworkError("ActivityMonitor: the model has no neuron of this package")
        self._handles.append(model.register_forward_hook(self._count))

    def _hook(self, path: str) -> Any:
        def hook(module: nn.Module, args: Any, output: Any) -> None:
            if self.step % self.every:
                return
            y, state = output
            if is_spiking(module):
                self._spikes(path, y.detach())
            voltage = getattr(state, "v", None)
            if isinstance(voltage, Tensor):
                self.writer.add_scalar(f"{path}/voltage", voltage.detach().mean(), self.step)
                if self.histograms:
                    self.writer.add_histogram(f"{path}/voltages", voltage.detach(), self.step)

        return hook

    def _spikes(self, path: str, z: Tensor) -> None:
        rates = z.ne(0).float().flatten(0, 1).mean(0) if z.ndim > 2 else z.ne(0).float().mean(0)
        self.writer.add_scalar(f"{path}/rate", rates.mean(), self.step)
        self.writer.add_scalar(f"{path}/silent", rates.eq(0).float().mean(), self.step)
        if self.histograms:
            self.writer.add_histogram(f"{path}/rates", rates, self.step)

    def _count(self, *_: Any) -> None:
        self.step += 1

    def close(self) -> None:
        """Stop writing."""
        for handle in self._handles:
            handle.remove()
        self._handles.clear()

    def __enter__(self) -> "ActivityMonitor":
        return self

    def __exit__(self, *error: object) -> None:
        self.close()
