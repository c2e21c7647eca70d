"""The DAVIS 346 as an emulated camera."""

from hw_drivers.emulators.davis import DavisModel
from hw_drivers.tables.davis346 import CHIP

__all__ = ["Davis346Model"]


class Davis346Model(DavisModel):
    """Register-accurate model of an iniVation DAVIS 346."""

    name = "davis346"
    size = CHIP.size
    chip = CHIP
