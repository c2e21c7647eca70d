"""The DAVIS 346: biases, chip set-up and start-up order.

Sources: default biases and chip set-up libcaer, davis_common.c (BSD-2-Clause); order of the
start-up neuromorphic-drivers, inivation_davis346.rs (MIT). See NOTICE.
"""

from dataclasses import dataclass

from hw_drivers.tables import inivation as p

__all__ = ["BIASES", "CHIP_SET_UP", "COARSE_PA", "SIZE", "CoarseFine", "coarse_fine", "current_pa"]

SIZE = (346, 260)

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
    """

    name: str
    number: int
    coarse: int
    fine: int
    n_type: bool
    enabled: bool
    doc: str


BIASES: tuple[CoarseFine, ...] = (
    CoarseFine("localbufbn", 8, 5, 164, True, True, "Local buffers."),
    CoarseFine("padfollbn", 9, 7, 215, True, False, "Pad followers."),
    CoarseFine("diffbn", 10, 4, 39, True, True, "Change amplifier; the thresholds relate to it."),
    CoarseFine("onbn", 11, 5, 255, True, True, "ON threshold; more = fewer ON events."),
    CoarseFine("offbn", 12, 4, 1, True, True, "OFF threshold; less = fewer OFF events."),
    CoarseFine("pixinvbn", 13, 5, 129, True, True, "Pixel inverter."),
    CoarseFine("prbp", 14, 2, 58, False, True, "Photoreceptor; more = faster, noisier pixels."),
    CoarseFine("prsfbp", 15, 1, 16, False, True, "Photoreceptor follower; more = faster pixels."),
    CoarseFine("refrbp", 16, 4, 25, False, True, "Refractory period; more = shorter."),
    CoarseFine("readoutbufbp", 17, 6, 20, False, True, "Frame readout buffer."),
    CoarseFine("apsrosfbn", 18, 6, 219, True, True, "Frame readout follower."),
    CoarseFine("adccompbp", 19, 5, 20, False, True, "Converter comparator."),
    CoarseFine("colsellowbn", 20, 0, 1, True, True, "Column select."),
    CoarseFine("dacbufbp", 21, 6, 60, False, True, "Converter buffer."),
    CoarseFine("lcoltimeoutbn", 22, 5, 49, True, True, "Column time-out."),
    CoarseFine("aepdbn", 23, 6, 91, True, True, "Address-event pull-down."),
    CoarseFine("aepuxbp", 24, 4, 80, False, True, "Address-event pull-up, x."),
    CoarseFine("aepuybp", 25, 7, 152, False, True, "Address-event pull-up, y."),
    CoarseFine("ifrefrbn", 26, 5, 255, True, True, "Integrate-and-fire refractory."),
    CoarseFine("ifthrbn", 27, 5, 255, True, True, "Integrate-and-fire threshold."),
    CoarseFine("biasbuffer", 34, 5, 254, True, True, "Bias buffer."),
)

# Voltages (value | current << 6), shifted sources and switches, before the chip is switched on.
CHIP_SET_UP: tuple[tuple[tuple[int, int], int], ...] = (
    ((p.CHIP, 0), 27 | 6 << 6),  # ApsOverflowLevel
    ((p.CHIP, 1), 21 | 6 << 6),  # ApsCas
    ((p.CHIP, 2), 32 | 7 << 6),  # AdcRefHigh
    ((p.CHIP, 3), 1 | 7 << 6),  # AdcRefLow
    ((p.CHIP, 4), 21 | 7 << 6),  # AdcTestVoltage
    ((p.CHIP, 35), 1 << 4 | 33 << 10),  # SSP: ref 1, reg 33, shifted source
    ((p.CHIP, 36), 1 << 4 | 33 << 10),  # SSN
    *(((p.CHIP, number), 0) for number in range(128, 136)),  # digital, analogue and bias muxes
    ((p.CHIP, 136), 1),  # ResetCalibNeuron
    ((p.CHIP, 137), 0),  # TypeNCalibNeuron
    ((p.CHIP, 138), 1),  # ResetTestPixel
    ((p.CHIP, 140), 0),  # AERnArow
    ((p.CHIP, 141), 0),  # UseAOut
    ((p.CHIP, 143), 1),  # SelectGrayCounter: the one on the chip
    ((p.CHIP, 144), 0),  # TestADC
)
CHIP_GLOBAL_SHUTTER = (p.CHIP, 142)

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
        >>> coarse_fine(BIASES[3], 387500.0), coarse_fine(BIASES[3], 0)
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
