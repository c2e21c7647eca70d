"""The eDVS-4337 and the meDVS128: commands and speeds of the serial line.

Source: libcaer, edvs.c (BSD-2-Clause). See NOTICE. The chip is that of the DVS128.
"""

from hw_drivers.tables.dvs128 import BIASES, SIZE

__all__ = ["BIASES", "SIZE"]

BAUDS = (12_000_000, 8_000_000, 4_000_000, 2_000_000)  # tried in this order
NAMES = ("EDVS-4337", "meDVS128")  # one of them is in the banner that follows a reset

RESET = b"R\n"
NO_ECHO = b"!U0\n"
FORMAT_E2 = b"!E2\n"
FLUSH_BIASES = b"!BF\n"
RESET_TIME = b"!ET0\n"
START = b"E+\n"
STOP = b"E-\n"

FLUSH_US = 50_000  # for the answer to an empty line
RESET_US = 400_000  # for the banner
POLL_US = 10_000

FTDI = ("0403", "6014")  # USB numbers of its serial converter, as of many other devices
