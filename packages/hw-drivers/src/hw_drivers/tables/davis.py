"""What the chips of the DAVIS cameras share: bias currents and start-up order.

Sources: bias circuits libcaer, davis_common.c (BSD-2-Clause); order of the start-up
neuromorphic-drivers, inivation_davis346.rs (MIT). See NOTICE.
"""

from dataclasses import dataclass

from hw_drivers.tables import inivation as p

__all__ = ["COARSE_PA", "STOP", "ChipTable", "CoarseFine", "coarse_fine", "current_pa"]

# Full current of each coarse step in picoampere; the fine part is n/255 of it.
COARSE_PA = (11.0, 94.0, 756.0, 6054.0, 48437.0, 387500.0, 3100000.0, 24800000.0)


@dataclass(frozen=True)
class CoarseFine:
    """One bias current.

    Args:
        name: as in the configuration.
        number: parameter of the chip module.
        coarse: default coarse step, 0 to 7.
        fine: default fine part, 0 to 255.
        n_type: whether it drives an n-type transistor.
        enabled: whether it is switched on.
        doc: what it drives.
        cascode: whether it is of the cascode type.
    """

    name: str
    number: int
    coarse: int
    fine: int
    n_type: bool
    enabled: bool
    doc: str
    cascode: bool = False

    def word(self, picoampere: float) -> int:
        """Return the value of the parameter for the nearest current that the chip can make."""
        coarse, fine = coarse_fine(self, picoampere)
        flags = self.enabled | self.n_type << 1 | (not self.cascode) << 2 | 1 << 3
        return flags | fine << 4 | coarse << 12


@dataclass(frozen=True, kw_only=True)
class ChipTable:
    """One chip.

    Args:
        number: what it answers when it is asked which chip it is.
        size: (width, height) in pixels.
        biases: its currents.
        set_up: parameters written before it is switched on.
        global_shutter: parameter of its shutter.
    """

    number: int
    size: tuple[int, int]
    biases: tuple[CoarseFine, ...]
    set_up: tuple[tuple[tuple[int, int], int], ...]
    global_shutter: tuple[int, int] = (p.CHIP, 142)


# Everything that runs, in the order in which it is stopped.
STOP: tuple[tuple[int, int], ...] = (
    p.DVS_RUN,
    p.APS_RUN,
    p.IMU_RUN_ACCELEROMETER,
    p.IMU_RUN_GYROSCOPE,
    p.IMU_RUN_TEMPERATURE,
    p.EXTERNAL_RUN,
    p.EXTERNAL_GENERATOR_RUN,
    p.MUX_RUN,
    p.MUX_TIMESTAMP_RUN,
    p.USB_RUN,
    p.MUX_CHIP_RUN,
)
CHIP_SETTLE_US = 10_000
CHIP_RUN_US = 200_000
MUX_RUN_US = 50_000


def current_pa(coarse: int, fine: int) -> float:
    """Return the current of a coarse step and a fine part in picoampere.

    Example:
        >>> current_pa(5, 255)
        387500.0
    """
    return COARSE_PA[coarse] * fine / 255


def coarse_fine(bias: CoarseFine, picoampere: float) -> tuple[int, int]:
    """Return the coarse step and fine part whose current is nearest.

    Steps overlap: of two that give the same current, the default code of the bias is taken, else
    the finer one. Only the lowest step can be switched off altogether (fine 0).

    Example:
        >>> onbn = CoarseFine("onbn", 11, 5, 255, True, True, "ON threshold.")
        >>> coarse_fine(onbn, 387500.0), coarse_fine(onbn, 0)
        ((5, 255), (0, 0))
    """
    if picoampere == current_pa(bias.coarse, bias.fine):
        return bias.coarse, bias.fine
    best = (0, 0)
    error = picoampere
    for coarse, full in enumerate(COARSE_PA):
        fine = min(max(round(picoampere * 255 / full), 1), 255)
        distance = abs(current_pa(coarse, fine) - picoampere)
        if distance < error:
            best, error = (coarse, fine), distance
    return best
