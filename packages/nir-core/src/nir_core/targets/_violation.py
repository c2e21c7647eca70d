"""What a rule reports."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

__all__ = ["Violation"]


@dataclass(frozen=True)
class Violation:
    """One way in which a network does not fit, and the nearest change that would make it fit.

    Args:
        limit: key of the limit, such as "kernel".
        node: path of the node, or "" for the whole network.
        allowed: what the chip allows, as text.
        got: what the network has, as text.
        change: the nearest legal change.
        source: where the figure was published.
        automatic: whether `fit` makes the change itself in the network it runs.
    """

    limit: str
    node: str
    allowed: str
    got: str
    change: str
    source: str
    automatic: bool = False

    def to_dict(self) -> dict[str, Any]:
        """Give the violation as plain data for JSON."""
        return asdict(self)

    def __str__(self) -> str:
        kind = "adapted" if self.automatic else "does not fit"
        where = f"/{self.node}" if self.node else "network"
        return f"{kind}: {where}: {self.limit} {self.got}, allowed {self.allowed}; {self.change}"
