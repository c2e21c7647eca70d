"""What every node is: a frozen value with named parameters and metadata."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import MISSING, dataclass, field, fields
from itertools import repeat
from typing import Any, ClassVar, Self

import numpy as np

from nir_core._values import EMPTY, FrozenDict, digest, frozen_array, frozen_metadata, same_array
from nir_core.errors import NirError, NirTypeError

__all__ = ["NIRNode", "Shape", "ShapeView", "as_shape"]

Shape = tuple[int, ...]
_MOST_AXES = 64  # as in numpy
_MOST_LENGTH = 2**62


def as_shape(value: Any, port: str) -> Shape | None:
    """Read a shape the ways it is written in NIR: dict, array, sequence, number or None."""
    if isinstance(value, Mapping):
        if len(value) != 1:
            raise NirTypeError(
                f"expected one shape as {{{port!r}: shape}}, got the keys {list(value)}"
            )
        value = next(iter(value.values()))
    if value is None:
        return None
    array = np.asarray(value)
    if array.ndim > 1 or (array.size and array.dtype.kind not in "iuf"):
        raise NirTypeError(f"a shape is a list of whole numbers, got {value!r}")
    if array.dtype.kind == "f" and not np.array_equal(array, np.floor(array)):
        raise NirTypeError(f"a shape is a list of whole numbers, got {value!r}")
    if array.size > _MOST_AXES:
        raise NirTypeError(f"a shape has at most {_MOST_AXES} axes, got {array.size}")
    if array.size and not -_MOST_LENGTH < array.min() <= array.max() < _MOST_LENGTH:
        raise NirTypeError(f"the lengths of a shape are below 2**62, got {value!r}")
    return tuple(int(n) for n in array.reshape(-1))


def _as_type(port: str, shape: Shape | None) -> FrozenDict:
    if shape is None:
        return FrozenDict({port: None})
    array = np.array(shape, dtype=np.int64)
    array.setflags(write=False)
    return FrozenDict({port: array})


class ShapeView:
    """The attribute `input_type` or `output_type`: `{"input": shape}` as nir gives it.

    It has no `__set__`, so that nodes which are built from a shape keep their own value.
    """

    def __init__(self, port: str) -> None:
        self.port = port

    def __get__(self, node: NIRNode | None, owner: type | None = None) -> Any:
        if node is None:
            # dataclasses ask the class for a default; there is none.
            raise AttributeError(f"{self.port}_type")
        return _as_type(self.port, getattr(node, f"_{self.port}_shape")())


@dataclass(frozen=True, eq=False, repr=False)
class NIRNode:
    """Base of all nodes: an immutable value, equal to another by content.

    Args:
        metadata: anything worth keeping beside the node; it never changes a result.

    Example:
        >>> from nir_core import Scale
        >>> Scale([1.0, 2.0]) == Scale([1.0, 2.0])
        True
        >>> Scale([1.0, 2.0]).replace(scale=[3.0]).scale
        array([3.])
    """

    _parameters: ClassVar[tuple[str, ...]] = ()
    # The parameter whose shape a single `w_in` takes, in classes that have one.
    _spread: ClassVar[str] = ""

    metadata: Mapping[str, Any] = field(default=EMPTY, kw_only=True)

    def __post_init__(self) -> None:
        own = self.__dict__
        self._fill(own["metadata"], *(own[name] for name in self._parameters))

    def _fill(self, metadata: Any, *values: Any) -> None:
        """Set the parameters in their order, frozen, and the metadata.

        A `v_reset` that is not given means zeros. Classes that have nothing else call this from
        an `__init__` of their own: the one that dataclasses make for frozen classes takes twice
        as long, and a graph may have many thousands of nodes.
        """
        own = self.__dict__
        name = ""
        try:
            for name, value in zip(self._parameters, values, strict=True):
                if value is None and name == "v_reset":
                    value = np.zeros(own["v_threshold"].shape, own["v_threshold"].dtype)
                    value.setflags(write=False)
                own[name] = frozen_array(value)
        except NirTypeError as error:
            raise NirTypeError(f"{type(self).__name__}.{name}: {error}") from None
        own["metadata"] = metadata if metadata is EMPTY else _checked_metadata(metadata)
        if self._spread:
            _spread_w_in(own, self._spread)

    @classmethod
    def of_settled(cls, columns: Sequence[Sequence[np.ndarray]]) -> list[Self]:
        """Make many nodes of a class that has only parameters, without a look at the values.

        Args:
            columns: for each parameter one array per node: read-only, as is all that it views,
                of real numbers in native byte order.

        Returns:
            The nodes, without metadata.
        """
        nodes = []
        names = (*cls._parameters, "metadata")
        make, like = cls.__new__, cls._spread
        for values in zip(*columns, repeat(EMPTY, len(columns[0])), strict=True):
            node = make(cls)
            own = node.__dict__
            own.update(zip(names, values, strict=True))
            if like:
                _spread_w_in(own, like)
            nodes.append(node)
        return nodes

    # Shapes that follow from the parameters alone; None where the input decides.
    def _input_shape(self) -> Shape | None:
        return None

    def _output_shape(self) -> Shape | None:
        return self._input_shape()

    input_type = ShapeView("input")
    output_type = ShapeView("output")

    @classmethod
    def field_names(cls) -> tuple[str, ...]:
        """Give the names of the fields in positional order, without metadata."""
        names = cls.__dict__.get("_names")
        if names is None:
            names = tuple(f.name for f in fields(cls) if f.name != "metadata")
            cls._names = names  # type: ignore[attr-defined]
        return names

    def items(self) -> list[tuple[str, Any]]:
        """Give the (name, value) pairs of the fields, without metadata."""
        return [(name, self.__dict__[name]) for name in self.field_names()]

    def replace(self, **changes: Any) -> Self:
        """Give a copy with some fields changed.

        Args:
            **changes: new values by field name; `metadata` may be one of them.

        Returns:
            A new node of the same class.

        Raises:
            NirTypeError: a name is not a field of this node.
        """
        names = (*self.field_names(), "metadata")
        unknown = [name for name in changes if name not in names]
        if unknown:
            raise NirTypeError(
                f"{type(self).__name__} has no field {unknown[0]!r}; it has {', '.join(names)}"
            )
        return type(self)(**{n: changes.get(n, self.__dict__[n]) for n in names})

    @property
    def digest(self) -> bytes:
        """16 bytes that depend on the whole content of the node."""
        own = self.__dict__
        if "_digest" not in own:
            content = [type(self).__name__, own["metadata"]]
            for name, value in self.items():
                content += (name, value)
            own["_digest"] = digest(content)
        return own["_digest"]

    def __hash__(self) -> int:
        return int.from_bytes(self.digest[:8], "little", signed=True)

    def __eq__(self, other: object) -> bool:
        if self is other:
            return True
        if type(self) is not type(other):
            return NotImplemented if not isinstance(other, NIRNode) else False
        a, b = self.__dict__, other.__dict__
        for name in self.field_names():
            x, y = a[name], b[name]
            if name in self._parameters:
                if not same_array(x, y):
                    return False
            elif x != y:
                return False
        one, two = a["metadata"], b["metadata"]
        # The digest knows NaN as one value; Python, as many as there are objects.
        return bool(one == two) or digest(one) == digest(two)

    def __repr__(self) -> str:
        parts = [f"{name}={_brief(value)}" for name, value in self.items()]
        if self.metadata:
            parts.append(f"metadata={dict(self.metadata)!r}")
        return f"{type(self).__name__}({', '.join(parts)})"

    def __getstate__(self) -> dict[str, Any]:
        return {k: v for k, v in self.__dict__.items() if not k.startswith("_")}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        for name in self._parameters:  # unpickled arrays are writeable
            self.__dict__[name].flags.writeable = False

    def to_dict(self) -> dict[str, Any]:
        """Give the node as the dictionary that nir's own `to_dict` makes.

        Returns:
            The fields by name, `metadata`, and the class name under `type`.
        """
        content: dict[str, Any] = dict(self.items())
        content["metadata"] = dict(self.metadata)
        content["type"] = type(self).__name__
        return content

    @classmethod
    def from_dict(cls, content: Mapping[str, Any]) -> Self:
        """Build a node from the dictionary that `to_dict` makes.

        Args:
            content: fields by name; `type`, if there, must be this class's name.

        Returns:
            The node.

        Raises:
            NirError: the type differs, or a field is missing or unknown.
        """
        content = dict(content)
        kind = content.pop("type", cls.__name__)
        if kind != cls.__name__:
            raise NirError(f"{cls.__name__}.from_dict: the dictionary is of type {kind!r}")
        return build(cls, content)


def build(cls: type[Any], content: Mapping[str, Any]) -> Any:
    """Call a node class with fields by name, with errors that name the field."""
    names = cls.field_names()
    if content.keys() == set(names):
        return cls(**content)
    optional = {f.name for f in fields(cls) if f.default is not MISSING}
    for name in content:
        if name not in names and name != "metadata":
            raise NirError(
                f"{cls.__name__} has no field {name!r}; its fields are {', '.join(names)}"
            )
    for name in names:
        if name not in content and name not in optional:
            raise NirError(f"{cls.__name__} needs the field {name!r}, which is missing")
    return cls(**content)


def _spread_w_in(own: dict[str, np.ndarray], like: str) -> None:
    """Give a single `w_in` the shape of the layer, as nir does."""
    w_in, like_array = own["w_in"], own[like]
    if w_in.ndim == 0 and like_array.ndim:
        dtype = like_array.dtype if like_array.dtype.kind == "f" else w_in.dtype
        spread = np.full(like_array.shape, w_in, dtype=dtype)
        spread.flags.writeable = False
        own["w_in"] = spread


def _checked_metadata(metadata: Any) -> FrozenDict:
    if metadata is None or metadata is dict:
        return EMPTY
    if not isinstance(metadata, Mapping):
        raise NirTypeError(f"metadata is a dictionary, got {type(metadata).__name__}")
    return frozen_metadata(metadata) if metadata else EMPTY


def _brief(value: Any) -> str:
    if isinstance(value, FrozenDict):
        (only,) = value.values()
        return "None" if only is None else str(tuple(int(n) for n in only))
    if not hasattr(value, "dtype"):
        return repr(value)
    shape = "x".join(map(str, value.shape))
    if isinstance(value, np.ndarray):
        if value.ndim == 0:
            return repr(value.item())
        if value.size <= 4 and value.ndim == 1:
            return repr(value.tolist())
        if value.size and (value == value.flat[0]).all():
            return f"{value.dtype}[{shape}] all {value.flat[0]}"
    return f"{value.dtype}[{shape}]"
