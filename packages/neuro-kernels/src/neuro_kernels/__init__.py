"""Compiled kernels for event cameras and spiking networks."""

from neuro_kernels._kernels import best_isa, isa, num_threads, set_num_threads

__all__ = ["best_isa", "isa", "num_threads", "set_num_threads"]
