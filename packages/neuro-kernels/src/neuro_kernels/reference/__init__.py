"""Plain numpy definitions of every kernel: what the compiled code must compute, line by line."""
