"""Driver of the iniVation DAVIS 240."""

from hw_drivers.devices.davis import Davis
from hw_drivers.devices.davis240_config import Davis240Config
from hw_drivers.tables import davis240
from hw_drivers.tables.inivation import CHIPS

__all__ = ["Davis240"]


class Davis240(Davis[Davis240Config]):
    """A DAVIS 240 that is open."""

    config_type = Davis240Config
    chip = davis240.CHIP
    chips = CHIPS["davis240"]
