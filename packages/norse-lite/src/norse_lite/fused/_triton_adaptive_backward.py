"""Gradients of the neurons with adaptation, upswing or refractory time, in Triton's language.

Reads the tape of the forward pass in `_triton_adaptive`; for the gradients of coefficients also the
states before every step. `KIND` and `REFRACTORY` are those of that module.
"""

# Triton is not installed where types are checked, and `tl.constexpr` is no type.
# pyright: reportMissingImports=false, reportInvalidTypeForm=false

from __future__ import annotations

from typing import Any

from norse_lite.fused import _triton_adaptive, _triton_kernels
from norse_lite.fused._triton_jit import make_kernels

__all__ = ["compiled"]

tl: Any = None
_after: Any = None
_left: Any = None
_pull: Any = None
_surrogate: Any = None


def compiled() -> dict[str, Any]:
    """Return the functions that are written for Triton as kernels, by name."""
    base, forward = _triton_kernels.compiled(), _triton_adaptive.compiled()
    others = {name: base[name] for name in ("_surrogate", "_after")}
    others |= {name: forward[name] for name in ("_left", "_pull")}
    return make_kernels(globals(), ("_backward",), others)


def _backward(
    x,
    coefficients,
    states,
    saved,
    derivative,
    grad_out,
    grad_last,
    grad_x,
    grad_first,
    grad_coefficients,
    alpha,
    through,
    steps,
    columns,
    neurons,
    KIND: tl.constexpr,
    REFRACTORY: tl.constexpr,
    SUBTRACT: tl.constexpr,
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
    v_th = tl.load(at + 4 * neurons)
    v_reset = tl.load(at + 5 * neurons)
    delta = tl.load(at + 6 * neurons)
    ada = tl.load(at + 7 * neurons)
    slow = tl.load(at + 8 * neurons)
    jump = tl.load(at + 9 * neurons)
    rho_reset = tl.load(at + 10 * neurons)
    zero = v_leak - v_leak
    g_v = tl.load(grad_last + column, mask=inside, other=0.0)
    g_i = tl.load(grad_last + columns + column, mask=inside, other=0.0)
    g_w = zero
    g_rho = zero
    to_v = zero
    e = zero
    if KIND > 5:
        g_w = tl.load(grad_last + 2 * columns + column, mask=inside, other=0.0)
    if REFRACTORY:
        g_rho = tl.load(grad_last + (2 + (KIND > 5)) * columns + column, mask=inside, other=0.0)
    d_leak = zero
    d_decay = zero
    d_gain = zero
    d_v_leak = zero
    d_v_th = zero
    d_v_reset = zero
    d_delta = zero
    d_ada = zero
    d_slow = zero
    d_jump = zero
    d_rho_reset = zero
    SECOND: tl.constexpr = KIND == 5 or KIND == 6 or KIND == 7
    for back in range(steps):
        t = steps - 1 - back
        here = t * columns + column
        tape = saved + t * (1 + SECOND + 2 * REFRACTORY) * columns + column
        v = tl.load(tape, mask=inside, other=0.0)
        th = v_th
        if KIND == 5 or KIND == 6:
            e = tl.load(tape + columns, mask=inside, other=0.0)
        if KIND == 7:
            th = tl.load(tape + columns, mask=inside, other=0.0)
        spike = v > th
        g_out = tl.load(grad_out + here, mask=inside, other=0.0)
        if SURROGATE == 0:
            slope = tl.load(derivative + here, mask=inside, other=0.0)
        else:
            slope = _surrogate(v - th, alpha, SURROGATE)
        if REFRACTORY:
            v_held = tl.load(tape + (1 + SECOND) * columns, mask=inside, other=0.0)
            rho = tl.load(tape + (2 + SECOND) * columns, mask=inside, other=0.0)
            if SURROGATE == 0:
                slope_held = tl.load(derivative + steps * columns + here, mask=inside, other=0.0)
            else:
                slope_held = _surrogate(rho, alpha, SURROGATE)
            held = rho > 0
            fired = tl.where(spike, 1.0, 0.0).to(v.dtype)
            z = tl.where(held, 0.0, fired)
            left = _left(rho)
            g_z = g_out + g_rho * (rho_reset - left)
            g_left = tl.where(left > 0, g_rho * (1 - z), 0.0)
            v_free = _after(v, th, v_reset, True, SUBTRACT)
            g_held = (g_v * (v_held - v_free) - g_z * fired) - g_left
            d_rho_reset += g_rho * z
            g_rho = g_left + g_held * slope_held
            to_v = tl.where(held, g_v, 0.0)
            g_v = tl.where(held, 0.0, g_v)
            g_out = tl.where(held, 0.0, g_z)
        if SUBTRACT:
            g_u = (g_out + through * (g_v * (v_reset - th) + g_w * jump)) * slope
            g_th = -g_u - tl.where(spike, g_v, 0.0)
            g_free = g_v + g_u
        else:
            g_u = (g_out + through * (g_v * (v_reset - v) + g_w * jump)) * slope
            g_th = -g_u
            g_free = tl.where(spike, 0.0, g_v) + g_u
        driven = leak * g_free
        if LEARN:
            now = tl.load(x + here, mask=inside, other=0.0)
            before = states + t * 3 * columns + column
            v_old = tl.load(before, mask=inside, other=0.0)
            i_old = tl.load(before + columns, mask=inside, other=0.0)
            w_old = zero
            if KIND > 5:
                w_old = tl.load(before + 2 * columns, mask=inside, other=0.0)
            pull, j = _pull(now, v_old, i_old, w_old, e, gain, v_leak, delta, KIND)
            d_leak += g_free * pull
            d_decay += -g_i * j
            d_gain += driven * j
            d_v_leak += driven
            d_v_reset += tl.where(spike, g_v, 0.0)
            if KIND == 7:
                d_v_th += ada * (g_w + g_th)
            else:
                d_v_th += g_th
            if KIND == 5 or KIND == 6:
                d_v_th += -driven * e
                d_delta += driven * (e - e * ((v_old - v_th) / delta))
            if KIND == 6:
                d_v_leak += -ada * g_w * slow
                d_ada += g_w * (slow * (v_old - v_leak) - w_old)
                d_slow += ada * g_w * (v_old - v_leak)
            if KIND == 7:
                d_ada += (g_w + g_th) * (v_th - w_old)
            if KIND == 8:
                d_ada += -g_w * w_old
            if KIND > 5:
                d_jump += tl.where(spike, g_w, 0.0)
        if KIND < 7:
            g_i = driven * gain + (g_i - decay * g_i)
            tl.store(grad_x + here, g_i, mask=inside)
        else:
            tl.store(grad_x + here, g_i, mask=inside)
            g_i = (g_i - decay * g_i) + driven * gain
        g_v = g_free - driven
        if KIND == 5 or KIND == 6:
            g_v = g_v + driven * e
        if KIND == 6:
            g_v = g_v + ada * g_w * slow
            g_w = (g_w - ada * g_w) - driven
        if KIND == 7:
            g_w = (g_w + g_th) - ada * (g_w + g_th)
        if KIND == 8:
            g_w = (g_w - ada * g_w) - driven
        if REFRACTORY:
            g_v = g_v + to_v
    tl.store(grad_first + column, g_v, mask=inside)
    tl.store(grad_first + columns + column, g_i, mask=inside)
    if KIND > 5:
        tl.store(grad_first + 2 * columns + column, g_w, mask=inside)
    if REFRACTORY:
        tl.store(grad_first + (2 + (KIND > 5)) * columns + column, g_rho, mask=inside)
    if LEARN:
        to = grad_coefficients + column
        tl.store(to, d_leak, mask=inside)
        tl.store(to + columns, d_decay, mask=inside)
        tl.store(to + 2 * columns, d_gain, mask=inside)
        tl.store(to + 3 * columns, d_v_leak, mask=inside)
        tl.store(to + 4 * columns, d_v_th, mask=inside)
        tl.store(to + 5 * columns, d_v_reset, mask=inside)
        tl.store(to + 6 * columns, d_delta, mask=inside)
        tl.store(to + 7 * columns, d_ada, mask=inside)
        tl.store(to + 8 * columns, d_slow, mask=inside)
        tl.store(to + 9 * columns, d_jump, mask=inside)
        tl.store(to + 10 * columns, d_rho_reset, mask=inside)
