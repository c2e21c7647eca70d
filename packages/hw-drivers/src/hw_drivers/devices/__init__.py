"""Drivers, one module per device."""
