"""The Gen4.1 sensor of the EVK3 HD: identity, biases and start-up sequences.

Its registers of masks, crop, rate controller, filters, triggers and clock are those of the IMX636
(tables/imx636_registers.py, tables/imx636_filters.py); its biases are absolute values.

Sources: sequences OpenEB, gen41_evk3_issd.h (its reads that only compare are left out); sensor
numbers and compatible text gen41_tz_device.cpp; bias limits and the distances to bias_diff
gen41_ll_biases.cpp (Apache-2.0; see NOTICE).
"""

from hw_drivers.tables.imx636_biases import Bias
from hw_drivers.tables.imx636_registers import ERC_RESERVED_LUT_VALUES, ERC_T_DROP_LUT_VALUES
from hw_drivers.tables.imx636_sequences import Field, Step, Wait, Write

__all__ = [
    "BIASES",
    "COMPATIBLE",
    "DESTROY",
    "INIT",
    "SENSOR_IDS",
    "START",
    "STOP",
    "THRESHOLD_GAP",
]

COMPATIBLE = ("psee,ccam5_gen41",)
SENSOR_IDS = (0xA0301003, 0xA0301002)

_ABSOLUTE = (0, 255)
BIASES: tuple[Bias, ...] = (
    Bias("fo", 0x1004, 0x4A, _ABSOLUTE, (0x2D, 0x6E), "Low-pass cut-off; more = faster pixels."),
    Bias("hpf", 0x100C, 0x00, _ABSOLUTE, (0x00, 0x78), "High-pass cut-off; more = less slow."),
    Bias("diff_on", 0x1010, 0x73, _ABSOLUTE, (0x00, 0x8C), "ON threshold; more = fewer ON events."),
    Bias("diff", 0x1014, 0x50, _ABSOLUTE, (0x34, 0x64), "Reference of both thresholds."),
    Bias("diff_off", 0x1018, 0x34, _ABSOLUTE, (0x19, 0xFF), "OFF threshold; less = fewer OFF."),
    Bias("refr", 0x1020, 0x44, _ABSOLUTE, (0x14, 0x64), "Refractory period; more = shorter."),
)
THRESHOLD_GAP = 15  # diff_on and diff_off stay this far from diff


def _table(first: int, values: tuple[int, ...]) -> tuple[Write, ...]:
    return tuple(Write(first + 4 * i, value) for i, value in enumerate(values))


_COUNTING = tuple(0x03020100 + 0x04040404 * i for i in range(8))

INIT: tuple[Step, ...] = (
    Write(0x001C, 0x00000001),
    Write(0x0064, 0x00000001),
    Write(0xB074, 0x00000002),
    Write(0xB078, 0x000000A0),
    Write(0x0000, 0x10006402),
    Write(0x0000, 0x10001402),
    Write(0x0000, 0x10001442),
    Write(0xB068, 0x00000004),
    Write(0xB07C, 0x00000003),
    Wait(1000),
    Write(0x0000, 0x50001442),
    Write(0x0000, 0x5000144A),
    Write(0x0000, 0x5000140A),
    Write(0x0000, 0x5000640A),
    Write(0x0000, 0x5000644A),
    Write(0xB080, 0x00000077),
    Write(0xB084, 0x0000000F),
    Write(0xB088, 0x00000037),
    Write(0xB08C, 0x00000037),
    Write(0xB090, 0x000000DF),
    Write(0xB094, 0x00000057),
    Write(0xB098, 0x00000037),
    Write(0xB09C, 0x00000067),
    Write(0xB0A0, 0x00000037),
    Write(0xB0A4, 0x0000002F),
    Write(0xB0AC, 0x00000028),
    Write(0xB0CC, 0x00000001),
    Write(0xB000, 0x000002D8),
    Write(0xB004, 0x0000008A),
    Write(0xB01C, 0x00000030),
    Write(0xB020, 0x00002000),
    Write(0xB02C, 0x000000FF),
    Write(0xB030, 0x00003E80),
    Write(0xB028, 0x00000FA0),
    Write(0xB040, 0x00000007),
    Write(0xA000, 0x00000101),
    Wait(200),
    Write(0xA008, 0x00002405),
    Wait(200),
    Write(0xA004, 0x00000101),
    Wait(200),
    Write(0xA020, 0x00000170),
    Wait(200),
    Write(0xB040, 0x0000000F),
    Write(0xB004, 0x0000008A),
    Wait(200),
    Write(0xB0C8, 0x00000003),
    Wait(200),
    Write(0xB044, 0x00000001),
    Write(0xB000, 0x000002D9),
    Write(0x9008, 0x00000640),
    Write(0x8000, 0x0001E005),
    Write(0x7008, 0x00000001),
    Write(0x7000, 0x00070001),
    Write(0x6008, 0x000000C8),  # rate controller: period in us
    Write(0x600C, 0x00000FA0),  # and events in it
    Write(0x6004, 0x00000001),
    Write(0x602C, 0x00000001),
    *_table(0x6800, ERC_RESERVED_LUT_VALUES),
    Write(0x602C, 0x00000000),
    *_table(0x6800, (0,) * len(ERC_RESERVED_LUT_VALUES)),
    *_table(0x6400, ERC_T_DROP_LUT_VALUES),
    *_table(0x6080, _COUNTING),
    *_table(0x60C0, _COUNTING),
    Write(0x6028, 0x00000003),
    Write(0x6050, 0x00000000),
    Write(0x6060, 0x00000000),
    Write(0x6070, 0x00000000),
    Write(0x6000, 0x00155401),
    Write(0xD000, 0x00000005),
    Write(0xC000, 0x00000005),
    Write(0x9000, 0x00000208),
    Write(0x7008, 0x00000001),
    Write(0x7000, 0x00070001),
    Write(0x8000, 0x0001E085),
    Write(0x9008, 0x00000644),
    Write(0x0004, 0xF0005442),
    Write(0x0004, 0xF0005042),
    Write(0x002C, 0x00200224),
    Write(0xA000, 0x00000101),
    Write(0xA000, 0x000000A1),
    Wait(200),
    Write(0xA008, 0x00002405),
    Wait(200),
    Write(0xA004, 0x00000101),
    Write(0xA004, 0x000000A1),
    Wait(200),
    Write(0xA020, 0x00000170),
    Write(0xA020, 0x00000160),
    Wait(200),
    Write(0xA008, 0x00082401),
    Write(0x004C, 0x00007141),
    Write(0x0054, 0x00000210),
    Write(0x0008, 0x60000000),
    Write(0x1104, 0x00000001),
    Write(0xA010, 0x0000A06B),
    Wait(300),
    Write(0x1100, 0x00000004),
    Wait(200),
    Write(0xA010, 0x0180A063),
    Write(0xA00C, 0x00000404),
    Write(0xA00C, 0x00000405),
    Wait(1000),
    Write(0xA00C, 0x00020401),
    Wait(300),
    Write(0x0070, 0x00400000),
    Write(0x006C, 0x0EE47117),
    Wait(100),
    Write(0x006C, 0x0EE4711F),
    Wait(100),
    Write(0x0070, 0x00480000),
    Wait(1000),
    Write(0x1044, 0x01A98A7C),
    Write(0x1040, 0x01A98A94),
    Write(0x1048, 0x01A98B94),
    Write(0x101C, 0x01A1575B),
    Write(0x1050, 0x01A1B251),
    Write(0x1020, 0x01A9CD44),
    Write(0x100C, 0x01A1FF00),
    Write(0x1018, 0x01A13734),
    Write(0x1010, 0x01A16373),
    Write(0x1014, 0x01A15050),
    Write(0x1004, 0x01A1E84A),
    Write(0x1008, 0x01210000),
    Write(0x1000, 0x01A1C469),
    Write(0x104C, 0x01A19278),
    Write(0x1100, 0x00000005),
    Write(0x002C, 0x0022C724),
    Write(0x0018, 0x00000200),
)

START: tuple[Step, ...] = (
    Write(0xB000, 0x000002D9),
    Write(0x9028, 0x00000000),
    Field(0x9008, 0x00000001, 0x00000001),
    Write(0x002C, 0x0022C724),
    Field(0x0004, 0x00000400, 0x00000400),
)

STOP: tuple[Step, ...] = (
    Field(0x0004, 0x00000400, 0x00000000),
    Write(0x002C, 0x0022C324),
    Write(0xC000, 0x00000002),
    Write(0x9028, 0x00000002),
    Write(0xC000, 0x00000005),
    Wait(1000),
    Field(0x9008, 0x00000001, 0x00000000),
    Write(0xB000, 0x000002D8),
    Wait(300),
)

DESTROY: tuple[Step, ...] = (
    Write(0x0070, 0x00400000),
    Write(0x006C, 0x0EE47114),
    Wait(500),
    Write(0xA00C, 0x00000400),
    Wait(500),
    Write(0xA010, 0x00008068),
    Wait(200),
    Write(0x1104, 0x00000000),
    Wait(200),
    Write(0xA020, 0x00000060),
    Wait(200),
    Write(0xA004, 0x000002A0),
    Wait(200),
    Write(0xA008, 0x00002400),
    Wait(200),
    Write(0xA000, 0x000002A0),
    Write(0xB044, 0x00000000),
    Write(0xB004, 0x0000000A),
    Write(0xB040, 0x0000000E),
    Write(0xB0C8, 0x00000000),
    Write(0xB040, 0x00000006),
    Write(0xB040, 0x00000004),
    Write(0x0000, 0x50006442),
    Write(0x0000, 0x10006442),
    Write(0xB07C, 0x00000000),
)
