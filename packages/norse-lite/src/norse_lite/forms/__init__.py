"""The forms that every neuron model has: layer, cell, recurrent and convolutional-recurrent."""

from norse_lite.forms._forms import Cell, Layer
from norse_lite.forms._recurrent import RecurrentCell, RecurrentLayer

__all__ = ["Cell", "Layer", "RecurrentCell", "RecurrentLayer"]
