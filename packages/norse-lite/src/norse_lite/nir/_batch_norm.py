"""Batch normalisation in NIR, which has none: folded into weights, or a layer of its own."""

from typing import Any

import numpy as np

from norse_lite._errors import NetworkError
from norse_lite.nir._core import nir_core
from norse_lite.nir._layers import LayerExport, array

__all__ = ["export_batch_norm"]


def export_batch_norm(path: str, module: Any, shape: tuple[int, ...], before: Any) -> LayerExport:
    """Fold batch normalisation into the node in front of it, or make a layer of its own of it."""
    if module.running_mean is None:
        raise NetworkError(
            f"to_nir: module {path} ({type(module).__name__}) keeps no running statistics, which "
            "an exported network needs; use track_running_stats=True"
        )
    variance = array(module.running_var).astype(np.float64)
    factor = 1 / np.sqrt(variance + module.eps)
    offset = -array(module.running_mean) * factor
    if module.affine:
        gain = array(module.weight).astype(np.float64)
        factor, offset = factor * gain, offset * gain + array(module.bias)
    nir = nir_core()
    dtype = array(module.running_mean).dtype
    kind = type(before).__name__
    if kind in ("Conv1d", "Conv2d", "Affine", "Linear"):
        weight = before.weight
        dtype = weight.dtype
        folded = (weight * factor.reshape(-1, *(1,) * (weight.ndim - 1))).astype(dtype)
        bias = (getattr(before, "bias", np.zeros(weight.shape[0])) * factor + offset).astype(dtype)
        if kind == "Linear":
            node = nir.Affine(folded, bias)
        else:
            node = before.replace(weight=folded, bias=bias)
        return LayerExport({path: node}, [], path, path, replaces=True)
    offset = offset.astype(dtype)
    if len(shape) == 1:
        node = nir.Affine(np.diag(factor).astype(dtype), offset)
    else:
        # A window of one pixel, each channel on its own.
        size = int(shape[-1]) if len(shape) == 2 else shape[-2:]
        weight = factor.astype(dtype).reshape(-1, *(1,) * len(shape))
        make = nir.Conv1d if len(shape) == 2 else nir.Conv2d
        node = make(size, weight, 1, 0, 1, len(weight), offset)
    return LayerExport({path: node}, [], path, path)
