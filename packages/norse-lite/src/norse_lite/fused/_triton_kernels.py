"""The multi-step LIF family in Triton's language: one program per block of neurons.

State stays in registers; the forward pass keeps the voltage before the reset. The synaptic current
that gradients of coefficients need does not depend on spikes and is computed again. `KIND` says how
the input x reaches the voltage v, with the synaptic current i:

    0   j = i + x;  v += leak ((v_leak - v) + gain j);  i = j - decay j
    1   i = (i - decay i) + weight x;  v += leak ((v_leak - v) + gain i)
    2   v += leak ((v_leak - v) + gain x)
    3   v += gain x
"""

# Triton is not installed where types are checked, and `tl.constexpr` is no type.
# pyright: reportMissingImports=false, reportInvalidTypeForm=false

from __future__ import annotations

from typing import Any

from norse_lite.fused._triton_jit import make_kernels

__all__ = ["compiled"]

tl: Any = None
_KERNELS = ("_drive", "_after", "_surrogate", "_forward", "_backward")


def compiled() -> dict[str, Any]:
    """Return the functions that are written for Triton as kernels, by name."""
    return make_kernels(globals(), _KERNELS)


def _drive(x, v, i, leak, decay, gain, v_leak, weight, KIND: tl.constexpr):
    """Voltage before the threshold, the current that drove it, and the current after the step."""
    if KIND == 0:
        j = i + x
        return v + leak * ((v_leak - v) + gain * j), j, j - decay * j
    elif KIND == 1:
        j = (i - decay * i) + weight * x
        return v + leak * ((v_leak - v) + gain * j), j, j
    elif KIND == 2:
        return v + leak * ((v_leak - v) + gain * x), x, i
    else:
        return v + gain * x, x, i


def _after(v, v_th, v_reset, SPIKING: tl.constexpr, SUBTRACT: tl.constexpr):
    """Voltage after the threshold."""
    if SPIKING:
        if SUBTRACT:
            return tl.where(v > v_th, v - (v_th - v_reset), v)
        else:
            return tl.where(v > v_th, v_reset, v)
    else:
        return v


def _forward(
    x,
    coefficients,
    state,
    out,
    saved,
    last,
    steps,
    columns,
    neurons,
    x_step,
    KIND: tl.constexpr,
    SPIKING: tl.constexpr,
    SUBTRACT: tl.constexpr,
    STATE: tl.constexpr,
    SAVE: tl.constexpr,
    BLOCK: tl.constexpr,
):
    column = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    inside = column < columns
    at = coefficients + column % neurons
    leak = tl.load(at)
    decay = tl.load(at + neurons)
    gain = tl.load(at + 2 * neurons)
    v_leak = tl.load(at + 3 * neurons)
    weight = tl.load(at + 4 * neurons)
    v_th = tl.load(at + 5 * neurons)
    v_reset = tl.load(at + 6 * neurons)
    v = v_leak
    i = v_leak - v_leak
    if STATE:
        v = tl.load(state + column, mask=inside, other=0.0)
        if KIND < 2:
            i = tl.load(state + columns + column, mask=inside, other=0.0)
    for t in range(steps):
        now = tl.load(x + t * x_step + column, mask=inside, other=0.0)
        v, _, i = _drive(now, v, i, leak, decay, gain, v_leak, weight, KIND)
        here = t * columns + column
        if SAVE:
            tl.store(saved + here, v, mask=inside)
        if SPIKING:
            tl.store(out + here, tl.where(v > v_th, 1.0, 0.0).to(v.dtype), mask=inside)
            v = _after(v, v_th, v_reset, SPIKING, SUBTRACT)
        else:
            tl.store(out + here, v, mask=inside)
    tl.store(last + column, v, mask=inside)
    if KIND < 2:
        tl.store(last + columns + column, i, mask=inside)


def _surrogate(u, alpha, SURROGATE: tl.constexpr):
    """Derivative of the threshold, numbered as in `neuro_kernels.dynamics.SURROGATES`."""
    far = tl.abs(u)
    if SURROGATE == 1:
        d = alpha * far + 1
        return 1 / (d * d)
    elif SURROGATE == 2:
        return alpha * tl.where(far < 1, 1 - far, 0.0)
    elif SURROGATE == 3:
        s = 1.5707963267948966 * alpha * u
        return alpha / (2 * (1 + s * s))
    else:
        return tl.where(far * alpha <= 1, alpha / 2, 0.0)


def _backward(
    x,
    coefficients,
    state,
    saved,
    derivative,
    grad_out,
    grad_last,
    grad_x,
    grad_first,
    grad_coefficients,
    currents,
    alpha,
    through,
    steps,
    columns,
    neurons,
    KIND: tl.constexpr,
    SPIKING: tl.constexpr,
    SUBTRACT: tl.constexpr,
    STATE: tl.constexpr,
    SURROGATE: tl.constexpr,
    LEARN: tl.constexpr,
    BLOCK: tl.constexpr,
):
    column = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    inside = column < columns
    at = coefficients + column % neurons
    leak = tl.load(at)
    decay = tl.load(at + neurons)
    gain = tl.load(at + 2 * neurons)
    v_leak = tl.load(at + 3 * neurons)
    weight = tl.load(at + 4 * neurons)
    v_th = tl.load(at + 5 * neurons)
    v_reset = tl.load(at + 6 * neurons)
    zero = v_leak - v_leak
    v_first = v_leak
    i_first = zero
    if STATE:
        v_first = tl.load(state + column, mask=inside, other=0.0)
        if KIND < 2:
            i_first = tl.load(state + columns + column, mask=inside, other=0.0)
    if LEARN:
        # The current after every step; without a threshold the voltage too, before it is needed.
        i = i_first
        v = v_first
        for t in range(steps):
            now = tl.load(x + t * columns + column, mask=inside, other=0.0)
            v, _, i = _drive(now, v, i, leak, decay, gain, v_leak, weight, KIND)
            tl.store(currents + t * columns + column, i, mask=inside)
            if not SPIKING:
                tl.store(saved + t * columns + column, v, mask=inside)
            v = _after(v, v_th, v_reset, SPIKING, SUBTRACT)
    g_v = tl.load(grad_last + column, mask=inside, other=0.0)
    g_i = zero
    if KIND < 2:
        g_i = tl.load(grad_last + columns + column, mask=inside, other=0.0)
    d_leak = zero
    d_decay = zero
    d_gain = zero
    d_v_leak = zero
    d_weight = zero
    d_v_th = zero
    d_v_reset = zero
    for back in range(steps):
        t = steps - 1 - back
        here = t * columns + column
        g_out = tl.load(grad_out + here, mask=inside, other=0.0)
        if SPIKING:
            v = tl.load(saved + here, mask=inside, other=0.0)
            spike = v > v_th
            if SURROGATE == 0:
                slope = tl.load(derivative + here, mask=inside, other=0.0)
            else:
                slope = _surrogate(v - v_th, alpha, SURROGATE)
            if SUBTRACT:
                g_u = (g_out + through * (g_v * (v_reset - v_th))) * slope
                d_v_th += -g_u - tl.where(spike, g_v, 0.0)
                d_v_reset += tl.where(spike, g_v, 0.0)
                g_v = g_v + g_u
            else:
                g_u = (g_out + through * (g_v * (v_reset - v))) * slope
                d_v_th += -g_u
                d_v_reset += tl.where(spike, g_v, 0.0)
                g_v = tl.where(spike, 0.0, g_v) + g_u
        else:
            g_v = g_v + g_out
        if LEARN:
            now = tl.load(x + here, mask=inside, other=0.0)
            later = (column * 0 + t) > 0
            before = here - tl.where(later, columns, 0)
            v_before = tl.load(saved + before, mask=inside, other=0.0)
            v_before = _after(v_before, v_th, v_reset, SPIKING, SUBTRACT)
            v_before = tl.where(later, v_before, v_first)
            i_before = tl.where(later, tl.load(currents + before, mask=inside, other=0.0), i_first)
            _, j, _ = _drive(now, v_before, i_before, leak, decay, gain, v_leak, weight, KIND)
            if KIND == 3:
                d_gain += g_v * j
            else:
                d_leak += g_v * ((v_leak - v_before) + gain * j)
                d_gain += g_v * leak * j
                d_v_leak += g_v * leak
            if KIND == 0:
                d_decay += -g_i * j
            if KIND == 1:
                d_decay += -(leak * gain * g_v + g_i) * i_before
                d_weight += (leak * gain * g_v + g_i) * now
        if KIND == 0:
            g_i = leak * gain * g_v + (g_i - decay * g_i)
            g_x = g_i
        elif KIND == 1:
            g_i = leak * gain * g_v + g_i
            g_x = weight * g_i
            g_i = g_i - decay * g_i
        elif KIND == 2:
            g_x = leak * gain * g_v
        else:
            g_x = gain * g_v
        if KIND < 3:
            g_v = g_v - leak * g_v
        tl.store(grad_x + here, g_x, mask=inside)
    tl.store(grad_first + column, g_v, mask=inside)
    if KIND < 2:
        tl.store(grad_first + columns + column, g_i, mask=inside)
    if LEARN:
        to = grad_coefficients + column
        tl.store(to, d_leak, mask=inside)
        tl.store(to + columns, d_decay, mask=inside)
        tl.store(to + 2 * columns, d_gain, mask=inside)
        tl.store(to + 3 * columns, d_v_leak, mask=inside)
        tl.store(to + 4 * columns, d_weight, mask=inside)
        tl.store(to + 5 * columns, d_v_th, mask=inside)
        tl.store(to + 6 * columns, d_v_reset, mask=inside)
