"""Words of the chip links: what `neuro_kernels.stream` reads, as a stream of transfers."""

from hw_drivers.packet import Decoded
from neuro_kernels.codecs import DecodeCounts
from neuro_kernels.stream import MessageDecoder

__all__ = ["MessageStream"]


class MessageStream:
    """Decodes transfers one after the other; each row holds its own place and time.

    Args:
        size: (width, height) of the sensor.
        format: name of the layout, "spif" or "speck".

    Example:
        >>> stream = MessageStream((640, 480), "spif")
        >>> stream.feed(bytes.fromhex("02800100 07000000")).events.x.tolist()
        [1]
    """

    def __init__(self, size: tuple[int, int], format: str) -> None:
        self._decoder = MessageDecoder(size, format=format)
        self._bytes = 0
        self.skipped_bytes = 0

    @property
    def report(self) -> DecodeCounts:
        """What became of the bytes up to now."""
        return DecodeCounts(
            bytes_read=self._bytes,
            events=self._decoder.events,
            out_of_range=self._decoder.out_of_range,
            unknown_words=self._decoder.malformed,
        )

    def feed(self, data: bytes, *, after_gap: bool = False) -> Decoded:
        """Decode one transfer; what was lost before it leaves whole rows."""
        self._bytes += len(data)
        return Decoded(self._decoder.feed(data))
