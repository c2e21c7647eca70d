"""Chips: their published limits with sources, and whether a network fits them."""

from nir_core.targets._fit import Fit, fit
from nir_core.targets._table import KEYS, Limit, Target, get_target, targets
from nir_core.targets._violation import Violation

__all__ = ["KEYS", "Fit", "Limit", "Target", "Violation", "fit", "get_target", "targets"]
