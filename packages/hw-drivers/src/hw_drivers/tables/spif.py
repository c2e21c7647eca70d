"""SPIF, the interface board of SpiNNaker: ports and words.

Source: spif, spiffer (CERN-OHL-P v2; facts only). Words are little-endian, as the board's own
processor writes them; this has not been seen on a board.
"""

PORT = 3333  # of pipe 0; pipe 1 has the next one
SIZE = (640, 480)  # when nothing else is said: the words tell no size
START = 0x5EC00051  # sent to the board: send the events of the output to me
STOP = 0x5EC00050
BATCH_EVENTS = 256  # that the board takes in one datagram
KEEP_ALIVE_S = 1.0  # a start word is sent again after this long, in case the board was restarted


def word(value: int) -> bytes:
    """Return a word as it is sent.

    Example:
        >>> word(START).hex(" ")
        '51 00 c0 5e'
    """
    return value.to_bytes(4, "little")
