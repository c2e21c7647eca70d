"""Driver of the iniVation DAVIS 346."""

from hw_drivers.devices.davis import Davis
from hw_drivers.devices.davis346_config import Davis346Config
from hw_drivers.tables import davis346
from hw_drivers.tables.inivation import CHIPS

__all__ = ["Davis346"]


class Davis346(Davis[Davis346Config]):
    """A DAVIS 346 that is open."""

    config_type = Davis346Config
    chip = davis346.CHIP
    chips = CHIPS["davis346"]
