"""A module that owns a neuron's parameters: buffers in full precision, or learned parameters.

A constant is a float64 buffer whatever the precision of the network, so that `dt / tau` is rounded
once, to the dtype of the input. A learned value is a `torch.nn.Parameter` like any other; where it
must stay positive, its logarithm is learned, so that a learning rate means a relative change (a
time constant of 10 ms and a step of 1e-3 would not go together).
"""

import difflib
import warnings
from collections.abc import Callable, Iterable
from typing import Any, ClassVar

import torch
from torch import Tensor, nn

from norse_lite._errors import NetworkError
from norse_lite.neurons._neuron import Neuron, Rules
from norse_lite.neurons._values import Value, checked, parameter_names, positive_names, tensor

__all__ = ["Coefficients", "NeuronModule"]


class Coefficients:
    """Coefficients of a step in the dtype of the input, loose and packed into one tensor."""

    def __init__(self, values: Any) -> None:
        self.values = values
        self._packed: dict[tuple[int, ...], Tensor] = {}

    @property
    def requires_grad(self) -> bool:
        return any(value.requires_grad for value in self.values)

    @property
    def shared(self) -> bool:
        """Whether each is one value for all neurons."""
        return all(value.numel() == 1 for value in self.values)

    def packed(self, shape: tuple[int, ...]) -> Tensor:
        """Return `(coefficients, 1)` if shared, else `(coefficients, neurons)` for this shape."""
        key = () if self.shared else shape
        if key not in self._packed:
            rows = [
                value.reshape(1) if self.shared else value.expand(shape).reshape(-1)
                for value in self.values
            ]
            self._packed[key] = torch.stack(rows)
        return self._packed[key]


class NeuronModule(nn.Module):
    """Base of all forms of a neuron: holds its parameters and computes its coefficients."""

    neuron: ClassVar[Neuron[Any, Any]]

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        if "neuron" in cls.__dict__:
            for name in positive_names(cls.neuron.parameters):
                setattr(cls, name, property(_learned_or_constant(name)))

    def __init__(
        self, parameters: dict[str, Value], learn: Iterable[str], rules: Rules, backend: str
    ) -> None:
        super().__init__()
        if backend not in ("auto", "reference"):
            raise NetworkError(f"backend must be 'auto' or 'reference', not {backend!r}")
        self.rules = rules
        self.backend = backend
        if not isinstance(learn, Iterable):
            raise NetworkError(f"learn must be names of parameters, not {learn!r}")
        self.learn = (learn,) if isinstance(learn, str) else tuple(learn)
        self._names = parameter_names(self.neuron.parameters)
        self._positive = positive_names(self.neuron.parameters)
        self._cached: tuple[Any, Coefficients] | None = None
        owner = type(self).__name__
        for name in (*parameters, *self.learn):
            if name not in self._names:
                raise NetworkError(f"{owner} has no parameter {name!r}{self._suggestion(name)}")
        defaults = self.neuron.parameters()
        for name in self._names:
            positive = name in self._positive
            value = parameters[name] if name in parameters else getattr(defaults, name)
            value = checked(owner, name, value, positive=positive)
            if name in self.learn:
                self._learn(name, value, positive)
            else:
                self.register_buffer(name, value.detach().to(torch.float64).clone())
            if positive and name.startswith("tau"):
                self._check_rate(name, value)

    def _suggestion(self, name: str) -> str:
        close = difflib.get_close_matches(name, self._names, 1)
        hint = f"; did you mean {close[0]!r}?" if close else ""
        return f": it has {', '.join(self._names)}{hint}"

    def _learn(self, name: str, value: Tensor, positive: bool) -> None:
        value = value.detach().to(torch.float64)
        value = (value.log() if positive else value).to(torch.get_default_dtype()).clone()
        self.register_parameter(f"log_{name}" if positive else name, nn.Parameter(value))

    def _check_rate(self, name: str, tau: Tensor) -> None:
        worst = float((self.rules.dt / tau.detach()).max())
        least = float((self.rules.dt / tau.detach()).min())
        if worst > 1 or least < 1e-4:
            warnings.warn(
                f"{type(self).__name__}: dt / {name} is {worst if worst > 1 else least:.3g} "
                f"(dt {self.rules.dt:g} s, {name} {float(tau.detach().flatten()[0]):g} s); "
                "are both in seconds?",
                stacklevel=4,
            )

    @property
    def dt(self) -> float:
        """Duration of a time step in seconds."""
        return self.rules.dt

    def parameter_values(self) -> Any:
        """Return the neuron's dataclass of float64 tensors, learned ones with their gradient."""
        return self.neuron.parameters(
            **{name: getattr(self, name).double() for name in self._names}
        )

    def coefficients_for(self, x: Tensor) -> Coefficients:
        """Return the coefficients of a step in the dtype and on the device of `x`."""
        dtype = x.dtype if x.dtype in (torch.float32, torch.float64) else torch.float32
        if self.learn or torch.compiler.is_compiling():
            return self._compute(dtype, x.device)
        constants = [self._buffers[name] for name in self._names]
        if any(c is not None and c.is_inference() for c in constants):
            return self._compute(dtype, x.device)  # nothing tells whether they have changed
        key = (
            dtype,
            x.device,
            self.rules,
            *((id(c), c._version) for c in constants if c is not None),
        )
        if self._cached is None or self._cached[0] != key:
            self._cached = (key, self._compute(dtype, x.device))
        return self._cached[1]

    def _compute(self, dtype: torch.dtype, device: torch.device) -> Coefficients:
        loose: Any = self.neuron.coefficients(self.parameter_values(), self.rules)
        return Coefficients(loose._make(tensor(value).to(device, dtype) for value in loose))

    def _apply(self, fn: Callable[[Tensor], Tensor], recurse: bool = True) -> "NeuronModule":
        constants = {name: self._buffers[name] for name in self._names if name in self._buffers}
        super()._apply(fn, recurse)
        for name, before in constants.items():
            after = self._buffers[name]
            # Constants follow the module to another device, but keep their precision.
            if before is not None and after is not None and after.dtype != before.dtype:
                self._buffers[name] = before.to(after.device)
        return self

    def _load_from_state_dict(
        self, state_dict: dict[str, Any], prefix: str, *args: Any, **kwargs: Any
    ) -> None:
        # A value saved as a constant can be loaded where it is learned, and the other way round.
        for name in self._positive:
            plain, log = prefix + name, prefix + f"log_{name}"
            if name in self.learn and plain in state_dict and log not in state_dict:
                state_dict[log] = state_dict.pop(plain).log()
            elif name not in self.learn and log in state_dict and plain not in state_dict:
                state_dict[plain] = state_dict.pop(log).double().exp()
        super()._load_from_state_dict(state_dict, prefix, *args, **kwargs)

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "_cached": None}

    def extra_repr(self) -> str:
        """Show parameters that differ from the defaults, and the rules that do."""
        defaults = self.neuron.parameters()
        shown = []
        for name in self._names:
            value = getattr(self, name).detach()
            if name in self.learn or value.numel() > 1 or float(value) != getattr(defaults, name):
                text = f"{float(value):g}" if value.numel() == 1 else f"{tuple(value.shape)}"
                shown.append(f"{name}={text}")
        if self.learn:
            shown.append(f"learn={self.learn}")
        rules = Rules()
        for name in ("dt", "surrogate", "reset", "detach_reset", "integrator"):
            if getattr(self.rules, name) != getattr(rules, name):
                shown.append(f"{name}={getattr(self.rules, name)}")
        return ", ".join(shown)


def _learned_or_constant(name: str) -> Callable[[NeuronModule], Tensor]:
    def get(self: NeuronModule) -> Tensor:
        log = self._parameters.get(f"log_{name}")
        # In float64: every user of the value rounds once, and so agrees on it.
        return nn.Module.__getattr__(self, name) if log is None else log.double().exp()  # type: ignore[return-value]

    get.__doc__ = f"Value of `{name}`, a tensor."
    return get
