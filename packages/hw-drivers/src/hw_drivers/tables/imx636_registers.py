"""Registers of the IMX636 that this package names, with the values they have after reset.

Sources, named at each block: OpenEB = hal_psee_plugins, imx636_registermap.h and the facility of
the block (Apache-2.0); ND = neuromorphic-drivers, prophesee_evk4 (MIT). See NOTICE.
"""

WIDTH = 1280
HEIGHT = 720

RESET = 0x00400004  # board register that holds the sensor in reset; OpenEB, imx636_evk3_issd.h

# OpenEB: roi_ctrl. After a mask changed, SHADOW_TRIGGER makes it effective.
ROI_CTRL = 0x0004
ROI_TD_EN = 1 << 1
ROI_SHADOW_TRIGGER = 1 << 5
ROI_RONI_N_EN = 1 << 6  # 1: masked column OR masked row is silent; 0: masked column AND row (ND)
ROI_PX_TD_RSTN = 1 << 10  # 0 holds the pixels in reset

# OpenEB: roi/td_roi_x00 to x39 and y00 to y22: bit 1 = masked, bit i of word w is line 32 w + i.
# The row is the one that events of the word format tell (psee_roi.cpp, gen41_digital_event_mask.cpp
# write coordinates as they are); ND counts the rows and pixels of its masks from below.
COLUMN_MASK = 0x2000
COLUMN_MASK_WORDS = 40
ROW_MASK = 0x4000
ROW_MASK_WORDS = 23
ROW_MASK_LAST_RESERVED = 0x00FF0000  # bits 16 to 23 of the last word are 1 after reset

# OpenEB: ro/digital_mask_pixel_00 to 63: x bits 0 to 10, y bits 16 to 26, valid bit 31.
PIXEL_MASK = 0x9100
PIXEL_MASK_WORDS = 64
PIXEL_MASK_VALID = 1 << 31

# OpenEB: bias/*, Imx636_LL_Biases: the low 8 bits are the value, the rest is fixed on writing.
BIAS_WORD = 0x11A10000
BIAS_VALUE_MASK = 0xFF

# OpenEB: erc/*, Gen41Erc. The two look-up tables are loaded before the controller is used.
ERC_CONTROL = 0x6000
ERC_CONTROL_OFF = 0x00155400  # ND; OpenEB writes bits 0 and 1 of it only
ERC_CONTROL_ON = 0x00155401
ERC_IN_DROP_RATE_CONTROL = 0x6004
ERC_REFERENCE_PERIOD = 0x6008  # microseconds, 10 bits
ERC_TARGET_EVENT_RATE = 0x600C  # events per period, 22 bits
ERC_ENABLE = 0x6028
ERC_ENABLE_ON = 0x3  # erc_en and Reserved_1
ERC_LUT_UNLOCK = 0x602C
ERC_T_DROPPING = 0x6050
ERC_H_DROPPING = 0x6060
ERC_V_DROPPING = 0x6070
ERC_T_DROP_LUT = 0x6400
ERC_T_DROP_LUT_VALUES = tuple(((2 * i + 1) << 16) | (2 * i) for i in range(256))
ERC_RESERVED_LUT = 0x6800
ERC_RESERVED_LUT_VALUES = (0x08080808,) * 230
ERC_PERIOD_US = 200
ERC_MAX_COUNT = (1 << 22) - 1

# OpenEB: ro/time_base_ctrl, ro/ro_ctrl, edf/pipeline_control.
TIME_BASE_CTRL = 0x9008
TIME_BASE_ENABLE = 1 << 0
RO_CTRL = 0x9028
RO_OUTPUT_DISABLE = 1 << 1
FORMAT_CTRL = 0x7000
FORMAT_EVT21 = 1 << 1
OUTPUT_CTRL = 0x8000  # OpenEB: eoi/Reserved_8000, bits 6 and 7
OUTPUT_WORDS = 0x3 << 6
OUTPUT_EVT3 = 0x2 << 6

SENSOR_ID = 0x0014  # read-only, 0xA0401806 on the IMX636; OpenEB, TzImx636::can_build
SENSOR_ID_VALUE = 0xA0401806

# Values after reset, of every register that the driver changes or the emulator answers for.
# Zero where not listed. OpenEB, imx636_registermap.h, third number of each field.
AFTER_RESET: dict[int, int] = {
    ROI_CTRL: 0xF0005040,
    SENSOR_ID: SENSOR_ID_VALUE,
    0x003C: 0x02CF04FF,  # roi_win_end_addr
    0x0044: 0xCCFFFCCF,  # dig_pad2_ctrl
    0x004C: 0x00007640,  # adc_control
    0x0054: 0x00000210,  # adc_misc_ctrl
    0x005C: 0x00000080,  # temp_ctrl
    0x0074: 0x00000002,  # iph_mirr_ctrl
    ROW_MASK + 4 * (ROW_MASK_WORDS - 1): ROW_MASK_LAST_RESERVED,
    ERC_REFERENCE_PERIOD: 0x80,
    ERC_TARGET_EVENT_RATE: 0x80,
    FORMAT_CTRL: 0xFFFF0001,
    0x7004: 0x00000400,  # edf/Reserved_7004, bit 10: external trigger
    0x9000: 0x00000208,  # readout_ctrl
    0x9004: 0x0000001E,  # ro_fsm_ctrl
    TIME_BASE_CTRL: 0x00000640,
}
