"""How much memory a layer takes at most, forward and backward."""

import ctypes
import gc
import os
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from bench import spiking
from bench.harness import BenchError, Candidate, Case
from bench.tables import lif

TITLE = "Memory of a LIF layer, forward and backward"
TEXT = """
The peak of the process's resident memory during one forward and backward pass, above what it held
before, in units of one float32 tensor `(T, B, neurons)`. The input and the gradient of the output
are there before; the spikes and the gradient of the input, two tensors, are results. Linux only.
"""
VERSIONS = lif.VERSIONS


def cases(quick: bool) -> Sequence[Case]:
    """One size, large beside what the interpreter itself allocates."""
    spiking.one_thread()
    batch, width = (16, 256) if quick else (64, 1024)
    case = lif.layer_case(batch, width, backward=True)
    bytes_ = lif.STEPS * batch * width * 4
    candidates = [
        Candidate(one.name, one.run, one.check, one.remark, one.ours) for one in case.candidates
    ]
    title = f"batch {batch}, {width} neurons, T = {lif.STEPS}"
    gauge = partial(_peak, bytes_)
    return [Case(title, candidates, gauge=gauge, quantity="tensors")]


def _peak(unit: int, run: Callable[[], object]) -> float:
    """Peak resident memory of a run above that before it, in units of `unit` bytes."""
    run()  # what is allocated once and kept is not its need
    gc.collect()
    if hasattr(ctypes.CDLL(None), "malloc_trim"):
        ctypes.CDLL(None).malloc_trim(0)
    reset = Path("/proc/self/clear_refs")
    if not os.access(reset, os.W_OK):
        raise BenchError("the peak of resident memory is measured on Linux only")
    reset.write_text("5")  # the peak begins at what is held now
    before = _status("VmRSS")
    result = run()
    peak = _status("VmHWM")
    del result
    return (peak - before) / unit


def _status(name: str) -> int:
    lines = Path("/proc/self/status").read_text("utf-8").splitlines()
    found = next(line for line in lines if line.startswith(f"{name}:"))
    return int(found.split()[1]) * 1024
