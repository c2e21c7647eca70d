"""The stream of an open device, from transfers to packets."""
