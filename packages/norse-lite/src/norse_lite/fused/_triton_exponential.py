"""exp() and division in Triton's language, with the bits that the other backends give.

Triton's own exp() and its division in single precision are approximations. The sequence of
operations is that of the kernels for the processor, where its constants are explained.
"""

# Triton is not installed where types are checked, and `tl.constexpr` is no type.
# pyright: reportMissingImports=false, reportInvalidTypeForm=false

from __future__ import annotations

from typing import Any

from norse_lite.fused._triton_jit import make_kernels

__all__ = ["compiled"]

tl: Any = None
_KERNELS = ("_divide", "_exponential")


def compiled() -> dict[str, Any]:
    """Return the functions that are written for Triton as kernels, by name."""
    return make_kernels(globals(), _KERNELS)


def _divide(a, b):
    """Quotient rounded to nearest."""
    if a.dtype == tl.float32:
        return tl.div_rn(a, b)
    else:
        return a / b


def _exponential(x):
    """Powers of e; 0 below the range of normal numbers."""
    if x.dtype == tl.float32:
        clamped = tl.where(x > 100.0, 100.0, tl.where(x < -100.0, -100.0, x))
        shifted = clamped * 1.44269504088896341 + 12582912.0
        n = shifted - 12582912.0
        r = (clamped - n * 0.693359375) - n * -2.12194440e-4
        p = r * 1.9875691500e-4 + 1.3981999507e-3
        p = p * r + 8.3334519073e-3
        p = p * r + 4.1665795894e-2
        p = p * r + 1.6666665459e-1
        p = p * r + 5.0000001201e-1
        e = (p * (r * r) + r) + 1.0
        power = shifted.to(tl.int32, bitcast=True) - 1262485504
        half = power >> 1
        scale = ((half + 127) << 23).to(tl.float32, bitcast=True)
        rest = ((power - half + 127) << 23).to(tl.float32, bitcast=True)
        result = e * scale * rest
        result = tl.where(x < -87.33654, 0.0, tl.where(x != x, x, result))
        return tl.where(x > 88.72283, float("inf"), result)
    else:
        clamped = tl.where(x > 800.0, 800.0, tl.where(x < -800.0, -800.0, x))
        shifted = clamped * 1.4426950408889634073599 + 6755399441055744.0
        n = shifted - 6755399441055744.0
        r = (clamped - n * 6.93145751953125e-1) - n * 1.42860682030941723212e-6
        s = r * r
        p = s * 1.26177193074810590878e-4 + 3.02994407707441961300e-2
        p = p * s + 9.99999999999999999910e-1
        p = p * r
        q = s * 3.00198505138664455042e-6 + 2.52448340349684104192e-3
        q = q * s + 2.27265548208155028766e-1
        q = q * s + 2.00000000000000000005e0
        e = (p / (q - p)) * 2.0 + 1.0
        power = shifted.to(tl.int64, bitcast=True) - 4843621399236968448
        half = power >> 1
        scale = ((half + 1023) << 52).to(tl.float64, bitcast=True)
        rest = ((power - half + 1023) << 52).to(tl.float64, bitcast=True)
        result = e * scale * rest
        result = tl.where(x < -708.396418532264, 0.0, tl.where(x != x, x, result))
        return tl.where(x > 709.782712893384, float("inf"), result)
