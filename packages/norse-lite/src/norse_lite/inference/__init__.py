"""Chains of weighted layers and neurons run forward by events, without gradients."""

from norse_lite.inference._chain import run_by_events, runs_by_events

__all__ = ["run_by_events", "runs_by_events"]
