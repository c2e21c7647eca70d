"""Stages: one module each, found by the registry; a declaration and its operation."""
