"""Something that is wrong with a network, and what to do about it."""

from dataclasses import dataclass
from typing import Literal

__all__ = ["Finding"]

Severity = Literal["error", "warning"]


@dataclass(frozen=True)
class Finding:
    """Something that is wrong with a network.

    Attributes:
        code: Short name: "silent", "saturated", "vanishing-surrogate", ...
        path: Path of the module in the model; empty for the whole model.
        severity: "error" where nothing can be learned, "warning" where little can.
        message: What was seen, with numbers.
        fix: What to do.
    """

    code: str
    path: str
    severity: Severity
    message: str
    fix: str

    def __str__(self) -> str:
        where = f"{self.path}: " if self.path else ""
        return f"{self.severity} {self.code}: {where}{self.message}\n  fix: {self.fix}"
