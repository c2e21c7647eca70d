"""Names."""

from __future__ import annotations

__all__ = ["sanitize_name"]


def sanitize_name(name: str) -> str:
    """Give a name that torch allows for a module.

    Example:
        >>> sanitize_name("block.lif")
        'block_lif'
    """
    return name.replace(".", "_")
