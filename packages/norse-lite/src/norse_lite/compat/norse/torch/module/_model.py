"""Modules derived from a model: its step functions, default parameters and states at rest."""

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar

from torch import Tensor

from norse_lite.compat.norse.torch.module._fused import FusedSNN
from norse_lite.compat.norse.torch.module.snn import SNNCell, SNNRecurrent, SNNRecurrentCell

__all__ = ["Model", "ModelCell", "ModelLayer", "ModelRecurrent", "ModelRecurrentCell"]

Step = Callable[..., tuple[Tensor, Any]]


@dataclass(frozen=True)
class Model:
    """What one of Norse's neurons is.

    Attributes:
        default: Parameters, where a module is given none.
        step: Feed-forward step function.
        recurrent_step: Recurrent step function.
        rest: State before any input, of input and parameters.
        recurrent_rest: The same of the recurrent forms, of input, parameters and neurons.
        sparse: Step function for sparse inputs, if there is one.
        recurrent_sparse: The same of the recurrent forms.
    """

    default: Any
    step: Step
    recurrent_step: Step
    rest: Callable[[Tensor, Any], Any]
    recurrent_rest: Callable[[Tensor, Any, int], Any]
    sparse: Step | None = None
    recurrent_sparse: Step | None = None


class _Derived:
    """A module of a model, which is named where the class is made."""

    model: ClassVar[Model]

    def __init_subclass__(cls, model: Model | None = None, **options: Any) -> None:
        super().__init_subclass__(**options)
        if model is None:
            return
        cls.model = model
        # What help and editors show: the parameters of this model instead of None.
        own = inspect.signature(cls.__init__)
        shown = [
            one.replace(default=model.default) if one.name == "p" else one
            for one in list(own.parameters.values())[1:]
        ]
        cls.__signature__ = own.replace(parameters=shown)  # type: ignore[attr-defined]


class _FeedForward(_Derived):
    def __init__(self: Any, p: Any = None, **kwargs: Any) -> None:
        model = self.model
        p = model.default if p is None else p
        kwargs.setdefault("activation_sparse", model.sparse)
        init: Any = super().__init__  # that of the form it is mixed into
        init(model.step, self._at_rest, p, **kwargs)

    def _at_rest(self: Any, x: Tensor) -> Any:
        return self.model.rest(x, self.p)


class _Recurrent(_Derived):
    def __init__(
        self: Any, input_size: int, hidden_size: int, p: Any = None, **kwargs: Any
    ) -> None:
        model = self.model
        p = model.default if p is None else p
        kwargs.setdefault("activation_sparse", model.recurrent_sparse)
        init: Any = super().__init__
        init(model.recurrent_step, self._at_rest, input_size, hidden_size, p, **kwargs)

    def _at_rest(self: Any, x: Tensor) -> Any:
        return self.model.recurrent_rest(x, self.p, self.hidden_size)


class ModelCell(_FeedForward, SNNCell):
    """One step of a model.

    Args:
        p: Parameters.
        kwargs: `dt` in seconds.
    """


class ModelLayer(_FeedForward, FusedSNN):
    """A model over sequences.

    Args:
        p: Parameters.
        kwargs: `dt` in seconds, `record_states` for the states of all steps.
    """


class ModelRecurrentCell(_Recurrent, SNNRecurrentCell):
    """One step of a recurrently connected model.

    Args:
        input_size: Number of inputs.
        hidden_size: Number of neurons.
        p: Parameters.
        kwargs: Weights, `autapses`, `dt` as `SNNRecurrentCell` takes them.
    """


class ModelRecurrent(_Recurrent, SNNRecurrent):
    """A recurrently connected model over sequences.

    Args:
        input_size: Number of inputs.
        hidden_size: Number of neurons.
        p: Parameters.
        kwargs: Weights, `autapses`, `dt` as `SNNRecurrent` takes them.
    """
