"""The GenX320 sensor (ES silicon) on the CX3 board: registers, biases, limits.

Sources: addresses and fields OpenEB, genx320es_registermap.h; how they are driven
genx320_cx3_tz_device.cpp, genx320_ll_biases.cpp, genx320_roi_driver.cpp, genx320_dem_driver.cpp,
genx320_digital_crop.cpp, genx320_erc.cpp, genx320_tz_trigger_event.cpp, antiflicker_filter.cpp,
event_trail_filter.cpp; bias limits genx320_bias_settings.h (Apache-2.0; see NOTICE).

The start-up of the later MP silicon is published under other terms and is not here: a board that
shows another number than SENSOR_ID_VALUE is refused.
"""

from hw_drivers.tables.imx636_biases import Bias

COMPATIBLE = ("psee,cx3_saphir", "psee,cx3_genx320")

WIDTH = 320
HEIGHT = 320

SENSOR_ID = 0x0014
SENSOR_ID_VALUE = 0x30501C01
SOFT_RESET = 0x001C
SOFT_RESET_REGISTERS = 1 << 0

# Biases: a value of 7 bits; the other fields of each word stay as the start-up wrote them.
BIAS_VALUE_MASK = 0x7F
BIAS_SINGLE = 1 << 28  # makes one new value effective
_ALLOWED = (0, 127)
BIASES: tuple[Bias, ...] = (
    Bias("fo", 0x1004, 29, _ALLOWED, (19, 39), "Low-pass cut-off; more = faster pixels."),
    Bias("hpf", 0x1100, 0, _ALLOWED, (0, 127), "High-pass cut-off; more = less slow change."),
    Bias("diff_on", 0x1104, 40, _ALLOWED, (24, 60), "ON threshold; more = fewer ON events."),
    Bias("diff", 0x1108, 51, _ALLOWED, (41, 51), "Reference of both thresholds."),
    Bias("diff_off", 0x110C, 40, _ALLOWED, (19, 50), "OFF threshold; more = fewer OFF events."),
    Bias("refr", 0x1114, 82, _ALLOWED, (0, 127), "Refractory period; more = shorter."),
)

# Region of interest by windows: the end is the first column or row that is no longer inside.
ROI_CTRL = 0x0000
ROI_TD_EN = 1 << 1
ROI_SHADOW_TRIGGER = 1 << 5
ROI_PX_IPHOTO_EN = 1 << 6
ROI_PX_SW_RSTN = 1 << 10
ROI_HALT_PROGRAMMING = 1 << 11
ROI_MASTER_CTRL = 0x0034
ROI_MASTER_EN = 1 << 0
ROI_MASTER_RUN = 1 << 1
ROI_MASTER_DROP = 1 << 2  # 0 keep what is inside, 1 drop it
ROI_MASTER_WINDOWS_SHIFT = 3  # number of windows, 5 bits
ROI_MASTER_DRIVEN = 0xFF
ROI_CHICKEN = 0x0044
ROI_DRIVER_REGISTER_IF = 1 << 0
ROI_WINDOWS = 0x0400  # x and y word of each window
ROI_MAX_WINDOWS = 18

# Pixel masks: 16 slots, each 32 neighbouring columns of a row; control word, then data word.
PIXEL_MASK = 0x9100
PIXEL_MASK_SLOTS = 16
PIXEL_MASK_VALID = 1 << 31
PIXEL_MASK_ROW_SHIFT = 4

# Digital crop: the end is the last pixel inside.
CROP_CTRL = 0x900C
CROP_ENABLE = 1 << 0
CROP_REMOVE = 1 << 2
CROP_DRIVEN = CROP_ENABLE | CROP_REMOVE | 1 << 4
CROP_START = 0x9010
CROP_END = 0x9014

# Event-rate controller.
ERC_PIPELINE = 0x6000
ERC_HOLD = 0b000
ERC_BYPASS = 0b101
ERC_ON = 0b001
ERC_DROPPING = 0x6014
ERC_T_DROPPING = 1 << 2
ERC_DROP_ALL_SHIFT = 4
ERC_DROP_ALL = 512
ERC_DROPPING_DRIVEN = 0x3FFF
ERC_STATUS = 1 << 31  # of the dropping control: new settings may be written
ERC_PERIOD = 0x6020
ERC_PERIOD_MASK = 0x3FF
ERC_DELAYED_RATE = 1 << 16
ERC_PERIOD_US = 200
ERC_RESERVED_AREA = 0x6024
ERC_RESERVED_AREA_VALUE = 1 << 16 | 28
ERC_TARGET = 0x602C
ERC_MAX_COUNT = (1 << 21) - 1
ERC_MONITORING = 0x6034
ERC_MONITORING_VALUE = 1 << 1 | 1 << 2 | 1 << 9
ERC_FIFO_BYPASS = 0x60A0
ERC_RESET_COUNTER = 0x60B4

# Memories: they are powered before the filters that need them are used.
SRAM_INITN = 0x00B8
SRAM_AFK = 1 << 0
SRAM_STC = 1 << 1
SRAM_ERC_FIFO = 1 << 2
SRAM_PD0 = 0x00BC
SRAM_PD0_AFK = 0x7FFF
SRAM_PD0_STC = 0x1F << 15
SRAM_PD1 = 0x00C0
SRAM_PD1_ERC_FIFO = 1 << 3

# Anti-flicker filter; fields as of the IMX636, at other addresses.
AFK_PIPELINE = 0xC000
AFK_PARAM = 0xC008
AFK_PERIOD = 0xC00C
AFK_INVALIDATION = 0xC0C0
AFK_INVALIDATION_DRIVEN = 0x07FFFFFF
AFK_INITIALIZATION = 0xC0C4

# Burst filter; fields as of the IMX636, at other addresses.
STC_PIPELINE = 0xD000
STC_PARAM = 0xD008
TRAIL_PARAM = 0xD00C
STC_TIMESTAMPING = 0xD010
STC_INVALIDATION = 0xD0C0
STC_INITIALIZATION = 0xD0C4

# (first threshold in ms, prescaler, multiplier, dt_fifo_timeout) at the sensor's 25 MHz.
STC_TIMING: tuple[tuple[int, int, int, int], ...] = (
    (1, 11, 15, 32),
    (2, 10, 5, 27),
    (3, 12, 15, 27),
    (4, 12, 11, 39),
    (5, 11, 5, 27),
    (6, 9, 1, 35),
    (7, 12, 7, 41),
    (8, 11, 3, 49),
    (9, 13, 11, 54),
    (10, 12, 5, 59),
    (11, 12, 5, 27),
    (12, 13, 9, 31),
    (13, 10, 1, 35),
    (14, 14, 15, 38),
    (15, 13, 7, 41),
    (16, 14, 13, 45),
    (18, 12, 3, 49),
    (19, 14, 11, 54),
    (21, 13, 5, 59),
    (23, 14, 9, 67),
    (25, 11, 1, 155),
    (26, 11, 1, 75),
    (28, 15, 15, 81),
    (30, 14, 7, 87),
    (32, 15, 13, 94),
    (35, 13, 3, 102),
    (37, 15, 11, 228),
    (38, 15, 11, 112),
    (41, 14, 5, 123),
    (45, 15, 9, 280),
    (46, 15, 9, 138),
    (50, 12, 1, 315),
    (52, 12, 1, 155),
    (56, 16, 15, 166),
    (59, 15, 7, 178),
    (64, 16, 13, 192),
    (69, 14, 3, 209),
    (74, 16, 11, 461),
    (75, 16, 11, 228),
    (81, 15, 5, 507),
    (82, 15, 5, 251),
    (89, 16, 9, 564),
    (92, 16, 9, 280),
    (99, 13, 1, 635),
)

# Trigger input, time base and its plug.
IO_CTRL = 0x0608
SYNC_EN = 1 << 0
SYNC_ENZI = 1 << 4
TRIGGER_EN = 1 << 10
TRIGGER_ENZI = 1 << 14
EVENT_TYPES = 0x7040
EVENT_TYPES_TRIGGER = 1 << 10
TIME_BASE_CTRL = 0x9008
TIME_BASE_ENABLE = 1 << 0
TIME_BASE_EXTERNAL = 1 << 1
TIME_BASE_PRIMARY = 1 << 2
TIME_BASE_EXTERNAL_ENABLE = 1 << 3
RO_CTRL = 0x9028
RO_OUTPUT_DISABLE = 1 << 1

# Thermometer: the mean of several measurements.
ADC_CTRL = 0x004C
ADC_ENABLE = 1 << 0
ADC_CLOCK = 1 << 1
ADC_START = 1 << 2
ADC_STATUS = 0x0050
ADC_VALUE_MASK = 0x3FF
ADC_MISC = 0x0054
ADC_BUFFER_CALIBRATE = 1 << 0
ADC_COMPARATOR_CALIBRATE = 1 << 1
ADC_BUFFER_RANGE = 1 << 21
ADC_COMPARATOR_RANGE = 1 << 22
ADC_EXTERNAL_REFERENCE = 1 << 12
ADC_RANGE = 0x3 << 15
ADC_TEMPERATURE = 1 << 17
TEMPERATURE_CTRL = 0x005C
TEMPERATURE_BUFFER = 1 << 0
TEMPERATURE_CALIBRATE = 1 << 1
TEMPERATURE_OFFSET = 0x3F << 2
TEMPERATURE_OFFSET_VALUE = 32 << 2
TEMPERATURE_HALF = 1 << 8
TEMPERATURE_RANGE = 1 << 9
TEMPERATURE_MEASUREMENTS = 10
CELSIUS_PER_STEP = 0.216
CELSIUS_AT_ZERO = -54.0

# Values after reset, of the registers above that are not zero then.
AFTER_RESET: dict[int, int] = {
    ROI_CTRL: ROI_PX_SW_RSTN,
    SENSOR_ID: SENSOR_ID_VALUE,
    ROI_CHICKEN: 0xA << 1,
    ADC_CTRL: 0x00204E20,
    ADC_MISC: 0x2 << 18 | 0x80 << 23,
    TEMPERATURE_CTRL: 0x20 << 2,
    SRAM_PD0: 0x3FFFFFFF,
    SRAM_PD1: 0xF8,
    IO_CTRL: 0x04214EA2,
    ERC_DROPPING: 0x201 << 4 | ERC_STATUS,
    ERC_PERIOD: 0x80,
    ERC_RESERVED_AREA: 0x101,
    ERC_TARGET: 0x80,
    ERC_FIFO_BYPASS: 0x1,
    ERC_RESET_COUNTER: 0x1,
    EVENT_TYPES: 0xC5FF,
    TIME_BASE_CTRL: 0x32 << 4,
    AFK_PARAM: 0x34,
    AFK_PERIOD: 0x00089C0F,
    AFK_INVALIDATION: 0x0505AF3C,
    STC_PARAM: 1 << 24 | 0x2710 << 1,
    TRAIL_PARAM: 0x186A0 << 1,
    STC_TIMESTAMPING: 0x0001022D,
    STC_INVALIDATION: 0x05118004,
    0x1000: 0x0301003D,
    0x1004: 0x03010027,
    0x1008: 0x0101003F,
    0x1100: 0x03010000,
    0x1104: 0x01010018,
    0x1114: 0x03010042,
}
