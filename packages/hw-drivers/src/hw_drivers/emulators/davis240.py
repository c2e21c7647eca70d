"""The DAVIS 240 as an emulated camera."""

from hw_drivers.emulators.davis import DavisModel
from hw_drivers.tables.davis240 import CHIP

__all__ = ["Davis240Model"]


class Davis240Model(DavisModel):
    """Register-accurate model of an iniVation DAVIS 240."""

    name = "davis240"
    size = CHIP.size
    chip = CHIP
