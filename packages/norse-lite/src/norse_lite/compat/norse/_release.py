"""Which release of Norse the surrogate gradients follow."""

from norse_lite._errors import NetworkError

__all__ = ["release", "use_release"]

_RELEASES = ("head", "1.1.0")
_chosen = ["head"]


def release() -> str:
    """Return the release whose surrogate gradients are in use.

    Example:
        >>> release()
        'head'
    """
    return _chosen[0]


class _Restore:
    def __init__(self, before: str) -> None:
        self._before = before

    def __enter__(self) -> None:
        return None

    def __exit__(self, *_: object) -> None:
        _chosen[0] = self._before


def use_release(name: str) -> _Restore:
    """Choose the gradient of the method "super": from now on, or for the length of a `with` block.

    It is looked up in the forward pass; what torch.compile made keeps that of its first call.

    Args:
        name: "head", whose gradient is `1 / (alpha |x| + 1)^2`, or "1.1.0", which ignores alpha:
            `1 / (|x| + 1)^2`.

    Raises:
        NetworkError: There is no such release.

    Example:
        >>> with use_release("1.1.0"):
        ...     release()
        '1.1.0'
        >>> release()
        'head'
    """
    if name not in _RELEASES:
        raise NetworkError(f"use_release: there is no {name!r}; take one of {', '.join(_RELEASES)}")
    before = _chosen[0]
    _chosen[0] = name
    return _Restore(before)
