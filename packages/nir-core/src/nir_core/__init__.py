"""The reference for what a NIR file means: read, check, run and compare neuromorphic networks."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from nir_core.errors import NirError, NirFileError, NirRunError, NirTypeError, NirWarning
from nir_core.graph import NIRGraph
from nir_core.nodes import (
    IF,
    LI,
    LIF,
    Affine,
    AvgPool2d,
    Conv1d,
    Conv2d,
    CubaLI,
    CubaLIF,
    Delay,
    Flatten,
    I,
    Input,
    Linear,
    NIRNode,
    Output,
    Scale,
    SumPool2d,
    Threshold,
)

if TYPE_CHECKING:
    from nir_core import passes, targets
    from nir_core.checks import check
    from nir_core.data import (
        EventData,
        NIRGraphData,
        NIRNodeData,
        TimeGriddedData,
        ValuedEventData,
    )
    from nir_core.dictionaries import dict2NIRNode, str2NIRNode
    from nir_core.differences import diff
    from nir_core.drawing import draw
    from nir_core.files import (
        Limits,
        load_data,
        read,
        read_data,
        read_version,
        save_data,
        write,
        write_data,
    )
    from nir_core.files._text import from_text, to_text
    from nir_core.findings import Finding, Report
    from nir_core.interop import from_nir, to_nir
    from nir_core.semantics._record import Semantics, semantics_of, with_semantics
    from nir_core.semantics.compare import Comparison, compare
    from nir_core.semantics.explain import Explanation, explain
    from nir_core.semantics.interpret import Result, run
    from nir_core.semantics.profiles import PROFILES, Profile, Rule, get_profile
    from nir_core.statistics import Stats, stats
    from nir_core.targets import Fit, Target, fit

__version__ = version = "0.1.0"

# Names that are imported when first used, so that `import nir_core` stays quick.
_LAZY = {
    "Comparison": "semantics.compare",
    "EventData": "data",
    "Explanation": "semantics.explain",
    "Finding": "findings",
    "Fit": "targets",
    "Limits": "files",
    "NIRGraphData": "data",
    "NIRNodeData": "data",
    "PROFILES": "semantics.profiles",
    "Profile": "semantics.profiles",
    "Report": "findings",
    "Result": "semantics.interpret",
    "Rule": "semantics.profiles",
    "Semantics": "semantics._record",
    "Stats": "statistics",
    "Target": "targets",
    "TimeGriddedData": "data",
    "ValuedEventData": "data",
    "check": "checks",
    "compare": "semantics.compare",
    "dict2NIRNode": "dictionaries",
    "diff": "differences",
    "draw": "drawing",
    "explain": "semantics.explain",
    "fit": "targets",
    "from_nir": "interop",
    "from_text": "files._text",
    "get_profile": "semantics.profiles",
    "load_data": "files",
    "read": "files",
    "read_data": "files",
    "read_version": "files",
    "run": "semantics.interpret",
    "save_data": "files",
    "semantics_of": "semantics._record",
    "stats": "statistics",
    "str2NIRNode": "dictionaries",
    "to_nir": "interop",
    "to_text": "files._text",
    "with_semantics": "semantics._record",
    "write": "files",
    "write_data": "files",
}

__all__ = [
    "IF",
    "LI",
    "LIF",
    "PROFILES",
    "Affine",
    "AvgPool2d",
    "Comparison",
    "Conv1d",
    "Conv2d",
    "CubaLI",
    "CubaLIF",
    "Delay",
    "EventData",
    "Explanation",
    "Finding",
    "Fit",
    "Flatten",
    "I",
    "Input",
    "Limits",
    "Linear",
    "NIRGraph",
    "NIRGraphData",
    "NIRNode",
    "NIRNodeData",
    "NirError",
    "NirFileError",
    "NirRunError",
    "NirTypeError",
    "NirWarning",
    "Output",
    "Profile",
    "Report",
    "Result",
    "Rule",
    "Scale",
    "Semantics",
    "Stats",
    "SumPool2d",
    "Target",
    "Threshold",
    "TimeGriddedData",
    "ValuedEventData",
    "check",
    "compare",
    "dict2NIRNode",
    "diff",
    "draw",
    "explain",
    "fit",
    "from_nir",
    "from_text",
    "get_profile",
    "load_data",
    "passes",
    "read",
    "read_data",
    "read_version",
    "run",
    "save_data",
    "semantics_of",
    "stats",
    "str2NIRNode",
    "targets",
    "to_nir",
    "to_text",
    "with_semantics",
    "write",
    "write_data",
]


# Whole modules that are imported when first used.
_MODULES = ("passes", "targets")


def __getattr__(name: str) -> Any:
    if name in _MODULES:
        return import_module(f"nir_core.{name}")
    if name in _LAZY:
        value = getattr(import_module(f"nir_core.{_LAZY[name]}"), name)
        globals()[name] = value
        return value
    raise AttributeError(f"module 'nir_core' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
