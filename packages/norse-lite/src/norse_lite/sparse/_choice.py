"""Decides, call by call, whether listing the nonzero inputs is cheaper than a dense product.

Durations are estimates in nanoseconds on one thread of a 3 GHz processor; only their ratios count.
Dense products come from torch's libraries, whose speed hardly depends on the instruction set that
our kernels were chosen for; ours does.
"""

import torch
from torch import Tensor

import neuro_kernels
from neuro_kernels import sparse

__all__ = [
    "DENSE_PRODUCT",
    "KEEP",
    "LANES",
    "VECTOR",
    "list_events",
    "plain",
    "too_short",
    "working_dtype",
]

# One multiplication and addition of a large dense product.
DENSE_PRODUCT = {
    torch.float32: 0.022,
    torch.float64: 0.044,
    torch.bfloat16: 0.009,
    torch.float16: 0.009,
}
# Reading and adding one vector of 64 bytes.
VECTOR = {"avx512": 0.75, "avx2": 1.2, "baseline": 2.4}[neuro_kernels.isa()]
LANES = {torch.float32: 16, torch.float64: 8}

# A dense product shorter than this is not worth the question.
_SHORTEST = 60e3
# What listing costs: per call, and per value that is looked at.
_CALL, _VALUE = 8e3, 0.25
# Events must be expected to be this much faster: no call shall be slower for having a choice.
KEEP = 0.85
# Rows that are counted before anything is listed: as many as take this share of the dense product.
_SAMPLED_ROWS, _FEWEST_ROWS, _SAMPLED_SHARE = 64, 4, 0.01


def too_short(products: float) -> bool:
    """Return whether a dense product takes less time than to ask about its inputs.

    Args:
        products: Multiplications of the product.
    """
    return products * DENSE_PRODUCT[torch.float32] < _SHORTEST


def working_dtype(dtype: torch.dtype) -> torch.dtype:
    """Precision in which the events of a dtype are summed."""
    return torch.float64 if dtype == torch.float64 else torch.float32


def plain(x: Tensor, weight: Tensor) -> bool:
    """Return whether tensors are of a kind that the kernels can read.

    Inside the transforms of `torch.func` they are not: their values stand behind wrappers.
    """
    return (
        x.device.type == "cpu"
        and weight.device.type == "cpu"
        and x.dtype == weight.dtype
        and x.dtype in DENSE_PRODUCT
        and x.layout == torch.strided
        and not torch.is_autocast_enabled("cpu")
        and not torch._C._are_functorch_transforms_active()
    )


def list_events(
    x: Tensor, *, dense: float, fixed: float, per_event: float
) -> sparse.EventList | None:
    """List what is not zero in the rows of `x`, if that is the cheaper way.

    Args:
        x: Inputs, `(rows, ...)`.
        dense: Expected duration of the dense product.
        fixed: Expected duration of the event-driven one without any event.
        per_event: What each event adds to it.

    Returns:
        The events, or None where the dense product is faster.
    """
    if dense < _SHORTEST:
        return None
    rows, size = x.shape[0], x.numel()
    limit = int((KEEP * dense - fixed - _CALL - _VALUE * size) / per_event)
    if limit < 0:
        return None
    values = x.detach().to(working_dtype(x.dtype)).contiguous()
    double, columns = values.dtype == torch.float64, size // rows
    sample = int(_SAMPLED_SHARE * dense / (_VALUE * columns))
    step = max(1, rows // min(max(sample, _FEWEST_ROWS), _SAMPLED_ROWS))
    sampled = -(-rows // step)
    found = sparse.count_nonzero(values.data_ptr(), double, rows, columns, step)
    if found * rows > limit * sampled:
        return None
    events = sparse.EventList()
    threads = torch.get_num_threads()
    return (
        events if events.assign(values.data_ptr(), double, rows, columns, limit, threads) else None
    )
