"""The convolutional recurrent forms of a neuron: images in, and spikes come back convolved."""

from collections.abc import Iterable
from typing import Any, Generic, TypeVar

import torch
from torch import Tensor
from torch.nn import functional as F

from norse_lite._dtypes import check_dtype
from norse_lite._errors import NetworkError
from norse_lite.forms._parameters import NeuronModule
from norse_lite.forms._run import check_input, run_sequence, run_step, spikes_of
from norse_lite.forms._weights import initial_weights
from norse_lite.neurons._neuron import Integrator, ResetRule, Rules
from norse_lite.neurons._values import Value
from norse_lite.surrogate import DEFAULT_SURROGATE, Surrogate, as_surrogate

__all__ = ["ConvRecurrentCell", "ConvRecurrentLayer"]

R = TypeVar("R", bound=tuple[Tensor, ...])


class _ConvRecurrent(NeuronModule, Generic[R]):
    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: int,
        *,
        stride: int = 1,
        padding: int | None = None,
        recurrent_kernel_size: int | None = None,
        input_weights: Tensor | None = None,
        recurrent_weights: Tensor | None = None,
        generator: torch.Generator | None = None,
        dt: float = 1e-3,
        learn: Iterable[str] = (),
        surrogate: Surrogate | str = DEFAULT_SURROGATE,
        reset: ResetRule = "value",
        detach_reset: bool = False,
        integrator: Integrator = "euler",
        backend: str = "auto",
        **parameters: Value,
    ) -> None:
        rules = Rules(dt, as_surrogate(surrogate), reset, detach_reset, integrator)
        super().__init__(parameters, learn, rules, backend)
        owner = type(self).__name__
        window = kernel_size if recurrent_kernel_size is None else recurrent_kernel_size
        if window % 2 == 0:
            raise NetworkError(
                f"{owner}: recurrent_kernel_size must be odd, so that the spikes come back to "
                f"images of the same size, not {window}"
            )
        self.in_channels, self.out_channels, self.kernel_size = (
            in_channels,
            out_channels,
            kernel_size,
        )
        self.stride = stride
        self.padding = kernel_size // 2 if padding is None else padding
        self.recurrent_kernel_size = window
        shape = (out_channels, in_channels, kernel_size, kernel_size)
        self.input_weights = initial_weights(
            owner, "input_weights", input_weights, shape, generator
        )
        shape = (out_channels, out_channels, window, window)
        self.recurrent_weights = initial_weights(
            owner, "recurrent_weights", recurrent_weights, shape, generator
        )

    def _drive(self, x: Tensor, leading: str, axes: int) -> Tensor:
        form = f"({leading}, {self.in_channels}, height, width)"
        check_input(type(self).__name__, x, axes, form)
        if x.ndim != axes or x.shape[-3] != self.in_channels:
            raise NetworkError(
                f"{type(self).__name__}: input must be {form}, got the shape {tuple(x.shape)}"
            )
        check_dtype(type(self).__name__, x, self.input_weights)
        images = x.flatten(0, -4)
        drive = F.conv2d(images, self.input_weights, stride=self.stride, padding=self.padding)
        return drive.unflatten(0, x.shape[:-3])

    def _start(self, state: R | None, drive: Tensor) -> tuple[Tensor, Any]:
        if state is None:
            return torch.zeros_like(drive), None
        z = spikes_of(type(self).__name__, state, self.neuron.recurrent_state, drive)
        return z, self.neuron.state(*state[1:])

    def _step(self, drive: Tensor, z: Tensor, state: Any) -> tuple[Tensor, Any]:
        back = F.conv2d(
            z.to(drive.dtype), self.recurrent_weights, padding=self.recurrent_kernel_size // 2
        )
        coefficients = self.coefficients_for(drive)
        return run_step(self.neuron, drive + back, state, coefficients, self.rules, self.backend)

    def extra_repr(self) -> str:
        """Show the sizes, then the parameters."""
        rest = super().extra_repr()
        sizes = f"{self.in_channels}, {self.out_channels}, kernel_size={self.kernel_size}"
        return sizes + (f", {rest}" if rest else "")


class ConvRecurrentLayer(_ConvRecurrent[R]):
    """A convolutional recurrent neuron over sequences: input `(T, B, in_channels, H, W)`.

    Args:
        in_channels: Number of input channels.
        out_channels: Number of channels of neurons.
        kernel_size: Width and height of the input weights' window.
        stride: Step of that window; the neurons' image shrinks by it.
        padding: Zeros around the input; None is half a window.
        recurrent_kernel_size: Window through which spikes come back, odd; None is `kernel_size`.
        input_weights: `(out_channels, in_channels, kernel_size, kernel_size)`; drawn from a normal
            distribution if not given.
        recurrent_weights: `(out_channels, out_channels, window, window)`, likewise.
        generator: Source of the initial weights.
        parameters: Options and parameters as for the feed-forward layer.
    """

    def forward(self, x: Tensor, state: R | None = None) -> tuple[Tensor, R]:
        """Run over a sequence.

        Args:
            x: Input, `(T, B, in_channels, H, W)`.
            state: State before the first step, each `(B, out_channels, H', W')`; None starts at
                rest.

        Returns:
            The output of every step, `(T, B, out_channels, H', W')`, and the state after the last.
        """
        drive = self._drive(x, "T, B", 5)
        if not len(drive):
            z, inner = self._start(state, drive.new_zeros(drive.shape[1:]))
            c = self.coefficients_for(drive)
            drive, inner = run_sequence(self.neuron, drive, inner, c, self.rules, self.backend)
            return drive, self.neuron.recurrent_state(z, *inner)
        z, inner = self._start(state, drive[0])
        outputs = []
        for drive_t in drive.unbind(0):
            z, inner = self._step(drive_t, z, inner)
            outputs.append(z)
        return torch.stack(outputs), self.neuron.recurrent_state(z, *inner)


class ConvRecurrentCell(_ConvRecurrent[R]):
    """One step of a convolutional recurrent neuron: input `(B, in_channels, H, W)`.

    Takes the arguments of `ConvRecurrentLayer`.
    """

    def forward(self, x: Tensor, state: R | None = None) -> tuple[Tensor, R]:
        """Run one step.

        Args:
            x: Input, `(B, in_channels, H, W)`.
            state: State before the step; None starts at rest.

        Returns:
            The output, `(B, out_channels, H', W')`, and the state after the step.
        """
        drive = self._drive(x, "B", 4)
        z, inner = self._start(state, drive)
        z, inner = self._step(drive, z, inner)
        return z, self.neuron.recurrent_state(z, *inner)
