"""Register-accurate models of devices."""
