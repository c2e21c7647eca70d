"""The event link of hosts of a Speck: address, header, rows.

Rows of 8 bytes: polarity u8, y u8, x u8, padding, time u32 little-endian in microseconds, behind a
first message part "V". This is the layout that AEStream reads; the maker documents none, and it has
not been seen on a board.
"""

ADDRESS = "tcp://127.0.0.1:40001"
HEADER = b"V"
SIZE = (128, 128)
START, STOP = b"\x01", b"\x00"  # of the link in this process: subscribe and unsubscribe
