"""The chip of the DAVIS 240C: biases and set-up.

Sources: libcaer, davis.h and davis_common.c (BSD-2-Clause). See NOTICE.
"""

from hw_drivers.tables import inivation as p
from hw_drivers.tables.davis import ChipTable, CoarseFine

__all__ = ["CHIP"]

_BIASES: tuple[CoarseFine, ...] = (
    CoarseFine("diffbn", 0, 4, 39, True, True, "Change amplifier; the thresholds relate to it."),
    CoarseFine("onbn", 1, 5, 255, True, True, "ON threshold; more = fewer ON events."),
    CoarseFine("offbn", 2, 4, 0, True, True, "OFF threshold; less = fewer OFF events."),
    CoarseFine("apscasepc", 3, 5, 185, True, True, "Frame cascode.", True),
    CoarseFine("diffcasbnc", 4, 5, 115, True, True, "Change amplifier cascode.", True),
    CoarseFine("apsrosfbn", 5, 6, 219, True, True, "Frame readout follower."),
    CoarseFine("localbufbn", 6, 5, 164, True, True, "Local buffers."),
    CoarseFine("pixinvbn", 7, 5, 129, True, True, "Pixel inverter."),
    CoarseFine("prbp", 8, 2, 58, False, True, "Photoreceptor; more = faster, noisier pixels."),
    CoarseFine("prsfbp", 9, 1, 16, False, True, "Photoreceptor follower; more = faster pixels."),
    CoarseFine("refrbp", 10, 4, 25, False, True, "Refractory period; more = shorter."),
    CoarseFine("aepdbn", 11, 6, 91, True, True, "Address-event pull-down."),
    CoarseFine("lcoltimeoutbn", 12, 5, 49, True, True, "Column time-out."),
    CoarseFine("aepuxbp", 13, 4, 80, False, True, "Address-event pull-up, x."),
    CoarseFine("aepuybp", 14, 7, 152, False, True, "Address-event pull-up, y."),
    CoarseFine("ifthrbn", 15, 5, 255, True, True, "Integrate-and-fire threshold."),
    CoarseFine("ifrefrbn", 16, 5, 255, True, True, "Integrate-and-fire refractory."),
    CoarseFine("padfollbn", 17, 7, 215, True, True, "Pad followers."),
    CoarseFine("apsoverflowlevelbn", 18, 6, 253, True, True, "Frame overflow level."),
    CoarseFine("biasbuffer", 19, 5, 254, True, True, "Bias buffer."),
)

# Shifted sources and switches, before the chip is switched on.
_SET_UP: tuple[tuple[tuple[int, int], int], ...] = (
    ((p.CHIP, 20), 1 << 4 | 33 << 10),  # SSP: ref 1, reg 33, shifted source
    ((p.CHIP, 21), 1 << 4 | 33 << 10),  # SSN
    *(((p.CHIP, number), 0) for number in range(128, 136)),  # digital, analogue and bias muxes
    ((p.CHIP, 136), 1),  # ResetCalibNeuron
    ((p.CHIP, 137), 0),  # TypeNCalibNeuron
    ((p.CHIP, 138), 1),  # ResetTestPixel
    ((p.CHIP, 139), 0),  # SpecialPixelControl
    ((p.CHIP, 140), 0),  # AERnArow
    ((p.CHIP, 141), 0),  # UseAOut
)

CHIP = ChipTable(number=2, size=(240, 180), biases=_BIASES, set_up=_SET_UP)
