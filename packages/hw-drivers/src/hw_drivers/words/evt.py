"""The decoder of a Prophesee stream by the name of its format."""

from hw_drivers.errors import ConfigError
from hw_drivers.words.evt2 import Evt2Stream, Evt21Stream
from hw_drivers.words.evt3 import Evt3Stream

__all__ = ["FORMATS", "EvtStream", "evt_stream"]

EvtStream = Evt2Stream | Evt3Stream
FORMATS = ("EVT3", "EVT21", "EVT2")


def evt_stream(name: str, size: tuple[int, int], *, legacy: bool = False) -> EvtStream:
    """Make the decoder of a format.

    Args:
        name: "EVT3", "EVT21" or "EVT2"; dots and case do not matter.
        size: (width, height) of the sensor.
        legacy: EVT 2.1 only: whether the upper half of each word comes first, as of an IMX636.

    Raises:
        ConfigError: there is no such format.

    Example:
        >>> type(evt_stream("evt2.1", (320, 320))).__name__
        'Evt21Stream'
    """
    key = name.upper().replace(".", "")
    if key in ("EVT3", "EVT30"):
        return Evt3Stream(size)
    if key == "EVT21":
        return Evt21Stream(size, layout="legacy" if legacy else "little")
    if key in ("EVT2", "EVT20"):
        return Evt2Stream(size)
    raise ConfigError(f"expected a format of {', '.join(FORMATS)}, got {name!r}")
