"""How much a file may ask for before it is refused."""

from __future__ import annotations

from dataclasses import dataclass

from nir_core.errors import NirFileError

__all__ = ["Budget", "Limits"]


@dataclass(frozen=True)
class Limits:
    """Upper bounds for what one file may contain.

    Args:
        max_bytes: bytes of all arrays and texts together, after decompression.
        max_nodes: nodes of all graphs together.
        max_edges: edges of all graphs together.
        max_depth: levels of nested graphs and of nested metadata.

    Example:
        >>> Limits(max_bytes=1 << 20).max_depth
        32
    """

    max_bytes: int = 1 << 33
    max_nodes: int = 1_000_000
    max_edges: int = 10_000_000
    max_depth: int = 32


class Budget:
    """Counts what was asked for and stops at the limits."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self.bytes = self.nodes = self.edges = 0
        self.at = "/"  # what was opened last, for messages

    def take_bytes(self, count: int, where: str) -> None:
        """Account for `count` bytes that are about to be read."""
        self.bytes += count
        if self.bytes > self.limits.max_bytes:
            raise NirFileError(
                f"{where}: the file asks for more than {self.limits.max_bytes} bytes; "
                "if it is trusted, pass limits=Limits(max_bytes=...)"
            )

    def take_nodes(self, count: int, where: str) -> None:
        """Account for nodes."""
        self.nodes += count
        if self.nodes > self.limits.max_nodes:
            raise NirFileError(
                f"{where}: the file holds more than {self.limits.max_nodes} nodes; "
                "if it is trusted, pass limits=Limits(max_nodes=...)"
            )

    def take_edges(self, count: int, where: str) -> None:
        """Account for edges."""
        self.edges += count
        if self.edges > self.limits.max_edges:
            raise NirFileError(
                f"{where}: the file holds more than {self.limits.max_edges} edges; "
                "if it is trusted, pass limits=Limits(max_edges=...)"
            )

    def depth(self, level: int, where: str) -> None:
        """Refuse a nesting that is too deep."""
        if level > self.limits.max_depth:
            raise NirFileError(
                f"{where}: nested more than {self.limits.max_depth} levels deep; "
                "if it is trusted, pass limits=Limits(max_depth=...)"
            )
