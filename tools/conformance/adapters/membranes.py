"""Finding the membrane potential of the only neuron of a network, wherever a framework keeps it."""

from collections.abc import Iterator, Mapping
from typing import Any

# What frameworks call it: Norse, norse-lite and SpikingJelly `v`, snnTorch `mem`, Sinabs `v_mem`.
NAMES = ("v", "mem", "v_mem")


def membrane(*places: Any) -> Any:
    """Look for a potential in states and modules.

    Args:
        *places: what a network gave as its state, and the network itself.

    Returns:
        The tensor, or None where there is none or more than one.
    """
    for place in places:
        found = {id(one): one for one in _tensors(place, set())}
        if found:
            return next(iter(found.values())) if len(found) == 1 else None
    return None


def _tensors(place: Any, seen: set[int]) -> Iterator[Any]:
    if place is None or id(place) in seen:
        return
    seen.add(id(place))
    if hasattr(place, "named_modules"):
        for _, module in place.named_modules():
            yield from _named(module)
    elif isinstance(place, Mapping):
        for name, value in place.items():
            if name in NAMES and _is_array(value):
                yield value
            else:
                yield from _tensors(value, seen)
    elif isinstance(place, (tuple, list)):
        if hasattr(place, "_fields"):
            yield from _named(place)
        for value in place:
            if not _is_array(value):
                yield from _tensors(value, seen)
    elif hasattr(place, "__dict__") and not _is_array(place):
        yield from _named(place)
        for value in vars(place).values():
            if not _is_array(value):
                yield from _tensors(value, seen)


def _named(holder: Any) -> Iterator[Any]:
    for name in NAMES:
        value = getattr(holder, name, None)
        if _is_array(value) and getattr(value, "ndim", 0):
            yield value


def _is_array(value: Any) -> bool:
    return hasattr(value, "detach") and hasattr(value, "shape")
