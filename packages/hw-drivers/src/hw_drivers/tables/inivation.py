"""Modules and parameters of the logic in iniVation's cameras.

Sources: libcaer, davis.h, dvx.h and davis_common.c (BSD-2-Clause); neuromorphic-drivers,
inivation_davis346.rs (MIT). See NOTICE. A parameter is addressed by (module, number).
"""

REQUEST_ONE = 0xBF  # vendor request: one parameter, wValue module, wIndex number, u32 big-endian
REQUEST_MANY = 0xC2  # wValue entries, wIndex 0: n x (module u8, number u8, value u32 big-endian)
MOST_ENTRIES = 85  # 510 bytes: one transfer of 512

DATA_IN = 0x82
CLEAR_HALT_US = 100_000  # wait after all runs were stopped

MUX, DVS, APS, IMU, EXTERNAL, CHIP, SYSTEM, USB = 0, 1, 2, 3, 4, 5, 6, 9

MUX_RUN = (MUX, 0)
MUX_TIMESTAMP_RUN = (MUX, 1)
MUX_TIMESTAMP_RESET = (MUX, 2)
MUX_CHIP_RUN = (MUX, 3)
MUX_DROP_EXTERNAL_ON_STALL = (MUX, 4)
MUX_DROP_DVS_ON_STALL = (MUX, 5)

DVS_SIZE_COLUMNS = (DVS, 0)
DVS_SIZE_ROWS = (DVS, 1)
DVS_ORIENTATION = (DVS, 2)  # bit 2: rows and columns exchanged
DVS_RUN = (DVS, 3)
DVS_WAIT_ON_STALL = (DVS, 4)
DVS_EXTERNAL_AER = (DVS, 5)
DVS_HAS_PIXEL_FILTER = (DVS, 10)
DVS_PIXEL_FILTER = (DVS, 11)  # 8 pairs: row, column
DVS_PIXEL_FILTERS = 8
DVS_HAS_BACKGROUND_FILTER = (DVS, 30)
DVS_BACKGROUND = (DVS, 31)
DVS_BACKGROUND_TIME = (DVS, 32)
DVS_REFRACTORY = (DVS, 33)
DVS_REFRACTORY_TIME = (DVS, 34)
DVS_FILTER_TIME_US = 250  # unit of both times
DVS_HAS_ROI = (DVS, 40)
DVS_ROI = (DVS, 41)  # start column, start row, end column, end row
DVS_HAS_SKIP = (DVS, 50)
DVS_SKIP = (DVS, 51)
DVS_SKIP_EVERY = (DVS, 52)
DVS_HAS_POLARITY = (DVS, 60)
DVS_POLARITY_FLATTEN = (DVS, 61)
DVS_POLARITY_SUPPRESS = (DVS, 62)
DVS_POLARITY_SUPPRESS_TYPE = (DVS, 63)  # 1: ON events are suppressed

APS_SIZE_COLUMNS = (APS, 0)
APS_SIZE_ROWS = (APS, 1)
APS_ORIENTATION = (APS, 2)  # bit 0: flip y, bit 1: flip x, bit 2: exchanged
APS_RUN = (APS, 4)
APS_WAIT_ON_STALL = (APS, 5)
APS_HAS_GLOBAL_SHUTTER = (APS, 6)
APS_GLOBAL_SHUTTER = (APS, 7)
APS_ROI = (APS, 8)  # start column, start row, end column, end row
APS_EXPOSURE = (APS, 12)  # in cycles of the converter's clock
APS_FRAME_INTERVAL = (APS, 13)

IMU_TYPE = (IMU, 0)  # 1: InvenSense 6050 or 6150, 2: InvenSense 9250
IMU_ORIENTATION = (IMU, 1)  # bit 0: flip z, bit 1: flip y, bit 2: flip x
IMU_RUN_ACCELEROMETER = (IMU, 2)
IMU_RUN_GYROSCOPE = (IMU, 3)
IMU_RUN_TEMPERATURE = (IMU, 4)
IMU_SAMPLE_RATE_DIVIDER = (IMU, 5)
IMU_ACCELEROMETER_FILTER = (IMU, 6)
IMU_ACCELEROMETER_SCALE = (IMU, 7)  # 0 to 3: 2, 4, 8, 16 g
IMU_GYROSCOPE_FILTER = (IMU, 9)
IMU_GYROSCOPE_SCALE = (IMU, 10)  # 0 to 3: 250, 500, 1000, 2000 degrees per second
IMU_DEGREES = {1: (340.0, 35.0), 2: (333.87, 21.0)}  # type -> divisor, offset

EXTERNAL_RUN = (EXTERNAL, 0)
EXTERNAL_RISING = (EXTERNAL, 1)
EXTERNAL_FALLING = (EXTERNAL, 2)
EXTERNAL_PULSES = (EXTERNAL, 3)
EXTERNAL_PULSE_POLARITY = (EXTERNAL, 4)
EXTERNAL_PULSE_LENGTH = (EXTERNAL, 5)
EXTERNAL_HAS_GENERATOR = (EXTERNAL, 10)
EXTERNAL_GENERATOR_RUN = (EXTERNAL, 11)
EXTERNAL_GENERATOR_POLARITY = (EXTERNAL, 12)
EXTERNAL_GENERATOR_INTERVAL = (EXTERNAL, 13)  # in cycles of the logic's clock
EXTERNAL_GENERATOR_LENGTH = (EXTERNAL, 14)
EXTERNAL_GENERATOR_INJECT_RISING = (EXTERNAL, 15)
EXTERNAL_GENERATOR_INJECT_FALLING = (EXTERNAL, 16)

SYSTEM_LOGIC_VERSION = (SYSTEM, 0)
SYSTEM_CHIP = (SYSTEM, 1)
SYSTEM_IS_PRIMARY = (SYSTEM, 2)
SYSTEM_LOGIC_CLOCK = (SYSTEM, 3)  # MHz
SYSTEM_ADC_CLOCK = (SYSTEM, 4)
SYSTEM_USB_CLOCK = (SYSTEM, 5)
SYSTEM_CLOCK_DEVIATION = (SYSTEM, 6)  # thousandths
SYSTEM_LOGIC_PATCH = (SYSTEM, 7)

USB_RUN = (USB, 0)
USB_EARLY_PACKET_DELAY = (USB, 1)  # in cycles of the USB clock
EARLY_PACKET_US = 1000

LOGIC_VERSION = 18  # the one that these addresses belong to

# Numbers of the chips, by URI scheme: libcaer, davis.h and dvx.h.
CHIPS: dict[str, tuple[int, ...]] = {
    "davis240": (0, 1, 2),
    "davis346": (4, 5, 9),
    "dvxplorer": (20,),
    "dvxplorer_lite": (19,),
}
