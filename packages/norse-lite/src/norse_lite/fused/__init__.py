"""Compiled multi-step neurons as torch operators.

`fits` is here at once; whoever runs a neuron imports `run_fused` or `run_recurrent` from their
modules when it does, because registering the operators takes longer than all other imports.
"""

from norse_lite.fused._fits import fits

__all__ = ["fits"]
