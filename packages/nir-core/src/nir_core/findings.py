"""What a check reports: findings with stable codes, and the table of all codes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any, Literal

__all__ = ["CODES", "Finding", "Report", "node_path"]

Severity = Literal["error", "warning", "note"]

CODES: dict[str, tuple[Severity, str]] = {
    # Structure
    "NIR001": ("error", "an edge names a node that does not exist"),
    "NIR002": ("error", "the same edge stands twice"),
    "NIR003": ("warning", "the graph has no Input"),
    "NIR004": ("warning", "the graph has no Output"),
    "NIR005": ("warning", "no Input reaches the node"),
    "NIR006": ("warning", "the node reaches no Output"),
    "NIR007": ("warning", "a cycle holds no node with a state, so its value is not defined"),
    "NIR008": ("error", "an edge ends at an Input or starts at an Output"),
    "NIR009": ("error", "an edge cannot tell which port of a nested graph it means"),
    "NIR010": ("error", "the graph has no nodes"),
    # Shapes
    "NIR020": ("error", "the shapes at the two ends of an edge differ"),
    "NIR021": ("warning", "the shape does not follow from the graph"),
    "NIR022": ("error", "the parameters of a node have shapes that do not go together"),
    "NIR023": ("error", "the weight has the wrong number of axes"),
    "NIR024": ("error", "the bias does not fit the weight"),
    "NIR025": ("error", "the channels do not fit the groups"),
    "NIR026": ("error", "the window is larger than the padded input"),
    "NIR027": ("error", "padding 'same' allows no stride"),
    "NIR028": ("error", "stride, dilation, kernel, groups or padding is out of range"),
    "NIR029": ("error", "the axes to flatten do not exist"),
    "NIR030": ("error", "the signal has the wrong number of axes"),
    "NIR031": ("warning", "parameters are stretched over axes of length one"),
    "NIR032": ("error", "a shape has a length below one"),
    # Values
    "NIR040": ("error", "a parameter is NaN or infinite"),
    "NIR041": ("error", "a time constant is not positive"),
    "NIR042": ("error", "a delay is negative"),
    "NIR043": ("warning", "the reset potential is not below the threshold"),
    "NIR044": ("warning", "a time constant looks like milliseconds; NIR counts in seconds"),
    "NIR045": ("warning", "parameters are whole numbers or booleans"),
    "NIR046": ("warning", "the resting potential is above the threshold: it fires without input"),
    # Semantics
    "NIR060": ("warning", "the recorded dt is large beside a time constant"),
    "NIR061": ("warning", "the recorded semantics cannot be read"),
    # Files
    "NIR070": ("error", "a field is not one that the node has"),
    "NIR071": ("error", "the file is of a version that is not known"),
}


def node_path(*names: str) -> str:
    """Join node names to a path; '%' and '/' inside a name are escaped.

    Example:
        >>> node_path("lif1", "w_rec")
        '/lif1/w_rec'
    """
    return "/" + "/".join(n.replace("%", "%25").replace("/", "%2F") for n in names)


@dataclass(frozen=True)
class Finding:
    """One thing a check found.

    Args:
        code: stable code such as "NIR020"; `CODES` explains each.
        path: node path such as "/lif1/w_rec"; "/" is the graph itself.
        message: what is wrong, in one sentence.
        expected: what would be right, as text.
        got: what was found, as text.
        hint: what to do about it.
    """

    code: str
    path: str
    message: str
    expected: str = ""
    got: str = ""
    hint: str = ""

    @property
    def severity(self) -> Severity:
        """Either "error", "warning" or "note"."""
        return CODES[self.code][0]

    def __str__(self) -> str:
        text = f"{self.code} {self.severity} at {self.path}: {self.message}"
        if self.expected:
            text += f", expected {self.expected}"
        if self.got:
            text += f", got {self.got}"
        if self.hint:
            text += f" ({self.hint})"
        return text

    def to_dict(self) -> dict[str, Any]:
        """Give the finding as plain data for JSON."""
        return {**asdict(self), "severity": self.severity}


@dataclass(frozen=True)
class Report:
    """All findings of one check, in graph order; true when no error is among them.

    Args:
        findings: every finding.

    Example:
        >>> bool(Report(()))
        True
    """

    findings: tuple[Finding, ...]

    @property
    def errors(self) -> tuple[Finding, ...]:
        """The findings that make the graph unusable."""
        return tuple(f for f in self.findings if f.severity == "error")

    @property
    def warnings(self) -> tuple[Finding, ...]:
        """The findings that are worth a look."""
        return tuple(f for f in self.findings if f.severity != "error")

    @property
    def ok(self) -> bool:
        """True when there is no error."""
        return not self.errors

    def __bool__(self) -> bool:
        return self.ok

    def __iter__(self) -> Iterator[Finding]:
        return iter(self.findings)

    def __len__(self) -> int:
        return len(self.findings)

    def __str__(self) -> str:
        return "\n".join(map(str, self.findings)) or "no findings"

    def to_dict(self) -> dict[str, Any]:
        """Give the report as plain data for JSON."""
        return {"ok": self.ok, "findings": [f.to_dict() for f in self.findings]}


def summary(findings: tuple[Finding, ...], most: int = 5) -> str:
    """Join the first findings to one message for an exception."""
    lines = [str(f) for f in findings[:most]]
    if len(findings) > most:
        lines.append(f"and {len(findings) - most} more")
    return "\n".join(lines)
