"""Makes Triton kernels of plain functions when the first one is needed.

So modules that define kernels can be imported where Triton is not installed.
"""

from collections.abc import Iterable
from typing import Any

__all__ = ["make_kernels"]


def make_kernels(
    module: dict[str, Any], names: Iterable[str], others: dict[str, Any] | None = None
) -> dict[str, Any]:
    """Turn functions of a module into kernels, once.

    Args:
        module: The module's globals; its `tl` becomes Triton's language.
        names: The functions.
        others: Kernels of other modules that these functions call.

    Returns:
        The kernels by name.
    """
    import triton  # pyright: ignore[reportMissingImports]
    import triton.language  # pyright: ignore[reportMissingImports]

    if module["tl"] is None:
        module["tl"] = triton.language
        module.update(others or {})
        module.update({name: triton.jit(module[name]) for name in names})
    return {name: module[name] for name in names}
