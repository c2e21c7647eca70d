"""Layers that skip silent inputs, and choose per call whether that pays."""

from norse_lite.sparse._bits import spikes_as_bits
from norse_lite.sparse._conv2d import event_conv2d
from norse_lite.sparse._layers import AvgPool2d, EventConv2d, EventLinear
from norse_lite.sparse._linear import event_linear
from norse_lite.sparse._pool2d import mean_pool2d

__all__ = [
    "AvgPool2d",
    "EventConv2d",
    "EventLinear",
    "event_conv2d",
    "event_linear",
    "mean_pool2d",
    "spikes_as_bits",
]
