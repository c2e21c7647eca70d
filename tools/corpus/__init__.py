"""Synthetic recordings for demos, tests and benchmarks: seeded, so that everybody has the same."""
