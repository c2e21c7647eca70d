"""Event streams over the network: layouts of messages, UDP in and UDP out.

Layouts by name (`FORMATS`):

- `"spif"`: little-endian words of 32 bit, bit 31 = no timestamp, bits 30 to 16 x, bit 15 polarity,
  bits 14 to 0 y; after a word whose bit 31 is 0 comes the time in microseconds. What SpiNNaker's
  SPIF boards and AEStream speak.
- `"spif-untimed"`: the same, sent without timestamps (half as long). Both are read alike, event by
  event: an event without a timestamp gets its time of arrival. So does a last event that announces
  a timestamp and brings none; its message counts as malformed.
- `"t64_x16_y16_on8"`, `"t32_x16_y15_on1"`: faery's two layouts, by their names there. Little-endian
  rows of uint64 t, uint16 x, uint16 y, uint8 polarity (13 bytes), or of uint32 t, uint16 x, uint16
  with y in bits 15 to 1 and polarity in bit 0 (8 bytes).
- `"speck"`: rows of 8 bytes: uint8 polarity, uint8 y, uint8 x, padding, little-endian uint32 t, as
  hosts of SynSense's Speck publish them and AEStream reads them.
- `"jaer"`: datagrams of jAER, big-endian: uint32 number of the datagram, then rows of uint32
  address ([30:22] y counted upwards, [21:12] x, [11] polarity, as DAVIS cameras have it) and uint32
  t. It needs messages: a plain stream of bytes (`STREAM_FORMATS`) cannot carry it.
- `"text"`: lines `t,x,y,p`.
- `"frame"`: this project's own, which also carries the sensor's size, the origin of time, numbers
  that tell what was lost, and check sums. Little-endian; a header of 64 bytes:

  | offset | type | meaning |
  |---|---|---|
  | 0 | 4 x uint8 | `NEVS` |
  | 4 | uint8 | version: 1 |
  | 5 | uint8 | rows: 1 = short, 2 = long |
  | 6 | uint16 | length of the header: 64 |
  | 8 | uint32 | width of the sensor, 1 to 65536 |
  | 12 | uint32 | height of the sensor |
  | 16 | int64 | absolute time of t = 0 in microseconds; -2^63: not known |
  | 24 | uint64 | frames sent before this one |
  | 32 | uint64 | events sent before this frame |
  | 40 | int64 | base: the smallest t of the frame |
  | 48 | uint32 | number of rows, at most 2^22 |
  | 52 | uint32 | bytes of all rows |
  | 56 | uint32 | CRC-32 of the rows, as zlib computes it |
  | 60 | uint32 | CRC-32 of the bytes 0 to 59 |

  then the rows: short ones of uint32 t - base, uint16 x, uint16 with polarity in bit 15 and y in
  bits 14 to 0; long ones of int64 t, uint16 x, uint16 y, uint8 polarity.

Times of 32 bit are extended: they go on across the wrap of the counter every 71.6 minutes.
"""

from neuro_kernels.stream._errors import StreamError
from neuro_kernels.stream._messages import (
    FORMATS,
    STREAM_FORMATS,
    MessageDecoder,
    MessageEncoder,
    encode_message,
)
from neuro_kernels.stream._udp import UdpReceiver, UdpReceiverStats, UdpSender, UdpSenderStats

__all__ = [
    "FORMATS",
    "STREAM_FORMATS",
    "MessageDecoder",
    "MessageEncoder",
    "StreamError",
    "UdpReceiver",
    "UdpReceiverStats",
    "UdpSender",
    "UdpSenderStats",
    "encode_message",
]
