"""The chip of the DAVIS 346: biases and set-up.

Sources: libcaer, davis_common.c (BSD-2-Clause). See NOTICE.
"""

from hw_drivers.tables import inivation as p
from hw_drivers.tables.davis import ChipTable, CoarseFine

__all__ = ["CHIP"]

_BIASES: tuple[CoarseFine, ...] = (
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
_SET_UP: tuple[tuple[tuple[int, int], int], ...] = (
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

CHIP = ChipTable(number=5, size=(346, 260), biases=_BIASES, set_up=_SET_UP)
