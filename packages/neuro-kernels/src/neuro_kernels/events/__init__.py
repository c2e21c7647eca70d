"""`Events`, the container that flows through everything, and its conversions."""

from neuro_kernels.events._accept import as_events
from neuro_kernels.events._container import Event, Events
from neuro_kernels.events._errors import EventError

__all__ = ["Event", "EventError", "Events", "as_events"]
