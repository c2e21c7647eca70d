"""The neurons with adaptation, upswing or refractory time in Triton's language.

As in `_triton_kernels`, state stays in registers, one program per block of neurons; the way back is
`_triton_adaptive_backward`. `KIND` says how the input x reaches the voltage v, with the synaptic
current i and the adaptation w:

    4   j = i + x;  v += leak ((v_leak - v) + gain j);  i = j - decay j
    5   as 4, and delta_t exp((v - v_th) / delta_t) pulls
    6   as 5, and -w pulls;  w += ada (current (v - v_leak) - w), + jump at a spike
    7   v += leak ((v_leak - v) + gain i);  i = (i - decay i) + x;  the threshold is
        w += ada (v_th - w), + jump at a spike
    8   as 7, and -w pulls, the threshold is v_th;  w -= ada w, + jump at a spike

`REFRACTORY` neurons hold their voltage and are silent while rho > 0.
"""

# Triton is not installed where types are checked, and `tl.constexpr` is no type.
# pyright: reportMissingImports=false, reportInvalidTypeForm=false

from __future__ import annotations

from typing import Any

from norse_lite.fused import _triton_exponential, _triton_kernels
from norse_lite.fused._triton_jit import make_kernels

__all__ = ["compiled"]

tl: Any = None
_divide: Any = None
_exponential: Any = None
_after: Any = None
_KERNELS = ("_pull", "_current", "_adapt", "_left", "_forward")


def compiled() -> dict[str, Any]:
    """Return the functions that are written for Triton as kernels, by name."""
    others = {"_after": _triton_kernels.compiled()["_after"]}
    return make_kernels(globals(), _KERNELS, others | _triton_exponential.compiled())


def _pull(x, v, i, w, e, gain, v_leak, delta, KIND: tl.constexpr):
    """What moves the voltage in a step, before the leak scales it, and the current in it."""
    if KIND == 4:
        j = i + x
        return (v_leak - v) + gain * j, j
    elif KIND == 5:
        j = i + x
        return ((v_leak - v) + delta * e) + gain * j, j
    elif KIND == 6:
        j = i + x
        return (((v_leak - v) + delta * e) + gain * j) - w, j
    elif KIND == 7:
        return (v_leak - v) + gain * i, i
    else:
        return ((v_leak - v) + gain * i) - w, i


def _current(x, i, decay, KIND: tl.constexpr):
    """Synaptic current after the step."""
    if KIND < 7:
        j = i + x
        return j - decay * j
    else:
        return (i - decay * i) + x


def _adapt(v, w, v_leak, v_th, ada, slow, KIND: tl.constexpr):
    """Adaptation after the step, without a spike."""
    if KIND == 6:
        return w + ada * (slow * (v - v_leak) - w)
    elif KIND == 7:
        return w + ada * (v_th - w)
    elif KIND == 8:
        return w - ada * w
    else:
        return w


def _left(rho):
    """Steps that a refractory neuron still waits after this one."""
    after = tl.where(rho > 0, rho - 1, rho)
    return tl.where(after > 0, after, 0.0)


def _forward(
    x,
    coefficients,
    state,
    out,
    saved,
    last,
    states,
    steps,
    columns,
    neurons,
    x_step,
    KIND: tl.constexpr,
    REFRACTORY: tl.constexpr,
    SUBTRACT: tl.constexpr,
    STATE: tl.constexpr,
    SAVE: tl.constexpr,
    STATES: tl.constexpr,
    BLOCK: tl.constexpr,
):
    column = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    inside = column < columns
    at = coefficients + column % neurons
    leak = tl.load(at)
    decay = tl.load(at + neurons)
    gain = tl.load(at + 2 * neurons)
    v_leak = tl.load(at + 3 * neurons)
    v_th = tl.load(at + 4 * neurons)
    v_reset = tl.load(at + 5 * neurons)
    delta = tl.load(at + 6 * neurons)
    ada = tl.load(at + 7 * neurons)
    slow = tl.load(at + 8 * neurons)
    jump = tl.load(at + 9 * neurons)
    rho_reset = tl.load(at + 10 * neurons)
    v = v_leak
    i = v_leak - v_leak
    w = i
    e = i
    rho = i
    if KIND == 7:
        w = v_th
    if STATE:
        v = tl.load(state + column, mask=inside, other=0.0)
        i = tl.load(state + columns + column, mask=inside, other=0.0)
        if KIND > 5:
            w = tl.load(state + 2 * columns + column, mask=inside, other=0.0)
        if REFRACTORY:
            rho = tl.load(state + (2 + (KIND > 5)) * columns + column, mask=inside, other=0.0)
    for t in range(steps):
        now = tl.load(x + t * x_step + column, mask=inside, other=0.0)
        if STATES:
            tape = states + t * 3 * columns + column
            tl.store(tape, v, mask=inside)
            tl.store(tape + columns, i, mask=inside)
            tl.store(tape + 2 * columns, w, mask=inside)
        if KIND == 5 or KIND == 6:
            e = _exponential(_divide(v - v_th, delta))
        pull, _ = _pull(now, v, i, w, e, gain, v_leak, delta, KIND)
        v_drive = v + leak * pull
        w = _adapt(v, w, v_leak, v_th, ada, slow, KIND)
        i = _current(now, i, decay, KIND)
        th = v_th
        if KIND == 7:
            th = w
        if SAVE:
            # In the order of the model's tape: v, then e or b, then v and rho before the step.
            SECOND: tl.constexpr = KIND == 5 or KIND == 6 or KIND == 7
            tape = saved + t * (1 + SECOND + 2 * REFRACTORY) * columns + column
            tl.store(tape, v_drive, mask=inside)
            if KIND == 5 or KIND == 6:
                tl.store(tape + columns, e, mask=inside)
            if KIND == 7:
                tl.store(tape + columns, w, mask=inside)
            if REFRACTORY:
                tl.store(tape + (1 + SECOND) * columns, v, mask=inside)
                tl.store(tape + (2 + SECOND) * columns, rho, mask=inside)
        spike = v_drive > th
        if KIND > 5:
            w = tl.where(spike, w + jump, w)
        v_after = _after(v_drive, th, v_reset, True, SUBTRACT)
        fired = tl.where(spike, 1.0, 0.0).to(v.dtype)
        if REFRACTORY:
            held = rho > 0
            fired = tl.where(held, 0.0, fired)
            v = tl.where(held, v, v_after)
            rho = tl.where(fired > 0, rho_reset, _left(rho))
        else:
            v = v_after
        tl.store(out + t * columns + column, fired, mask=inside)
    tl.store(last + column, v, mask=inside)
    tl.store(last + columns + column, i, mask=inside)
    if KIND > 5:
        tl.store(last + 2 * columns + column, w, mask=inside)
    if REFRACTORY:
        tl.store(last + (2 + (KIND > 5)) * columns + column, rho, mask=inside)
