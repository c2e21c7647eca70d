"""Checks of parameter values: NaN, signs, units, number types.

Each parameter of all nodes of a class is looked at in one piece, since a numpy call per array
would cost more than everything else; only where that shows a problem are single nodes examined.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from operator import attrgetter
from typing import Any

import numpy as np

from nir_core._lazy import is_mapped
from nir_core.findings import Finding, node_path
from nir_core.nodes import NIRNode
from nir_core.nodes._network import Network

__all__ = ["SLOW_TAU_S", "values"]

# NIR's tables give milliseconds, every program uses seconds: a time constant from here on
# is far more often a unit slip than a neuron that remembers for so long.
SLOW_TAU_S = 2.0

_LARGE = 1 << 14
_SIZE, _SHAPE = attrgetter("size"), attrgetter("shape")

Place = tuple[tuple[str, ...], NIRNode, str]


def _walk(graph: Network, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], NIRNode]]:
    for name, node in graph.nodes.items():
        if isinstance(node, Network):
            yield from _walk(node, (*path, name))
        else:
            yield (*path, name), node


def values(graph: Network) -> list[Finding]:
    """Give the findings about parameter values of a graph and the graphs inside it."""
    # Numbers that are not, of a damaged file, warn as they are laid side by side.
    with np.errstate(invalid="ignore"):
        return [] if _sound(graph) else _examined(graph)


def _sound(graph: Network) -> bool:
    """Whether a look at each parameter of all nodes of a class at once shows nothing.

    False also where that look would be wrong or costly: with large or mapped arrays, with
    whole numbers, or where shapes differ from parameter to parameter.
    """
    for kind, names in graph.by_class.items():
        columns = graph.columns(kind)
        if issubclass(kind, Network):
            sound = all(_sound(graph.nodes[name]) for name in names)  # type: ignore[arg-type]
        else:
            sound = all(map(_small, columns.values())) and _sound_class(columns)
        if not sound:
            return False
    return True


def _small(arrays: list[Any]) -> bool:
    return set(map(type, arrays)) == {np.ndarray} and max(map(_SIZE, arrays)) < _LARGE


def _sound_class(columns: dict[str, list[np.ndarray]]) -> bool:
    together: dict[str, np.ndarray] = {}
    for name, arrays in columns.items():
        dtype = arrays[0].dtype
        if dtype.kind != "f":
            return False
        try:
            joined = np.concatenate(arrays, axis=None, dtype=dtype, casting="no")
        except TypeError:  # another array is of another type
            return False
        if not np.isfinite(joined).all():
            return False
        if name.startswith("tau") and not ((joined > 0) & (joined < SLOW_TAU_S)).all():
            return False
        if name == "delay" and (joined < 0).any():
            return False
        together[name] = joined
    if "v_threshold" in columns:
        shapes = list(map(_SHAPE, columns["v_threshold"]))
        for name, compare in (("v_reset", np.greater_equal), ("v_leak", np.greater)):
            if name in columns:
                if list(map(_SHAPE, columns[name])) != shapes:
                    return False
                if compare(together[name], together["v_threshold"]).any():
                    return False
    return True


def _examined(graph: Network) -> list[Finding]:
    everything: list[Place] = []
    unread: list[Place] = []
    taus: list[Place] = []
    delays: list[Place] = []
    resets: list[Place] = []
    leaks: list[Place] = []
    for path, node in _walk(graph, ()):
        for name in node._parameters:
            place = (path, node, name)
            array = node.__dict__[name]
            lazy = not isinstance(array, np.ndarray)
            if (lazy or array.size >= _LARGE) and is_mapped(array):
                unread.append(place)  # looking at the numbers would load them
                continue
            everything.append(place)
            if name.startswith("tau"):
                taus.append(place)
            elif name == "delay":
                delays.append(place)
            elif name == "v_reset":
                resets.append(place)
            elif name == "v_leak" and "v_threshold" in node._parameters:
                leaks.append(place)
    found: list[Finding] = []
    found += _numbers([*everything, *unread])
    found += _spot(everything, lambda a: ~np.isfinite(a), _not_finite)
    found += _spot(taus, lambda a: ~(a > 0) & ~np.isnan(a), _not_positive)
    found += _spot(taus, lambda a: (a >= SLOW_TAU_S) & np.isfinite(a), _slow)
    found += _spot(delays, lambda a: a < 0, _negative_delay)
    for places, compare, finding in (
        (resets, np.greater_equal, _high_reset),
        (leaks, np.greater, _high_leak),
    ):
        for path, node, name in _above_threshold(places, compare):
            found.append(finding(path, node, name))
    return found


def _spot(
    places: list[Place],
    bad: Callable[[Any], Any],
    finding: Callable[[tuple[str, ...], NIRNode, str], Finding],
) -> list[Finding]:
    small: list[Place] = []
    hits: list[Place] = []
    for place in places:
        array = place[1].__dict__[place[2]]
        if array.dtype.kind != "f" and finding is _not_finite:
            continue
        if array.size < _LARGE:
            small.append(place)
        elif _any_bad(array, bad):
            hits.append(place)
    if small:
        arrays = [np.asarray(p[1].__dict__[p[2]]).reshape(-1) for p in small]
        if bad(np.concatenate(arrays)).any():
            hits = [p for p, a in zip(small, arrays, strict=True) if bad(a).any()] + hits
    return [finding(*place) for place in hits]


def _any_bad(array: Any, bad: Callable[[Any], Any]) -> bool:
    """Look at a large array piece by piece, so that no mask of its size is made."""
    flat = np.asarray(array).reshape(-1)
    step = 1 << 20
    return any(bad(flat[i : i + step]).any() for i in range(0, flat.size, step))


def _numbers(places: list[Place]) -> Iterator[Finding]:
    for path, node, name in places:
        if (dtype := node.__dict__[name].dtype).kind != "f":
            yield Finding(
                "NIR045",
                node_path(*path),
                f"{name} holds {'booleans' if dtype.kind == 'b' else 'whole numbers'}",
                "floating-point numbers",
                str(dtype),
                "nir and most programs expect floats",
            )


def _above_threshold(places: list[Place], compare: Any) -> list[Place]:
    """Give the places whose values pass the comparison with the node's v_threshold."""
    pairs: list[tuple[Place, Any, Any]] = []
    for place in places:
        value, limit = place[1].__dict__[place[2]], place[1].__dict__["v_threshold"]
        if value.shape == limit.shape or not value.shape or not limit.shape:
            pairs.append((place, value, limit))
    simple = [p for p in pairs if p[1].shape == p[2].shape and p[1].size < _LARGE]
    rest = [p for p in pairs if not (p[1].shape == p[2].shape and p[1].size < _LARGE)]
    if simple:
        left = np.concatenate([np.asarray(p[1]).reshape(-1) for p in simple])
        right = np.concatenate([np.asarray(p[2]).reshape(-1) for p in simple])
        if compare(left, right).any():
            rest = simple + rest
    return [place for place, value, limit in rest if np.any(compare(value, limit))]


def _first(array: Any, bad: Any) -> str:
    flat = np.asarray(array).reshape(-1)
    index = int(np.argmax(bad(flat)))
    return f"{flat[index]} at position {index}" if flat.size > 1 else str(flat[0])


def _not_finite(path: tuple[str, ...], node: NIRNode, name: str) -> Finding:
    got = _first(node.__dict__[name], lambda a: ~np.isfinite(a))
    return Finding("NIR040", node_path(*path), f"{name} is not finite", "finite numbers", got)


def _not_positive(path: tuple[str, ...], node: NIRNode, name: str) -> Finding:
    got = _first(node.__dict__[name], lambda a: ~(a > 0))
    return Finding("NIR041", node_path(*path), f"{name} is not positive", "seconds above zero", got)


def _slow(path: tuple[str, ...], node: NIRNode, name: str) -> Finding:
    got = _first(node.__dict__[name], lambda a: a >= SLOW_TAU_S)
    return Finding(
        "NIR044",
        node_path(*path),
        f"{name} looks like milliseconds",
        f"seconds, below {SLOW_TAU_S:g}",
        got,
        "divide by 1000 if it was meant in milliseconds",
    )


def _negative_delay(path: tuple[str, ...], node: NIRNode, name: str) -> Finding:
    got = _first(node.__dict__[name], lambda a: a < 0)
    return Finding("NIR042", node_path(*path), "a delay is negative", "seconds, 0 or more", got)


def _high_reset(path: tuple[str, ...], node: NIRNode, name: str) -> Finding:
    return Finding(
        "NIR043",
        node_path(*path),
        "the reset potential is not below the threshold",
        "v_reset < v_threshold",
        hint="after a spike the neuron may fire again at once, without end",
    )


def _high_leak(path: tuple[str, ...], node: NIRNode, name: str) -> Finding:
    return Finding(
        "NIR046",
        node_path(*path),
        "the resting potential is above the threshold",
        "v_leak <= v_threshold",
        hint="the neuron fires without input",
    )
