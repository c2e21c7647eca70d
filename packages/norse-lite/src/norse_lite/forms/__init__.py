"""The forms of a neuron: layer, cell, recurrent layer and recurrent cell."""
