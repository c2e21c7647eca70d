"""Start-up sequences of the IMX636 on EVK3 and EVK4 boards.

Source of every row: OpenEB, hal_psee_plugins, imx636_evk3_issd.h (Apache-2.0; see NOTICE). A row
is Write(address, value), Field(address, mask, value) or Wait(microseconds).
"""

from dataclasses import dataclass

__all__ = ["DESTROY", "INIT", "START", "STOP", "Field", "Step", "Wait", "Write"]


@dataclass(frozen=True)
class Write:
    """Write a 32-bit register."""

    address: int
    value: int


@dataclass(frozen=True)
class Field:
    """Write the bits of a register that `mask` selects, and keep the others."""

    address: int
    mask: int
    value: int


@dataclass(frozen=True)
class Wait:
    """Let the device settle."""

    us: int


Step = Write | Field | Wait

INIT: tuple[Step, ...] = (
    Write(0x0000001C, 0x00000001),
    Wait(1_000_000),
    Write(0x00400004, 0x00000001),  # hold the sensor in reset
    Wait(500_000),
    Write(0x00400004, 0x00000000),
    Wait(1_000_000),
    Write(0x0000B000, 0x00000158),
    Wait(300),
    Write(0x0000B044, 0x00000000),
    Write(0x0000B004, 0x0000000A),
    Write(0x0000B040, 0x00000000),
    Write(0x0000B0C8, 0x00000000),
    Write(0x0000B040, 0x00000000),
    Write(0x0000B040, 0x00000000),
    Write(0x00000000, 0x4F006442),
    Write(0x00000000, 0x0F006442),
    Write(0x000000B8, 0x00000400),
    Write(0x000000B8, 0x00000400),
    Write(0x0000B07C, 0x00000000),
    Write(0x0000B074, 0x00000002),
    Write(0x0000B078, 0x000000A0),
    Write(0x000000C0, 0x00000110),
    Write(0x000000C0, 0x00000210),
    Write(0x0000B120, 0x00000001),
    Write(0x0000E120, 0x00000000),
    Write(0x0000B068, 0x00000004),
    Write(0x0000B07C, 0x00000001),
    Wait(10),
    Write(0x0000B07C, 0x00000003),
    Wait(1_000),
    Write(0x000000B8, 0x00000401),
    Write(0x000000B8, 0x00000409),
    Write(0x00000000, 0x4F006442),
    Write(0x00000000, 0x4F00644A),
    Write(0x0000B080, 0x00000077),
    Write(0x0000B084, 0x0000000F),
    Write(0x0000B088, 0x00000037),
    Write(0x0000B08C, 0x00000037),
    Write(0x0000B090, 0x000000DF),
    Write(0x0000B094, 0x00000057),
    Write(0x0000B098, 0x00000037),
    Write(0x0000B09C, 0x00000067),
    Write(0x0000B0A0, 0x00000037),
    Write(0x0000B0A4, 0x0000002F),
    Write(0x0000B0AC, 0x00000028),
    Write(0x0000B0CC, 0x00000001),
    Write(0x0000B000, 0x000002F8),
    Write(0x0000B004, 0x0000008A),
    Write(0x0000B01C, 0x00000030),
    Write(0x0000B020, 0x00002000),
    Write(0x0000B02C, 0x000000FF),
    Write(0x0000B030, 0x00003E80),
    Write(0x0000B028, 0x00000FA0),
    Write(0x0000A000, 0x000B0501),
    Wait(200),
    Write(0x0000A008, 0x00002405),
    Wait(200),
    Write(0x0000A004, 0x000B0501),
    Wait(200),
    Write(0x0000A020, 0x00000150),
    Wait(200),
    Write(0x0000B040, 0x00000007),
    Write(0x0000B064, 0x00000006),
    Write(0x0000B040, 0x0000000F),
    Wait(100),
    Write(0x0000B004, 0x0000008A),
    Wait(200),
    Write(0x0000B0C8, 0x00000003),
    Wait(200),
    Write(0x0000B044, 0x00000001),
    Write(0x0000B000, 0x000002F9),
    Write(0x00007008, 0x00000001),
    Write(0x00007000, 0x00070001),  # event format: EVT 3.0
    Write(0x00008000, 0x0001E085),
    Write(0x00009008, 0x00000644),  # time base: off, internal, 100 clocks per microsecond
    Write(0x00000004, 0xF0005042),  # pixels held in reset
    Write(0x00000018, 0x00000200),
    Write(0x00001014, 0x11A1504D),  # bias_diff
    Write(0x00009004, 0x00000000),
    Wait(1_000),
    Write(0x00009000, 0x00000200),
)

START: tuple[Step, ...] = (
    Write(0x0000B000, 0x000002F9),
    Write(0x00009028, 0x00000000),  # output enabled
    Field(0x00009008, 0x00000001, 0x00000001),  # time base on
    Write(0x0000002C, 0x0022C724),
    Field(0x00000004, 0x00000400, 0x00000400),  # pixels out of reset
)

STOP: tuple[Step, ...] = (
    Field(0x00000004, 0x00000400, 0x00000000),
    Write(0x0000002C, 0x0022C324),
    Write(0x00009028, 0x00000002),
    Wait(1_000),
    Field(0x00009008, 0x00000001, 0x00000000),
    Write(0x0000B000, 0x000002F8),
    Wait(300),
)

DESTROY: tuple[Step, ...] = (
    Write(0x00000070, 0x00400008),
    Write(0x0000006C, 0x0EE47114),
    Wait(500),
    Write(0x0000A00C, 0x00020400),
    Wait(500),
    Write(0x0000A010, 0x00008068),
    Wait(200),
    Write(0x00001104, 0x00000000),
    Wait(200),
    Write(0x0000A020, 0x00000050),
    Wait(200),
    Write(0x0000A004, 0x000B0500),
    Wait(200),
    Write(0x0000A008, 0x00002404),
    Wait(200),
    Write(0x0000A000, 0x000B0500),
    Write(0x0000B044, 0x00000000),
    Write(0x0000B004, 0x0000000A),
    Write(0x0000B040, 0x0000000E),
    Write(0x0000B0C8, 0x00000000),
    Write(0x0000B040, 0x00000006),
    Write(0x0000B040, 0x00000004),
    Write(0x00000000, 0x4F006442),
    Write(0x00000000, 0x0F006442),
    Write(0x000000B8, 0x00000401),
    Write(0x000000B8, 0x00000400),
    Write(0x0000B07C, 0x00000000),
)
