"""How much memory a layer takes at most, forward and backward."""

import ctypes
import gc
import importlib
import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from torch.profiler import ProfilerActivity, profile

from bench import spiking
from bench.harness import BenchError, Candidate, Case
from bench.tables import lif, training

TITLE = "Memory, forward and backward"
TEXT = """
norse-lite's own store of large tensors is off here, so that everything comes from torch's allocator
and counts.

The peak of the process's resident memory during one forward and backward pass, above what it held
before, in units of one float32 tensor `(T, B, neurons)`. The input and the gradient of the output
are there before; the spikes and the gradient of the input, two tensors, are results. Linux only.

The network is that of the training table, with layers of 1024: 700 inputs that fire at 5 %, 4 %
firing, forward, backward and Adam. `EventLinear` keeps lists of spikes for the gradient of its
weights, torch's layers whole tensors, unless told to keep bits (`sparse.spikes_as_bits`); the
gradients are the same. Counted is what torch's allocator holds at most, above what it held before,
in units of a tensor `(T, B, 1024)`; the lists, 0.1 of it, stand outside, as does what the C library
keeps of freed memory.
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
    gauge = partial(_without_store, partial(_peak, bytes_))
    return [Case(title, candidates, gauge=gauge, quantity="tensors"), _network(quick)]


def _network(quick: bool) -> Case:
    steps, batch, width = (10, 4, 256) if quick else (100, 64, 1024)
    networks = training.candidates(steps, batch, width)
    bits = next(one for one in networks if one.name == "norse-lite, nn.Linear")
    networks.insert(2, replace(bits, name=f"{bits.name}, spikes as bits", run=_as_bits(bits.run)))
    networks = [one for one in networks if one.name != "dense products alone"]
    gauge = partial(_without_store, partial(_held, steps * batch * width * 4))
    title = f"training step of three layers, batch {batch}, {width} neurons, T = {steps}"
    return Case(title, networks, gauge=gauge, quantity="tensors")


def _as_bits(run: Callable[[], object]) -> Callable[[], object]:
    from norse_lite.sparse import spikes_as_bits

    def inside() -> object:
        with spikes_as_bits():
            return run()

    return inside


def _without_store(
    gauge: Callable[[Callable[[], object]], float], run: Callable[[], object]
) -> float:
    """Measure with all tensors from torch's allocator: what waits in a store would hide a need."""
    store: Any = importlib.import_module("norse_lite._memory")
    smallest, store.SMALLEST = store.SMALLEST, sys.maxsize
    try:
        return gauge(run)
    finally:
        store.SMALLEST = smallest


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


def _held(unit: int, run: Callable[[], object]) -> float:
    """Most memory that torch's allocator held during a run, above that before."""
    run()
    with profile(activities=[ProfilerActivity.CPU], profile_memory=True) as trace:
        run()
    profiler: Any = trace.profiler
    changes = profiler.kineto_results.events()
    held = most = 0
    for one in sorted((e for e in changes if e.name() == "[memory]"), key=lambda e: e.start_ns()):
        held += one.nbytes()
        most = max(most, held)
    return most / unit


def _status(name: str) -> int:
    lines = Path("/proc/self/status").read_text("utf-8").splitlines()
    found = next(line for line in lines if line.startswith(f"{name}:"))
    return int(found.split()[1]) * 1024
