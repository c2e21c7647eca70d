"""Tuples of tensors that move and broadcast as one."""

from collections.abc import Callable
from typing import Any, NamedTuple, TypeVar

from torch import Tensor
from torch.utils import _pytree

__all__ = [
    "MultipleInheritanceNamedTupleMeta",
    "StateTuple",
    "broadcast_input",
    "map_only",
    "register_tuple",
    "state_tuple",
    "tree_map_only",
]

T = TypeVar("T")


def broadcast_input(potential_scalar: Any, template: Tensor) -> Any:
    """Return a scalar tensor in the shape of a template, and anything else as it is.

    Args:
        potential_scalar: A tensor of one value, or of the template's shape, or no tensor.
        template: Gives the shape.

    Raises:
        ValueError: It is a tensor of another shape.

    Example:
        >>> import torch
        >>> broadcast_input(torch.tensor(1.0), torch.zeros(2)).tolist()
        [1.0, 1.0]
    """
    if not isinstance(potential_scalar, Tensor) or potential_scalar.shape == template.shape:
        return potential_scalar
    if potential_scalar.ndim:
        raise ValueError(
            f"broadcast: a value of shape {tuple(potential_scalar.shape)} has neither one element "
            f"nor the shape of the template, {tuple(template.shape)}"
        )
    return potential_scalar.broadcast_to(template.shape)


def tree_map_only(ty: type[T], fn: Callable[[T], Any], pytree: Any) -> Any:
    """Apply a function to the leaves of a type.

    Example:
        >>> tree_map_only(int, lambda n: n + 1, (1, "a"))
        (2, 'a')
    """
    return _pytree.tree_map_only(ty, fn, pytree)


def map_only(ty: type[T]) -> Callable[[Callable[[T], Any]], Callable[[Any], Any]]:
    """Return a decorator that makes a function of a type leave all other values alone.

    Example:
        >>> [map_only(int)(lambda n: n + 1)(v) for v in (1, "a")]
        [2, 'a']
    """

    def decorate(function: Callable[[T], Any]) -> Callable[[Any], Any]:
        return lambda value: function(value) if isinstance(value, ty) else value

    return decorate


def register_tuple(typ: Any) -> None:
    """Make a subclass of a named tuple known to torch's pytrees."""
    _pytree.register_pytree_node(
        typ, lambda values: (list(values), None), lambda values, _: typ(*values)
    )


class StateTuple:
    """Methods of all parameters and states: move, convert and broadcast their tensors."""

    def to(self, *args: Any, **kwargs: Any) -> Any:
        """Return it with every tensor moved or converted as `Tensor.to` does."""
        return tree_map_only(Tensor, lambda value: value.to(*args, **kwargs), self)

    def cpu(self) -> Any:
        """Return it on the CPU."""
        return tree_map_only(Tensor, Tensor.cpu, self)

    def cuda(self, device: Any = None) -> Any:
        """Return it on a CUDA device."""
        return tree_map_only(Tensor, lambda value: value.cuda(device), self)

    def float(self) -> Any:
        """Return it in float32."""
        return tree_map_only(Tensor, Tensor.float, self)

    def int(self) -> Any:
        """Return it in int32."""
        return tree_map_only(Tensor, Tensor.int, self)

    def broadcast(self, template: Tensor) -> Any:
        """Return it with every scalar tensor in the shape of a template."""
        return tree_map_only(Tensor, lambda value: broadcast_input(value, template), self)


class MultipleInheritanceNamedTupleMeta(type):
    """Makes a named tuple of a class that inherits methods from others.

    Example:
        >>> import torch
        >>> class Weights(StateTuple, metaclass=MultipleInheritanceNamedTupleMeta):
        ...     w: torch.Tensor
        ...     gain: float = 1.0
        >>> Weights(torch.ones(1)).to(torch.float64)
        Weights(w=tensor([1.], dtype=torch.float64), gain=1.0)
    """

    def __new__(mcs, typename: str, bases: tuple[Any, ...], ns: dict[str, Any]) -> Any:
        """Build the tuple of the annotated names, with the other bases in front of it."""
        fields = ns.get("__annotations__", {})
        late = False
        for attribute in fields:
            late = late or attribute in ns
            if late and attribute not in ns:
                raise TypeError(
                    f"{typename}: {attribute} has no default, but a field before it has"
                )
        values: Any = NamedTuple(typename, fields.items())  # type: ignore[misc]
        values.__new__.__defaults__ = tuple(ns[k] for k in fields if k in ns)
        values._field_defaults = {k: ns[k] for k in fields if k in ns}
        own = {key: value for key, value in ns.items() if key not in fields}
        mixins = tuple(base for base in bases if base is not NamedTuple)
        made = type(typename, (*mixins, values), own)
        register_tuple(made)
        return made


def state_tuple(kind: type[T]) -> type[T]:
    """Give a named tuple the methods of `StateTuple`.

    They are added rather than inherited, so that it stays a plain named tuple for torch.
    """
    for name in ("to", "cpu", "cuda", "float", "int", "broadcast"):
        setattr(kind, name, getattr(StateTuple, name))
    return kind
