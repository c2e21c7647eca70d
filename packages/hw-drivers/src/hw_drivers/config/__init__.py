"""Configurations: validated dataclasses, their files, texts and schema."""

from hw_drivers.config.base import Config, parameter

__all__ = ["Config", "parameter"]
