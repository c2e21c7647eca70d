"""Tuples of tensors that move and broadcast as one."""

from norse_lite.compat.norse._pytree import (
    MultipleInheritanceNamedTupleMeta,
    StateTuple,
    broadcast_input,
    map_only,
    register_tuple,
    tree_map_only,
)

__all__ = [
    "MultipleInheritanceNamedTupleMeta",
    "StateTuple",
    "broadcast_input",
    "map_only",
    "register_tuple",
    "tree_map_only",
]
