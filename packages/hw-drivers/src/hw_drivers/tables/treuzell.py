"""Properties and flags of the Treuzell control protocol.

Source of every value: OpenEB, hal_psee_plugins, treuzell_command_definition.h and
tz_libusb_board_command.cpp (Apache-2.0; see NOTICE).
"""

READ_REGISTER_LEGACY = 0x55
WRITE_REGISTER_LEGACY = 0x56
FPGA_STATE = 0x71
SERIAL = 0x72  # u64, u32 on some boards; shown as hexadecimal, 8 digits
RELEASE_VERSION = 0x79  # u32
BUILD_DATE = 0x7A  # u64, seconds since 1970
DEVICES = 0x10000  # u32, number of devices behind the board
DEVICE_NAME = 0x10001  # u32 device -> u32 device, text with a zero byte at its end
DEVICE_INTERFACE_FREQUENCY = 0x10002
DEVICE_COMPATIBLE = 0x10003  # u32 device -> u32 device, texts, each with a zero byte at its end
DEVICE_ENABLE = 0x10010
DEVICE_REGISTER = 0x10102  # u32 device, address, count -> u32 device, address, values
DEVICE_STREAM = 0x10200
DEVICE_OUTPUT_FORMAT = 0x10201

WRITE = 0x40000000  # added to a property to write it
FAILURE = 0x80000000  # added by the device to the property of a failed command
UNKNOWN_COMMAND = 0x80000000  # the whole property when the device does not know the command

MAX_FRAME_BYTES = 1024  # largest answer (TZ_MAX_ANSWER_SIZE); kept for requests as well

CONTROL_IN = 0x82  # endpoints of EVK3 and EVK4, in the order of their descriptors
CONTROL_OUT = 0x02
DATA_IN = 0x81
TIMEOUT_S = 1.0
