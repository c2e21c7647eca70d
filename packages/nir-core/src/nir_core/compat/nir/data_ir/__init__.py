"""Recordings and stimuli of a network."""

from nir_core.compat.nir.data_ir.graph import (
    EventData,
    NIRGraphData,
    NIRNodeData,
    TimeGriddedData,
    ValuedEventData,
)

__all__ = ["EventData", "NIRGraphData", "NIRNodeData", "TimeGriddedData", "ValuedEventData"]
