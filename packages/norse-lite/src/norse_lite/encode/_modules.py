"""The encoders as modules, which hold their options."""

from collections.abc import Callable
from typing import Any, Literal

import torch
from torch import Tensor, nn

from norse_lite.encode._current import constant_current_lif_encode, spike_latency_lif_encode
from norse_lite.encode._delta import delta_encode
from norse_lite.encode._order import rank_encode, spike_latency_encode, ttfs_encode
from norse_lite.encode._poisson import (
    poisson_encode,
    poisson_encode_step,
    signed_poisson_encode,
    signed_poisson_encode_step,
)
from norse_lite.encode._population import gaussian_rbf, population_encode, squared_distance
from norse_lite.neurons.lif import LIFParameters
from norse_lite.neurons.lif_box import LIFBoxParameters

__all__ = [
    "ConstantCurrentLIFEncoder",
    "DeltaEncoder",
    "Encoder",
    "PoissonEncoder",
    "PoissonEncoderStep",
    "PopulationEncoder",
    "RankEncoder",
    "SignedPoissonEncoder",
    "SignedPoissonEncoderStep",
    "SpikeLatencyEncoder",
    "SpikeLatencyLIFEncoder",
    "TTFSEncoder",
]


class Encoder(nn.Module):
    """An encoding function with its options: `module(x)` is `function(x, **options)`.

    Args:
        function: Takes the values first.
        options: Its other arguments, by name.

    Example:
        >>> encode = Encoder(ttfs_encode, seq_length=3)
        >>> encode(torch.tensor([1.0, 0.0])).tolist()
        [[1.0, 0.0], [0.0, 0.0], [0.0, 0.0]]
    """

    def __init__(self, function: Callable[..., Tensor], **options: Any) -> None:
        super().__init__()
        self.function = function
        self.options = options

    def forward(self, x: Tensor) -> Tensor:
        """Encode values."""
        return self.function(x, **self.options)

    def __getstate__(self) -> dict[str, Any]:
        # A torch.Generator is not picklable; its state is.
        state = self.__dict__.copy()
        generator = self.options.get("generator")
        if generator is not None:
            state["options"] = {
                **self.options,
                "generator": (str(generator.device), generator.get_state()),
            }
        return state

    def __setstate__(self, state: dict[str, Any]) -> None:
        super().__setstate__(state)
        saved = self.options.get("generator")
        if saved is not None:
            generator = torch.Generator(saved[0])
            generator.set_state(saved[1])
            self.options["generator"] = generator

    def extra_repr(self) -> str:
        """Show the options."""
        shown = {k: getattr(v, "__name__", v) for k, v in self.options.items() if v is not None}
        return ", ".join(f"{name}={value}" for name, value in shown.items())


class ConstantCurrentLIFEncoder(Encoder):
    """`constant_current_lif_encode` as a module.

    Example:
        >>> tuple(ConstantCurrentLIFEncoder(20)(torch.rand(3, 4)).shape)
        (20, 3, 4)
    """

    def __init__(
        self, seq_length: int, p: LIFBoxParameters | LIFParameters | None = None, dt: float = 1e-3
    ) -> None:
        super().__init__(constant_current_lif_encode, seq_length=seq_length, p=p, dt=dt)


class SpikeLatencyLIFEncoder(Encoder):
    """`spike_latency_lif_encode` as a module.

    Example:
        >>> tuple(SpikeLatencyLIFEncoder(20)(torch.rand(3, 4)).shape)
        (20, 3, 4)
    """

    def __init__(
        self, seq_length: int, p: LIFBoxParameters | LIFParameters | None = None, dt: float = 1e-3
    ) -> None:
        super().__init__(spike_latency_lif_encode, seq_length=seq_length, p=p, dt=dt)


class SpikeLatencyEncoder(Encoder):
    """`spike_latency_encode` as a module.

    Example:
        >>> SpikeLatencyEncoder()(torch.ones(3, 1)).tolist()
        [[1.0], [0.0], [0.0]]
    """

    def __init__(self) -> None:
        super().__init__(spike_latency_encode)


class PoissonEncoder(Encoder):
    """`poisson_encode` as a module.

    Example:
        >>> encode = PoissonEncoder(100, f_max=50, generator=torch.Generator().manual_seed(1))
        >>> tuple(encode(torch.rand(8, 64)).shape)
        (100, 8, 64)
    """

    def __init__(
        self,
        seq_length: int,
        f_max: float = 100,
        dt: float = 1e-3,
        generator: torch.Generator | None = None,
    ) -> None:
        super().__init__(
            poisson_encode, seq_length=seq_length, f_max=f_max, dt=dt, generator=generator
        )


class PoissonEncoderStep(Encoder):
    """`poisson_encode_step` as a module.

    Example:
        >>> tuple(PoissonEncoderStep(f_max=500)(torch.rand(8, 64)).shape)
        (8, 64)
    """

    def __init__(
        self, f_max: float = 1000, dt: float = 1e-3, generator: torch.Generator | None = None
    ) -> None:
        super().__init__(poisson_encode_step, f_max=f_max, dt=dt, generator=generator)


class SignedPoissonEncoder(Encoder):
    """`signed_poisson_encode` as a module.

    Example:
        >>> tuple(SignedPoissonEncoder(100, f_max=50)(torch.rand(8, 64) - 0.5).shape)
        (100, 8, 64)
    """

    def __init__(
        self,
        seq_length: int,
        f_max: float = 100,
        dt: float = 1e-3,
        generator: torch.Generator | None = None,
    ) -> None:
        super().__init__(
            signed_poisson_encode, seq_length=seq_length, f_max=f_max, dt=dt, generator=generator
        )


class SignedPoissonEncoderStep(Encoder):
    """`signed_poisson_encode_step` as a module.

    Example:
        >>> SignedPoissonEncoderStep()(torch.tensor([-1.0, 0.0, 1.0])).tolist()
        [-1.0, 0.0, 1.0]
    """

    def __init__(
        self, f_max: float = 1000, dt: float = 1e-3, generator: torch.Generator | None = None
    ) -> None:
        super().__init__(signed_poisson_encode_step, f_max=f_max, dt=dt, generator=generator)


class PopulationEncoder(Encoder):
    """`population_encode` as a module.

    Example:
        >>> tuple(PopulationEncoder(16)(torch.rand(8, 3)).shape)
        (8, 3, 16)
    """

    def __init__(
        self,
        out_features: int,
        scale: float | Tensor | None = None,
        kernel: Callable[[Tensor], Tensor] = gaussian_rbf,
        distance_function: Callable[[Tensor, Tensor], Tensor] = squared_distance,
    ) -> None:
        super().__init__(
            population_encode,
            out_features=out_features,
            scale=scale,
            kernel=kernel,
            distance_function=distance_function,
        )


class TTFSEncoder(Encoder):
    """`ttfs_encode` as a module.

    Example:
        >>> TTFSEncoder(3)(torch.tensor([1.0, 0.5, 0.0])).tolist()
        [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 0.0]]
    """

    def __init__(
        self,
        seq_length: int,
        *,
        law: Literal["linear", "log"] = "linear",
        floor: float = 0.0,
        tau: float = 10e-3,
        dt: float = 1e-3,
    ) -> None:
        super().__init__(ttfs_encode, seq_length=seq_length, law=law, floor=floor, tau=tau, dt=dt)


class RankEncoder(Encoder):
    """`rank_encode` as a module.

    Example:
        >>> RankEncoder()(torch.tensor([0.2, 0.9, 0.5])).tolist()
        [[0.0, 1.0, 0.0], [0.0, 0.0, 1.0], [1.0, 0.0, 0.0]]
    """

    def __init__(self, seq_length: int | None = None, *, floor: float | None = None) -> None:
        super().__init__(rank_encode, seq_length=seq_length, floor=floor)


class DeltaEncoder(Encoder):
    """`delta_encode` as a module.

    Example:
        >>> DeltaEncoder(0.5)(torch.tensor([[0.0], [1.0], [0.2]])).tolist()
        [[0.0], [1.0], [0.0]]
    """

    def __init__(
        self,
        threshold: float = 0.1,
        *,
        reference: Literal["last_spike", "previous_step"] = "last_spike",
        signed: bool = True,
    ) -> None:
        super().__init__(delta_encode, threshold=threshold, reference=reference, signed=signed)
