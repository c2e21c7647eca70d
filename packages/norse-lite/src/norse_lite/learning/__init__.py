"""Learning rules beyond backpropagation through time.

`EPropLIF` and `OTTTCell` learn online, with memory that does not grow with time; `EventPropLIF` has
the exact gradients of spike times in continuous time; `Delay` learns delays like weights.
"""

from norse_lite.learning.delays import Delay
from norse_lite.learning.eprop import EPropLIF, EPropState
from norse_lite.learning.eventprop import EventPropLIF, eventprop_lif
from norse_lite.learning.ottt import OTTTCell, OTTTState

__all__ = [
    "Delay",
    "EPropLIF",
    "EPropState",
    "EventPropLIF",
    "OTTTCell",
    "OTTTState",
    "eventprop_lif",
]
