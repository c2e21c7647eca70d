"""The DVXplorer: registers of its sensor, set-up and start-up order.

Sources: libcaer, dvx.h and dv_explorer.c (BSD-2-Clause); order and values of the set-up
neuromorphic-drivers, inivation_dvxplorer.rs (MIT). See NOTICE. The sensor's registers are 8 bits
wide and lie behind module 5 of the logic; a longer value is written byte by byte, highest first.
"""

from hw_drivers.tables import inivation as p

SIZE = (640, 480)
LITE_SIZE = (320, 240)
CLOCK_MHZ = 50  # of the sensor

CHIP = p.CHIP
RANGE_SF_ON_RST = (CHIP, 0x0B)
RANGE_LOGA_LOGD = (CHIP, 0x0C)
LEVEL_SF_OFF = (CHIP, 0x12)
BIAS_AMP = (CHIP, 0x18)
BIAS_ON = (CHIP, 0x1C)
BIAS_OFF = (CHIP, 0x1E)
MODE = (CHIP, 0x3000)  # 0 off, 1 monitor, 2 stream
MODE_OFF, MODE_STREAM = 0, 2
RESTART = (CHIP, 0x3201)  # 0 hold, 1 start, 2 restart
SUBSAMPLING = (CHIP, 0x3204)  # steps along x in bits 0 to 2, along y in bits 3 to 5
HALF = 1 << 3 | 1
CROP_BYPASS = (CHIP, 0x3300)
CROP_Y_START_GROUP = (CHIP, 0x3301)
CROP_Y_START_MASK = (CHIP, 0x3302)
CROP_Y_END_GROUP = (CHIP, 0x3303)
CROP_Y_END_MASK = (CHIP, 0x3304)
CROP_X_START = (CHIP, 0x3305)  # 2 bytes
CROP_X_END = (CHIP, 0x3307)  # 2 bytes

LEVEL_FIXED = 0b01101101  # bits of LEVEL_SF_OFF that are always set


def _wide(register: int, value: int, count: int) -> tuple[tuple[tuple[int, int], int], ...]:
    data = value.to_bytes(count, "big")
    return tuple(((CHIP, register + i), byte) for i, byte in enumerate(data))


# After the sensor was taken out of reset; biases that users set come between the two parts.
SET_UP_BIASES: tuple[tuple[tuple[int, int], int], ...] = (
    ((CHIP, 0x0D), 0x24),  # OTP trim
    ((CHIP, 0x0F), 0x00),  # pins DBGP
    ((CHIP, 0x10), 0x00),  # pins DBGN
    ((CHIP, 0x13), 0x03),  # pins BUFP
    ((CHIP, 0x14), 0x7F),  # pins BUFN
    ((CHIP, 0x15), 0x00),  # pins DOB
)
SET_UP: tuple[tuple[tuple[int, int], int], ...] = (
    ((CHIP, 0x3011), 0xA0),  # system clock divider
    ((CHIP, 0x3019), 0x00),  # parallel output control
    ((CHIP, 0x301E), 0x01),  # parallel output on
    ((CHIP, 0x3067), 0x80),  # packet format
    ((CHIP, 0x3255), 0b1100),  # mode control
    ((CHIP, 0x3266), 0x08),  # boot sequence
    *_wide(0x3235, 999, 2),  # time reference unit
    ((CHIP, 0x3234), CLOCK_MHZ - 1),  # time sub-unit
    ((CHIP, 0x323D), CLOCK_MHZ),  # time tag reference
    ((CHIP, 0x3243), CLOCK_MHZ),  # global hold, fine
    ((CHIP, 0x3247), CLOCK_MHZ),  # global reset, fine
    ((CHIP, 0x3259), CLOCK_MHZ),  # global reset end, fine
    *_wide(0x3244, 0, 3),  # global reset count
    *_wide(0x3256, 1, 3),  # global reset end
    ((CHIP, 0x323C), 4),  # first column select
    ((CHIP, 0x324C), 6),  # width of column select
    ((CHIP, 0x324E), 4),  # row address start
    ((CHIP, 0x324F), 6),  # row address end
    ((CHIP, 0x3253), 8),  # reset start
    ((CHIP, 0x3254), 10),  # reset end
    ((CHIP, 0x324B), 4),  # next global hold
    ((CHIP, 0x3500), 1),  # activity decision bypassed
    ((CHIP, 0x3600), 1),  # spatial histogram off
    ((CHIP, 0x3260), 0),  # external trigger off
    ((CHIP, 0x3248), 0),  # global reset at readout off
    ((CHIP, 0x3200), 0b10),  # digital part on
    ((CHIP, 0x3202), 0),  # binning off
    ((CHIP, 0x3255), 0b1101),
    # Readout at a variable rate of up to 5000 per second.
    (RESTART, 0),
    ((CHIP, 0x325C), 0),  # no fixed read time
    *_wide(0x325D, CLOCK_MHZ * 900, 2),  # interval of reads
    ((CHIP, 0x3240), 0),  # global hold, thousands
    *_wide(0x3241, 7, 2),  # global hold
    (RESTART, 1),
)

IMU_ACCELEROMETER_RATE = (p.IMU, 5)
IMU_ACCELEROMETER_FILTER = (p.IMU, 6)
IMU_ACCELEROMETER_RANGE = (p.IMU, 7)  # 0 to 3: 2, 4, 8, 16 g
IMU_GYROSCOPE_RATE = (p.IMU, 8)
IMU_GYROSCOPE_FILTER = (p.IMU, 9)
IMU_GYROSCOPE_RANGE = (p.IMU, 10)  # 0 to 4: 2000, 1000, 500, 250, 125 degrees per second
IMU_SET_UP: tuple[tuple[tuple[int, int], int], ...] = (
    (IMU_ACCELEROMETER_RATE, 6),
    (IMU_ACCELEROMETER_FILTER, 2),
    (IMU_GYROSCOPE_RATE, 5),
    (IMU_GYROSCOPE_FILTER, 2),
)
IMU_INTERVAL_US = 1250  # 800 samples per second: accelerometer rate 6 of the sensor

STOP: tuple[tuple[int, int], ...] = (
    p.DVS_RUN,
    MODE,
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
CHIP_RUN_US = 10_000
MUX_RUN_US = 10_000
