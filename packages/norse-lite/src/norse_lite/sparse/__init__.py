"""Layers that skip silent inputs, and choose per call whether that pays."""

from norse_lite.sparse._bits import spikes_as_bits
from norse_lite.sparse._conv2d import event_conv2d
from norse_lite.sparse._layers import EventConv2d, EventLinear
from norse_lite.sparse._linear import event_linear

__all__ = ["EventConv2d", "EventLinear", "event_conv2d", "event_linear", "spikes_as_bits"]
