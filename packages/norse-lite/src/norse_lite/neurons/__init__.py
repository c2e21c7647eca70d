"""Neuron models: one step function, one parameter dataclass and one state each."""
