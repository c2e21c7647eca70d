"""Rewriting graphs: each pass takes a graph and gives a graph that means the same.

A pass that finds nothing to do gives the very same object back. `apply` runs several, and
proves each by running the graphs before and after it on the same input.
"""

from nir_core.passes._batch_norm import batch_norm, fold_batch_norm
from nir_core.passes._cuba import decompose, recompose
from nir_core.passes._dedupe import dedupe
from nir_core.passes._flatten import flatten
from nir_core.passes._fold import fold
from nir_core.passes._fuse import fuse
from nir_core.passes._manager import (
    PASSES,
    Agreement,
    Applied,
    Pass,
    StepReport,
    agreement,
    apply,
)
from nir_core.passes._prune import prune
from nir_core.passes._quantization_report import (
    LayerError,
    QuantizationReport,
    quantization_report,
)
from nir_core.passes._quantize import quantize
from nir_core.passes._recurrence import Recurrence, mark_recurrence, recurrence
from nir_core.passes._uniform import compress_uniform, expand_uniform

__all__ = [
    "PASSES",
    "Agreement",
    "Applied",
    "LayerError",
    "Pass",
    "QuantizationReport",
    "Recurrence",
    "StepReport",
    "agreement",
    "apply",
    "batch_norm",
    "compress_uniform",
    "decompose",
    "dedupe",
    "expand_uniform",
    "flatten",
    "fold",
    "fold_batch_norm",
    "fuse",
    "mark_recurrence",
    "prune",
    "quantization_report",
    "quantize",
    "recompose",
    "recurrence",
]
