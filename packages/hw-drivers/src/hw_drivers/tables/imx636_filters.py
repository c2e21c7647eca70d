"""Registers and limits of the on-sensor filters of the IMX636.

Sources: OpenEB, imx636_registermap.h, antiflicker_filter.cpp, event_trail_filter.cpp and
gen41_digital_crop.cpp (Apache-2.0; see NOTICE).
"""

# Anti-flicker: periods are counted in units of 128 us.
AFK_PIPELINE = 0xC000
AFK_PARAM = 0xC004
AFK_PARAM_DRIVEN = 0x7F  # counter_low, counter_high, invert; drop_disable stays as it is
AFK_PERIOD = 0xC008
AFK_INVALIDATION = 0xC0C0
AFK_INVALIDATION_WAIT_MASK = 0xFFF
AFK_INVALIDATION_WAIT = 1630
AFK_INITIALIZATION = 0xC0C4
AFK_MIN_HZ = 50
AFK_MAX_HZ = 520
AFK_PERIOD_SHIFT = 7

# Spatio-temporal contrast and trail filter.
STC_PIPELINE = 0xD000
STC_PARAM = 0xD004
STC_ENABLE = 1 << 0
STC_PARAM_DRIVEN = 0x000FFFFF  # enable, threshold
STC_KEEP_TRAIL = 1 << 24
TRAIL_PARAM = 0xD008
TRAIL_ENABLE = 1 << 0
STC_TIMESTAMPING = 0xD00C
STC_TIMESTAMPING_DRIVEN = 0x000001FF  # prescaler, multiplier
STC_EVERY_EVENT = 1 << 16  # times are renewed at every event
STC_INVALIDATION = 0xD0C0
STC_INVALIDATION_TIMEOUT_MASK = 0xFFF000
STC_INITIALIZATION = 0xD0C4
STC_MIN_MS = 1
STC_MAX_MS = 100

# Values of both pipelines and both initialisation registers.
FILTER_ON = 0b001
FILTER_BYPASS = 0b101
REQUEST_INIT = 1 << 0
INIT_DONE = 1 << 2
INIT_TRIES = 3

# (first threshold in ms, prescaler, multiplier, dt_fifo_timeout); a row holds up to the next one.
STC_TIMING: tuple[tuple[int, int, int, int], ...] = (
    (1, 12, 15, 90),
    (2, 10, 3, 90),
    (3, 11, 5, 95),
    (4, 9, 1, 102),
    (5, 13, 15, 90),
    (6, 11, 3, 114),
    (7, 11, 3, 90),
    (8, 12, 5, 109),
    (9, 13, 9, 122),
    (10, 13, 9, 90),
    (11, 10, 1, 102),
    (12, 14, 15, 109),
    (13, 13, 7, 117),
    (14, 14, 13, 127),
    (15, 12, 3, 138),
    (16, 12, 3, 90),
    (18, 14, 11, 99),
    (19, 13, 5, 109),
    (21, 14, 9, 122),
    (23, 11, 1, 209),
    (24, 11, 1, 138),
    (26, 15, 15, 147),
    (28, 14, 7, 158),
    (30, 15, 13, 170),
    (32, 13, 3, 185),
    (35, 13, 3, 90),
    (37, 15, 11, 202),
    (38, 15, 11, 99),
    (41, 14, 5, 109),
    (45, 15, 9, 248),
    (46, 15, 9, 122),
    (50, 12, 1, 280),
    (52, 12, 1, 138),
    (56, 16, 15, 147),
    (59, 15, 7, 158),
    (64, 16, 13, 171),
    (69, 14, 3, 185),
    (74, 16, 11, 409),
    (75, 16, 11, 202),
    (81, 15, 5, 451),
    (82, 15, 5, 223),
    (89, 16, 9, 501),
    (92, 16, 9, 248),
    (99, 13, 1, 564),
)

# Digital crop: the end is the last pixel inside.
CROP_CTRL = 0x900C
CROP_ENABLE_MASK = 0x7
CROP_ENABLE = 5
CROP_START = 0x9010
CROP_END = 0x9014

# External trigger input; OpenEB, imx636_tz_trigger_event.cpp. On after reset.
TRIGGER_CTRL = 0x7004
TRIGGER_IN = 1 << 10

# Clock of several cameras; OpenEB, TzImx636::time_base_config.
TIME_BASE_EXTERNAL = 1 << 1
TIME_BASE_PRIMARY = 1 << 2
TIME_BASE_EXTERNAL_ENABLE = 1 << 3
PAD_CTRL = 0x0044
PAD_SYNC_MASK = 0xF << 16
PAD_SYNC_OUT = 0b1100 << 16
PAD_SYNC_IN = 0b1111 << 16
SYNC_SETTLE_US = 1000  # ND, prophesee_evk4.rs

# Thermometer; OpenEB, TzImx636::temperature_init and get_temperature.
ADC_CTRL = 0x004C
ADC_ENABLE = 1 << 0
ADC_CLOCK = 1 << 1
ADC_START = 1 << 2
ADC_STATUS = 0x0050
ADC_VALUE_MASK = 0x3FF
ADC_DONE = 1 << 11
ADC_MISC = 0x0054
ADC_CALIBRATE = 1 << 1
ADC_TEMPERATURE = 1 << 12
TEMPERATURE_CTRL = 0x005C
TEMPERATURE_CALIBRATE = 1 << 0
TEMPERATURE_BUFFER = 1 << 1
TEMPERATURE_SETTLE_US = 100
TEMPERATURE_TRIES = 5
CELSIUS_PER_STEP = 0.190
CELSIUS_AT_ZERO = -56.0

# Illuminance; OpenEB, TzImx636::get_illumination, lifo_control and iph_mirror_control.
LIFO_CTRL = 0x000C
LIFO_ENABLE = 1 << 0
LIFO_OUT = 1 << 1
LIFO_COUNT = 1 << 2
LIFO_STATUS = 0x0010
LIFO_VALUE_MASK = (1 << 27) - 1
LIFO_VALID = 1 << 29
LIFO_SETTLE_US = 1000
LIFO_TRIES = 10
MIRROR_CTRL = 0x0074
MIRROR_ENABLE = 1 << 0
MIRROR_AMPLIFIER = 1 << 1
MIRROR_SETTLE_US = 20

# Values after reset, of the registers above that are not zero then.
AFTER_RESET: dict[int, int] = {
    AFK_PARAM: 0x34,
    AFK_PERIOD: 0x00089C0F,
    AFK_INVALIDATION: 0x0A05A5A0,
    AFK_INITIALIZATION: INIT_DONE,  # the memory is cleared by the reset
    STC_PARAM: 0x2710 << 1,
    TRAIL_PARAM: 0x186A0 << 1,
    STC_TIMESTAMPING: 0x0000022D,
    STC_INVALIDATION: 0x0A118004,
}
