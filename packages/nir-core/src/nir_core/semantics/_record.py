"""The `semantics` entry of a graph's metadata: how the graph was meant to be run.

It is a small dictionary: `version`, `profile`, `dt` and whatever the exporter adds. Programs
that do not know it read the graph as before; nir 1.0.4 to 1.0.8 keep it when they rewrite.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from math import inf
from typing import TYPE_CHECKING, Any

from nir_core.errors import NirError, NirRunError

if TYPE_CHECKING:
    from nir_core.graph import NIRGraph
    from nir_core.nodes import NIRNode

__all__ = ["SEMANTICS_VERSION", "Semantics", "semantics_of", "step_length", "with_semantics"]

SEMANTICS_VERSION = 1


@dataclass(frozen=True)
class Semantics:
    """What a graph records about its own execution.

    Args:
        profile: name of the semantics profile, such as "norse".
        dt: length of a step in seconds.
        version: version of this record.
        details: further entries of the exporter.
    """

    profile: str
    dt: float
    version: int = SEMANTICS_VERSION
    details: dict[str, Any] = field(default_factory=dict)


def step_length(dt: Any) -> float:
    """Read the length of a step in seconds.

    Raises:
        NirRunError: it is not one positive number.
    """
    try:
        seconds = float(dt)
    except (TypeError, ValueError):
        seconds = 0.0
    if not 0 < seconds < inf:
        raise NirRunError(f"dt is a positive number of seconds, got {dt!r}")
    return seconds


def with_semantics(graph: NIRGraph, *, profile: str, dt: float, **details: Any) -> NIRGraph:
    """Give a copy of a graph that records how it is meant to be run.

    Args:
        graph: the graph.
        profile: name of a semantics profile.
        dt: length of a step in seconds.
        **details: further plain values worth keeping, such as the exporter's version.

    Returns:
        The graph with the `semantics` entry in its metadata.

    Raises:
        NirError: dt is not a positive number.

    Example:
        >>> from nir_core import NIRGraph, Scale
        >>> graph = with_semantics(NIRGraph.from_list(Scale([1.0])), profile="norse", dt=1e-3)
        >>> semantics_of(graph)
        Semantics(profile='norse', dt=0.001, version=1, details={})
    """
    seconds = step_length(dt)
    record = {"version": SEMANTICS_VERSION, "profile": profile, "dt": seconds, **details}
    return graph.replace(metadata={**graph.metadata, "semantics": record}, type_check=False)


def semantics_of(graph: NIRNode) -> Semantics | None:
    """Give what a graph records about its execution, or None.

    Args:
        graph: the graph.

    Returns:
        The record, or None when there is none.

    Raises:
        NirError: there is a record that cannot be understood.
    """
    record = graph.metadata.get("semantics")
    if record is None:
        return None
    try:
        rest = dict(record)
        profile = rest.pop("profile")
        dt = float(rest.pop("dt"))
        version = int(rest.pop("version", SEMANTICS_VERSION))
    except (KeyError, TypeError, ValueError) as error:
        raise NirError(
            "the recorded semantics cannot be read: expected a dictionary with "
            f"'profile' and 'dt', got {record!r}"
        ) from error
    if not isinstance(profile, str) or not dt > 0:
        raise NirError(
            "the recorded semantics cannot be read: profile is text and dt a positive number "
            f"of seconds, got profile {profile!r}, dt {dt!r}"
        )
    return Semantics(profile, dt, version, rest)
