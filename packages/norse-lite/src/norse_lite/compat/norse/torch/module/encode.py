"""Encoders as modules."""

from collections.abc import Callable
from typing import Any

from torch import Tensor, nn

from norse_lite.compat.norse.torch.functional import encode
from norse_lite.compat.norse.torch.functional.lif import DEFAULT, LIFParameters

__all__ = [
    "ConstantCurrentLIFEncoder",
    "PoissonEncoder",
    "PoissonEncoderStep",
    "PopulationEncoder",
    "SignedPoissonEncoder",
    "SignedPoissonEncoderStep",
    "SpikeLatencyEncoder",
    "SpikeLatencyLIFEncoder",
]


class ConstantCurrentLIFEncoder(nn.Module):
    """`constant_current_lif_encode` as a module."""

    def __init__(self, seq_length: int, p: LIFParameters = DEFAULT, dt: float = 0.001) -> None:
        super().__init__()
        self.seq_length, self.p, self.dt = seq_length, p, dt

    def forward(self, input_currents: Tensor) -> Tensor:
        """Encode currents of any shape to spikes `(T, *shape)`."""
        return encode.constant_current_lif_encode(input_currents, self.seq_length, self.p, self.dt)


class SpikeLatencyLIFEncoder(nn.Module):
    """`spike_latency_lif_encode` as a module."""

    def __init__(self, seq_length: int, p: LIFParameters = DEFAULT, dt: float = 0.001) -> None:
        super().__init__()
        self.seq_length, self.p, self.dt = seq_length, p, dt

    def forward(self, input_current: Tensor) -> Tensor:
        """Encode currents of any shape to spikes `(T, *shape)`."""
        return encode.spike_latency_lif_encode(input_current, self.seq_length, self.p, self.dt)


class SpikeLatencyEncoder(nn.Module):
    """`spike_latency_encode` as a module."""

    def forward(self, input_spikes: Tensor) -> Tensor:
        """Keep the first spike of each neuron of `(T, *shape)`."""
        return encode.spike_latency_encode(input_spikes)


class PoissonEncoder(nn.Module):
    """`poisson_encode` as a module."""

    def __init__(self, seq_length: int, f_max: float = 100, dt: float = 0.001) -> None:
        super().__init__()
        self.seq_length, self.f_max, self.dt = seq_length, f_max, dt

    def forward(self, x: Tensor) -> Tensor:
        """Encode values of any shape to spikes `(T, *shape)`."""
        return encode.poisson_encode(x, self.seq_length, self.f_max, self.dt)


class PoissonEncoderStep(nn.Module):
    """`poisson_encode_step` as a module."""

    def __init__(self, f_max: float = 1000, dt: float = 0.001) -> None:
        super().__init__()
        self.f_max, self.dt = f_max, dt

    def forward(self, x: Tensor) -> Tensor:
        """Encode values to the spikes of one step, of their shape."""
        return encode.poisson_encode_step(x, self.f_max, self.dt)


class SignedPoissonEncoder(nn.Module):
    """`signed_poisson_encode` as a module."""

    def __init__(self, seq_length: int, f_max: float = 100, dt: float = 0.001) -> None:
        super().__init__()
        self.seq_length, self.f_max, self.dt = seq_length, f_max, dt

    def forward(self, x: Tensor) -> Tensor:
        """Encode values of any shape to signed spikes `(T, *shape)`."""
        return encode.signed_poisson_encode(x, self.seq_length, self.f_max, self.dt)


class SignedPoissonEncoderStep(nn.Module):
    """`signed_poisson_encode_step` as a module."""

    def __init__(self, f_max: float = 1000, dt: float = 0.001) -> None:
        super().__init__()
        self.f_max, self.dt = f_max, dt

    def forward(self, x: Tensor) -> Tensor:
        """Encode values to the signed spikes of one step, of their shape."""
        return encode.signed_poisson_encode_step(x, self.f_max, self.dt)


class PopulationEncoder(nn.Module):
    """`population_encode` as a module."""

    def __init__(
        self,
        out_features: int,
        scale: Any = None,
        kernel: Callable[[Tensor], Tensor] = encode.gaussian_rbf,
        distance_function: Callable[[Tensor, Tensor], Tensor] = encode.euclidean_distance,
    ) -> None:
        super().__init__()
        self.out_features, self.scale = out_features, scale
        self.kernel, self.distance_function = kernel, distance_function

    def forward(self, input_tensor: Tensor) -> Tensor:
        """Encode values `(*shape)` to activities `(*shape, out_features)`."""
        return encode.population_encode(
            input_tensor, self.out_features, self.scale, self.kernel, self.distance_function
        )
