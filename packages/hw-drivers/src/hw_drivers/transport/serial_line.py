"""The settings of a serial line on Linux and macOS: raw bytes, 8N1, RTS/CTS, any speed."""

import errno
import os
import struct
import sys

if sys.platform != "win32":
    import fcntl
    import termios

__all__ = ["open_line", "set_speed"]

# Linux, asm-generic/termbits.h: speeds that have no constant are set as numbers.
_TCGETS2, _TCSETS2 = 0x802C542A, 0x402C542B
_TERMIOS2 = struct.Struct("=4IB19s2I")  # iflag, oflag, cflag, lflag, line, cc, ispeed, ospeed
_CBAUD, _BOTHER = 0o010017, 0o010000
_IOSSIOSPEED = 0x80085402  # macOS, IOKit/serial/ioss.h


def open_line(path: str) -> int:
    """Open a serial line without waiting and put it into raw mode; return its descriptor.

    Raises:
        OSError: it cannot be opened, or is no serial line.
    """
    descriptor = os.open(path, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        settings = termios.tcgetattr(descriptor)
        settings[0] = settings[1] = settings[3] = 0  # nothing is translated, no echo, no signals
        settings[2] = termios.CS8 | termios.CREAD | termios.CLOCAL | termios.CRTSCTS
        settings[6][termios.VMIN], settings[6][termios.VTIME] = 0, 0
        termios.tcsetattr(descriptor, termios.TCSANOW, settings)
        termios.tcflush(descriptor, termios.TCIOFLUSH)
    except termios.error as error:
        os.close(descriptor)
        raise OSError(error.args[0], f"{error.args[1]} (is it a serial line?)") from None
    except BaseException:
        os.close(descriptor)
        raise
    return descriptor


def set_speed(descriptor: int, baud: int) -> None:
    """Set the speed of a line in bits per second.

    Raises:
        OSError: the line does not take it.
    """
    if sys.platform == "darwin":
        try:
            fcntl.ioctl(descriptor, _IOSSIOSPEED, struct.pack("L", baud))
        except OSError as error:
            if error.errno != errno.ENOTTY:  # a pseudo-terminal has no speed
                raise
        return
    held = fcntl.ioctl(descriptor, _TCGETS2, bytes(_TERMIOS2.size))
    iflag, oflag, cflag, lflag, line, characters, _, _ = _TERMIOS2.unpack(held)
    cflag = cflag & ~_CBAUD | _BOTHER
    wanted = _TERMIOS2.pack(iflag, oflag, cflag, lflag, line, characters, baud, baud)
    fcntl.ioctl(descriptor, _TCSETS2, wanted)
