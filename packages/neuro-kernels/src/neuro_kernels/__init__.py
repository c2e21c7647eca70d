"""Compiled kernels for event cameras and spiking networks."""

from neuro_kernels._kernels import best_isa, isa, num_threads, set_num_threads
from neuro_kernels.events import Event, EventError, Events, as_events

__all__ = [
    "Event",
    "EventError",
    "Events",
    "as_events",
    "best_isa",
    "isa",
    "num_threads",
    "set_num_threads",
]
