"""Spiking neural networks in PyTorch on fused kernels, with explicit state."""
