"""One file per neuron model: its equations, parameters, step function and forms."""

from norse_lite.neurons._integrate import fire
from norse_lite.neurons._neuron import Neuron, Rules
from norse_lite.neurons._values import Number, Seconds, Value, Volts

__all__ = ["Neuron", "Number", "Rules", "Seconds", "Value", "Volts", "fire"]
