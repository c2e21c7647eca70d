"""Immutable containers and arrays: the stuff that nodes and graphs are made of."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from hashlib import blake2b
from typing import Any, NoReturn

import numpy as np

from nir_core.errors import NirTypeError

__all__ = [
    "EMPTY",
    "FrozenDict",
    "FrozenList",
    "digest",
    "frozen_array",
    "frozen_metadata",
    "in_order",
    "same_array",
]


def _blocked(self: object, *args: object, **kwargs: object) -> NoReturn:
    raise NirTypeError(
        "nodes and graphs are values and cannot be changed in place: "
        "build a new one with .replace(field=value)"
    )


class FrozenDict(dict[str, Any]):
    """A dict that refuses changes, so that it can be shared and hashed.

    Example:
        >>> FrozenDict(a=1) == {"a": 1}
        True
    """

    __slots__ = ()
    __setitem__ = __delitem__ = __ior__ = _blocked  # type: ignore[assignment]
    clear = pop = popitem = setdefault = update = _blocked  # type: ignore[assignment]

    def __eq__(self, other: object) -> bool:
        if self is other:
            return True
        if not isinstance(other, Mapping) or len(self) != len(other):
            return False
        return all(key in other and _same(value, other[key]) for key, value in self.items())

    def __ne__(self, other: object) -> bool:
        return not self == other

    def __hash__(self) -> int:  # type: ignore[override]
        return int.from_bytes(digest(self)[:8], "little", signed=True)

    def __reduce__(self) -> tuple[Any, ...]:
        return (type(self), (dict(self),))

    def __copy__(self) -> FrozenDict:
        return self

    def __deepcopy__(self, memo: object) -> FrozenDict:
        return self


class FrozenList(list[Any]):
    """A list that refuses changes and equals any list or tuple with the same items.

    Example:
        >>> FrozenList([1, 2]) == [1, 2]
        True
    """

    __slots__ = ()
    __setitem__ = __delitem__ = __iadd__ = __imul__ = _blocked  # type: ignore[assignment]
    append = clear = extend = insert = pop = _blocked  # type: ignore[assignment]
    remove = reverse = sort = _blocked  # type: ignore[assignment]

    def __eq__(self, other: object) -> bool:
        if isinstance(other, tuple):
            other = list(other)
        return list.__eq__(self, other) is True

    def __ne__(self, other: object) -> bool:
        return not self == other

    def __hash__(self) -> int:  # type: ignore[override]
        return hash(tuple(self))

    def __reduce__(self) -> tuple[Any, ...]:
        return (type(self), (list(self),))

    def __copy__(self) -> FrozenList:
        return self

    def __deepcopy__(self, memo: object) -> FrozenList:
        return self


EMPTY = FrozenDict()

_PIECE_BYTES = 1 << 22
# The types that nearly all parameters have, known by identity: a graph has many thousands.
_FLOAT64, _FLOAT32 = np.dtype(np.float64), np.dtype(np.float32)


def _is_settled(array: np.ndarray) -> bool:
    """True when no one can change the array: it and every array it views are read-only."""
    base: Any = array
    while isinstance(base, np.ndarray):
        if base.flags.writeable:
            return False
        base = base.base
    return True


def _readable(value: Any) -> Any:
    """Give what numpy reads for a tensor of torch; anything else as it is."""
    if hasattr(value, "detach"):
        tensor = value.detach().cpu()
        try:
            return tensor.numpy()
        except TypeError:  # bfloat16, whose numbers are all numbers of float32, too
            return tensor.float().numpy()
    if isinstance(value, np.ma.MaskedArray) and np.ma.is_masked(value):
        raise TypeError("some elements are masked; fill them in with .filled(value)")
    return value


def frozen_array(value: Any) -> np.ndarray:
    """Give `value` as a read-only array in native byte order.

    An array that nobody can change any more (read-only, and so is what it views) is taken
    as it is; anything else is copied once. To hand a large weight over without a copy, call
    `weight.setflags(write=False)` first.

    Args:
        value: a number, an array, a nested sequence, or an object with `detach` (a torch
            tensor) or `__array__`.

    Returns:
        A read-only array of booleans, integers or floating-point numbers.

    Raises:
        NirTypeError: the value holds text, objects or complex numbers.
    """
    if type(value) is np.ndarray:
        array = value
        if array.flags.writeable or not (array.base is None or _is_settled(array)):
            array = array.copy()
            array.setflags(False)  # type: ignore  # by keyword it takes twice as long
        if array.dtype is _FLOAT64 or array.dtype is _FLOAT32:
            return array
    else:
        if hasattr(value, "nir_lazy"):
            return value
        try:
            array = np.array(_readable(value))
        except (ValueError, TypeError) as error:
            raise NirTypeError(f"expected a number or an array of numbers: {error}") from error
        array.setflags(write=False)
    dtype = array.dtype
    if dtype.itemsize > 8 and dtype.kind == "f":
        raise NirTypeError(f"expected numbers of at most 64 bits, got {dtype}: use astype(float)")
    if dtype.kind not in "fiub":
        raise NirTypeError(
            f"expected real numbers, got an array of {dtype}: "
            "parameters are booleans, integers or floats"
        )
    if not dtype.isnative:
        array = array.astype(dtype.newbyteorder("="))
        array.setflags(write=False)
    return array


def same_array(a: Any, b: Any) -> bool:
    """True when two arrays agree in dtype, shape and every bit."""
    if a is b:
        return True
    if a.dtype != b.dtype or a.shape != b.shape:
        return False
    a, b = np.ascontiguousarray(a), np.ascontiguousarray(b)
    return bool(np.array_equal(a.reshape(-1).view(np.uint8), b.reshape(-1).view(np.uint8)))


def in_order(array: np.ndarray) -> Iterator[np.ndarray]:
    """Give an array in contiguous pieces along its first axis, without a copy of all of it.

    Example:
        >>> [part.flags.c_contiguous for part in in_order(np.zeros((2, 3)).T)]
        [True]
    """
    if array.flags.c_contiguous or array.ndim == 0 or not array.size:
        yield np.ascontiguousarray(array)
        return
    step = max(1, _PIECE_BYTES * array.shape[0] // array.nbytes)
    for start in range(0, array.shape[0], step):
        yield np.ascontiguousarray(array[start : start + step])


def _same(a: Any, b: Any) -> bool:
    """Equality that also works for arrays inside containers."""
    if isinstance(a, np.ndarray) and isinstance(b, np.ndarray):
        return same_array(a, b) if "O" not in (a.dtype.kind, b.dtype.kind) else bool((a == b).all())
    if isinstance(a, np.ndarray) or isinstance(b, np.ndarray):
        return False
    if isinstance(a, (tuple, list)) and isinstance(b, (tuple, list)):
        return len(a) == len(b) and all(_same(x, y) for x, y in zip(a, b, strict=True))
    return bool(a == b)


def frozen_metadata(value: Any, where: str = "metadata") -> Any:
    """Freeze a metadata value: mappings, sequences, arrays, numbers, text and None."""
    if value is None or isinstance(value, (str, bool, int, float, FrozenDict)):
        return value
    if isinstance(value, Mapping):
        frozen = {}
        for key, item in value.items():
            if not isinstance(key, str):
                raise NirTypeError(f"{where}: keys are text, got {key!r}")
            frozen[key] = frozen_metadata(item, f"{where}/{key}")
        return FrozenDict(frozen)
    if isinstance(value, np.generic):
        return value
    if isinstance(value, np.ndarray):
        array = value.copy()
        array.flags.writeable = False
        return array
    if isinstance(value, (list, tuple)):
        return tuple(frozen_metadata(item, where) for item in value)
    if isinstance(value, bytes):
        return value
    raise NirTypeError(
        f"{where}: expected numbers, text, arrays, lists or dictionaries,"
        f" got {type(value).__name__}"
    )


def _feed(h: Any, value: Any) -> None:
    """Add one value to a hash so that different values never look alike."""
    if isinstance(value, np.ndarray) or hasattr(value, "nir_lazy"):
        array = np.ascontiguousarray(value)
        h.update(f"A{array.dtype.str}{np.shape(value)}".encode())
        if array.dtype.kind == "O":
            for item in array.flat:
                _feed(h, item)
        elif array.size:
            h.update(memoryview(array.reshape(-1).view(np.uint8)))  # type: ignore
    elif isinstance(value, Mapping):
        h.update(b"M%d" % len(value))
        for key in sorted(value):
            _feed(h, key)
            _feed(h, value[key])
    elif isinstance(value, (tuple, list)):
        h.update(b"L%d" % len(value))
        for item in value:
            _feed(h, item)
    elif hasattr(value, "digest"):
        h.update(b"N" + value.digest)
    elif isinstance(value, (bool, int, float, np.generic)):
        number = value.item() if isinstance(value, np.generic) else value
        # Python's own hash: 1, 1.0 and True are equal and must hash alike; NaN's is random.
        h.update(f"n{hash(number) if number == number else 'nan'};".encode())
    else:
        text = repr(value).encode()
        h.update(f"{type(value).__name__}{len(text)}:".encode() + text)


def digest(value: Any) -> bytes:
    """Give 16 bytes that depend on the whole content of a value and on nothing else.

    Example:
        >>> digest({"a": 1}) == digest({"a": 1})
        True
    """
    h = blake2b(digest_size=16)
    _feed(h, value)
    return h.digest()
