"""Inputs that stream until they are stopped: UDP, cameras on USB, Speck and other ZeroMQ peers."""

from collections.abc import Sequence

from aestream_io._errors import EventError, UriError
from aestream_io.compat.aestream._stream import StreamInput
from aestream_io.compat.aestream._values import Camera
from aestream_io.sources._registry import open_source, schemes
from aestream_io.sources.base import Source
from aestream_io.sources.udp import UdpSource

__all__ = ["SpeckInput", "UDPInput", "USBInput", "ZMQInput"]

SPECK_SHAPE = (128, 128)
# Schemes of hw-drivers, in the order in which they are tried.
_CAMERAS = {
    Camera.Inivation: ("davis346", "dvxplorer"),
    Camera.Prophesee: ("evk4",),
}


class UDPInput(StreamInput):
    """Events received over UDP in SPIF words, with timestamps or without.

    Args:
        shape: (width, height) of the frames, or (width, height, 2) with polarity last.
        device: where torch and JAX put the frames.
        port: UDP port listened on, at all addresses of this machine.
    """

    def __init__(self, shape: Sequence[int], device: str = "cpu", port: int = 3333) -> None:
        super().__init__(shape, device)
        self.port = port

    def open_source(self) -> Source:
        """Listen on the port."""
        source = UdpSource("0.0.0.0", self.port, size=(self.shape[0], self.shape[1]))
        self.port = source.port
        return source


class USBInput(StreamInput):
    """Events of a camera on USB; needs hw-drivers.

    Args:
        shape: (width, height) of the frames, or (width, height, 2) with polarity last.
        device: where torch and JAX put the frames.
        camera: a maker, or the address of one camera such as "evk4:00051234" or "emulated:evk4";
            None takes the first camera found.
        serial: serial number of the camera, None for any.

    Raises:
        EventError: at the start: no camera is at hand, or hw-drivers is not installed.
    """

    def __init__(
        self,
        shape: Sequence[int],
        device: str = "cpu",
        camera: Camera | str | None = None,
        serial: str | None = None,
    ) -> None:
        super().__init__(shape, device)
        self._camera = camera
        self._serial = serial or ""

    def open_source(self) -> Source:
        """Open the camera."""
        if isinstance(self._camera, str):
            return open_source(self._camera)
        makers = list(Camera) if self._camera is None else [self._camera]
        known = schemes()
        wanted = [name for maker in makers for name in _CAMERAS[maker] if name in known]
        if not wanted:
            raise EventError(
                "USBInput: no camera drivers are installed; install them with: "
                "pip install 'aestream-io[hw]'"
            )
        failures = []
        for name in wanted:
            try:
                return open_source(f"{name}:{self._serial}")
            except UriError:
                raise
            except Exception as error:  # drivers raise errors of their own
                failures.append(str(error))
        raise EventError(f"USBInput: no camera can be opened: {'; '.join(failures)}")


class ZMQInput(StreamInput):
    """Events received over ZeroMQ; needs the extra `zmq`.

    Args:
        address: where to connect to, or a bind address such as "tcp://0.0.0.0:40001".
        shape: (width, height) of the frames, or (width, height, 2) with polarity last.
        device: where torch and JAX put the frames.
    """

    def __init__(
        self,
        address: str = "tcp://0.0.0.0:40001",
        shape: Sequence[int] = SPECK_SHAPE,
        device: str = "cpu",
    ) -> None:
        if not isinstance(address, str):
            raise TypeError(
                f"address: expected a text such as 'tcp://0.0.0.0:40001', got {address!r}; the "
                "shape comes behind it"
            )
        super().__init__(shape, device)
        self.address = address

    def open_source(self) -> Source:
        """Connect to the sender."""
        width, height = self.shape[:2]
        return open_source(f"zmq:{self.address}?format=speck&size={width}x{height}")


class SpeckInput(ZMQInput):
    """Events of a SynSense Speck, as its host program publishes them over ZeroMQ.

    Args:
        address: see `ZMQInput`.
        shape: (width, height) of the frames; the chip has 128 x 128 pixels.
        device: see `ZMQInput`.
    """
