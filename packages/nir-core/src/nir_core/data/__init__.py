"""NIRData: recordings and stimuli of a network, on a time grid or as events, by node."""

from nir_core.data._graphs import NIRGraphData, NIRNodeData
from nir_core.data._signals import EventData, TimeGriddedData, ValuedEventData

__all__ = ["EventData", "NIRGraphData", "NIRNodeData", "TimeGriddedData", "ValuedEventData"]
