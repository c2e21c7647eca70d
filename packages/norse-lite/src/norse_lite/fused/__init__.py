"""Compiled multi-step neurons as torch operators."""

from norse_lite.fused._recurrent import run_recurrent
from norse_lite.fused._run import fits, run_fused

__all__ = ["fits", "run_fused", "run_recurrent"]
