"""The DVS128 and the chip that the eDVS shares: vendor requests and biases.

Sources: libcaer, dvs128.h, dvs128.c and edvs.c (BSD-2-Clause). See NOTICE. Biases are 24-bit
currents of one master current; the numbers are those of the maker's default set.
"""

from dataclasses import dataclass

SIZE = (128, 128)
FIRMWARE = 14  # the oldest whose requests are these
DATA_IN = 0x86

REQUEST_START = 0xB3
REQUEST_STOP = 0xB4
REQUEST_BIASES = 0xB8  # 12 values of 3 bytes, highest byte first
REQUEST_RESET_TIME = 0xBB
REQUEST_RESET_ARRAY = 0xBD
REQUEST_PRIMARY = 0xBE  # wValue 1: this camera's clock leads

LARGEST = (1 << 24) - 1


@dataclass(frozen=True)
class Bias:
    """One bias current.

    Args:
        name: as in the configuration.
        value: default.
        doc: what it drives.
    """

    name: str
    value: int
    doc: str


# In the order in which they are sent.
BIASES: tuple[Bias, ...] = (
    Bias("cas", 1992, "First-stage amplifier cascode."),
    Bias("injgnd", 1108364, "Injected ground."),
    Bias("reqpd", 16777215, "Pull-down on requests of the chip."),
    Bias("pux", 8159221, "Pull-up on requests of columns."),
    Bias("diffoff", 132, "OFF threshold; less = fewer OFF events."),
    Bias("req", 309590, "Pull-down of requests in pixels."),
    Bias("refr", 969, "Refractory period; more = shorter."),
    Bias("puy", 16777215, "Pull-up on requests of rows."),
    Bias("diffon", 209996, "ON threshold; more = fewer ON events."),
    Bias("diff", 13125, "Change amplifier; the thresholds relate to it."),
    Bias("foll", 271, "Source follower; more = faster pixels."),
    Bias("pr", 217, "Photoreceptor; more = faster, noisier pixels."),
)
