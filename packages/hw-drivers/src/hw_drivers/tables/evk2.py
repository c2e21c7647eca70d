"""The EVK2: registers of its board, and start-up sequences of the IMX636 behind it.

The sensor's registers stand at SENSOR_BASE; the board has time base, trigger input and output of
its own. Sources: sequences OpenEB, imx636_evk2_issd.h; registers imx636_evk2_registermap.h;
how they are driven evk2_system_control.cpp, evk2_tz_trigger_event.cpp, evk2_tz_trigger_out.cpp,
imx636_evk2_tz_device.cpp; system number device_system_id.h (Apache-2.0; see NOTICE).
"""

from hw_drivers.tables.imx636_sequences import (
    DESTROY as _SENSOR_DESTROY,
)
from hw_drivers.tables.imx636_sequences import (
    Field,
    Step,
    Wait,
    Write,
)

__all__ = [
    "COMPATIBLE",
    "DESTROY",
    "INIT",
    "SENSOR_BASE",
    "START",
    "STOP",
    "SYSTEM_ID",
    "SYSTEM_IMX636",
]

COMPATIBLE = ("psee,video_imx636",)
SENSOR_BASE = 0x00100000

SYSTEM_ID = 0x0800  # read-only
SYSTEM_IMX636 = 0x32

GLOBAL_CONTROL = 0x0000
GLOBAL_CONTROL_AFTER_RESET = 0x2 << 2 | 0x2 << 6

# Time base of the board; the sensor is always the secondary of the board.
TIME_BASE_CONTROL = 0x0008
TIME_BASE_ENABLE = 1 << 0
EXT_SYNC_MODE = 1 << 1
EXT_SYNC_ENABLE = 1 << 2
EXT_SYNC_MASTER = 1 << 3
EXT_SYNC_MASTER_SEL = 1 << 4  # synchronisation comes from the plug, not from the sensor
ENABLE_EXT_SYNC = 1 << 5  # and goes to the plug
ENABLE_CAM_SYNC = 1 << 6  # and to the sensor
TIME_BASE_DRIVEN = 0x7E

IO_CONTROL = 0x005C
SYNC_OUT_EN_HSIDE = 1 << 5  # connects the output to its plug
SYNC_OUT_MODE = 0xF << 8  # 0 time base, 1 trigger output
SYNC_OUT_TRIGGER = 1 << 8

TRIGGER_ENABLE = 0x0360
TRIGGER_MAIN = 1 << 1  # channel of the plug
TRIGGER_LOOPBACK = 1 << 3  # channel of the trigger output
TRIGGER_OUT_ENABLE = 0x0364
TRIGGER_OUT_PERIOD = 0x0368  # microseconds
TRIGGER_OUT_WIDTH = 0x036C  # microseconds

AFTER_RESET: dict[int, int] = {
    GLOBAL_CONTROL: GLOBAL_CONTROL_AFTER_RESET,
    SYSTEM_ID: SYSTEM_IMX636,
    TRIGGER_OUT_PERIOD: 0x64,
    TRIGGER_OUT_WIDTH: 0x1,
}

INIT: tuple[Step, ...] = (
    Write(0x000004, 0x00000111),
    Write(0x000000, 0x00000089),
    Write(0x000000, 0x0000008D),
    Write(0x000000, 0x000000CD),
    Write(0x000008, 0x0000004E),
    Write(0x002004, 0x00002000),
    Write(0x000014, 0x00000000),
    Write(0x000600, 0x00000001),
    Write(0x000044, 0x00000000),
    Write(0x000048, 0x00030D41),
    Write(0x000018, 0x00000000),
    Write(0x700000, 0x00000001),
    Write(0x70F000, 0x00400000),
    Write(0x70F000, 0x00400000),
    Write(0x70F000, 0x00400000),
    Write(0x70F030, 0x00000000),
    Write(0x70F030, 0x00000000),
    Write(0x70F030, 0x00000000),
    Write(0x70F030, 0x00000000),
    Write(0x70F000, 0x00400000),
    Write(0x70F030, 0x00000001),
    Write(0x70F038, 0x01405002),
    Write(0x70F038, 0x01405000),
    Write(0x70F024, 0x00000000),
    Write(0x70F024, 0x00000001),
    Wait(500_000),
    Write(0x70F024, 0x00000003),
    Wait(500_000),
    Write(0x70F030, 0x00000001),
    Write(0x70F030, 0x00000001),
    Write(0x70F038, 0x01405001),
    Wait(1_000),
    Write(0x70F030, 0x00000101),
    Wait(1_000),
    Write(0x70F030, 0x00000301),
    Write(0x10B000, 0x00000158),
    Wait(300),
    Write(0x10B044, 0x00000000),
    Write(0x10B004, 0x0000000A),
    Write(0x10B040, 0x00000000),
    Write(0x10B0C8, 0x00000000),
    Write(0x10B040, 0x00000000),
    Write(0x10B040, 0x00000000),
    Write(0x100000, 0x4F006442),
    Write(0x100000, 0x0F006442),
    Write(0x1000B8, 0x00000400),
    Write(0x1000B8, 0x00000400),
    Write(0x10B07C, 0x00000000),
    Write(0x10B074, 0x00000002),
    Write(0x10B078, 0x00000078),
    Write(0x1000C0, 0x00000108),
    Write(0x1000C0, 0x00000208),
    Write(0x10B120, 0x00000001),
    Write(0x10E120, 0x00000000),
    Write(0x10B068, 0x00000004),
    Write(0x10B07C, 0x00000001),
    Wait(10),
    Write(0x10B07C, 0x00000003),
    Wait(1_000),
    Write(0x1000B8, 0x00000401),
    Write(0x1000B8, 0x00000409),
    Write(0x100000, 0x4F006442),
    Write(0x100000, 0x4F00644A),
    Write(0x10B080, 0x00000067),
    Write(0x10B084, 0x0000000F),
    Write(0x10B088, 0x00000027),
    Write(0x10B08C, 0x00000027),
    Write(0x10B090, 0x000000B7),
    Write(0x10B094, 0x00000047),
    Write(0x10B098, 0x0000002F),
    Write(0x10B09C, 0x0000004F),
    Write(0x10B0A0, 0x0000002F),
    Write(0x10B0A4, 0x00000027),
    Write(0x10B0AC, 0x00000028),
    Write(0x10B0CC, 0x00000001),
    Write(0x10A000, 0x000B0501),
    Wait(200),
    Write(0x10A008, 0x00002405),
    Wait(200),
    Write(0x10A004, 0x000B0501),
    Wait(200),
    Write(0x10A020, 0x00000150),
    Wait(200),
    Write(0x10B040, 0x00000007),
    Write(0x10B064, 0x00000006),
    Write(0x10B040, 0x0000000F),
    Wait(100),
    Write(0x10B004, 0x0000008A),
    Wait(200),
    Write(0x10B0C8, 0x00000003),
    Wait(200),
    Write(0x10B044, 0x00000001),
    Write(0x10B000, 0x00000159),
    Write(0x107008, 0x00000001),
    Write(0x107000, 0x00070001),
    Write(0x108000, 0x0001E085),
    Write(0x109008, 0x0000064A),  # secondary of the board
    Write(0x100044, 0xCCFFCCCF),
    Write(0x100004, 0xF0005042),
    Write(0x100018, 0x00000200),
    Write(0x101014, 0x11A1504D),
    Write(0x109004, 0x00000000),
    Wait(1_000),
    Write(0x109000, 0x00000200),
)

START: tuple[Step, ...] = (
    Write(0x000044, 0x00000001),
    Write(0x000014, 0x00000001),
    Write(0x70F000, 0x00400001),
    Write(0x10B000, 0x00000159),
    Write(0x109028, 0x00000000),
    Write(0x109008, 0x0000064B),
    Write(0x10002C, 0x0022C724),
    Field(0x100004, 0x00000400, 0x00000400),
    Write(0x000018, 0x00000001),
    Field(0x000008, 0x00000001, 0x00000001),
)

STOP: tuple[Step, ...] = (
    Write(0x000018, 0x00000000),
    Field(0x000008, 0x00000001, 0x00000000),
    Field(0x100004, 0x00000400, 0x00000000),
    Write(0x10002C, 0x0022C324),
    Write(0x109028, 0x00000002),
    Wait(1_000),
    Write(0x109008, 0x0000064A),
    Write(0x10B000, 0x00000158),
    Wait(300),
)

# The sensor's part is that of the EVK3, at the sensor's base.
DESTROY: tuple[Step, ...] = (
    *(
        Write(SENSOR_BASE + step.address, step.value) if isinstance(step, Write) else step
        for step in _SENSOR_DESTROY
    ),
    Write(0x70F030, 0x00000201),
    Write(0x70F030, 0x00000001),
    Wait(1_000),
    Write(0x70F038, 0x01405000),
    Write(0x70F024, 0x00000001),
    Write(0x70F024, 0x00000000),
    Write(0x000004, 0x00000777),
    Write(0x000004, 0x00010111),
    Write(0x000004, 0x00000000),
)
