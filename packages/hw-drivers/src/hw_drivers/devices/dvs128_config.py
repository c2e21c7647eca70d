"""The configuration of a DVS128."""

from dataclasses import dataclass
from typing import Any

from hw_drivers.config import Config, parameter
from hw_drivers.tables.dvs128 import BIASES, LARGEST

__all__ = ["Dvs128Biases", "Dvs128Config"]

_BIAS = {bias.name: bias for bias in BIASES}


def _bias(name: str) -> Any:
    row = _BIAS[name]
    return parameter(row.value, row.doc, allowed=(0, LARGEST), source="libcaer dvs128.c")


@dataclass(frozen=True, kw_only=True)
class Dvs128Biases(Config):
    """Bias currents, as 24-bit parts of the chip's master current.

    Example:
        >>> Dvs128Biases(diffon=300_000).diffoff
        132
    """

    cas: int = _bias("cas")
    injgnd: int = _bias("injgnd")
    reqpd: int = _bias("reqpd")
    pux: int = _bias("pux")
    diffoff: int = _bias("diffoff")
    req: int = _bias("req")
    refr: int = _bias("refr")
    puy: int = _bias("puy")
    diffon: int = _bias("diffon")
    diff: int = _bias("diff")
    foll: int = _bias("foll")
    pr: int = _bias("pr")

    def values(self) -> tuple[int, ...]:
        """Return the biases in the order in which they are sent."""
        return tuple(getattr(self, bias.name) for bias in BIASES)


@dataclass(frozen=True, kw_only=True)
class Dvs128Config(Config):
    """Everything that can be set on a DVS128.

    Example:
        >>> Dvs128Config().with_value("bias.pr", "500").bias.pr
        500
    """

    bias: Dvs128Biases = parameter(Dvs128Biases(), "Bias currents.")  # noqa: RUF009
    primary: bool = parameter(True, "Whether this camera's clock leads those wired to it.")
