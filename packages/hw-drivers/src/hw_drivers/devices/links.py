"""The event links as devices: what a camera behind a board sends."""

import dataclasses
from typing import TypeVar

from hw_drivers.device import Device
from hw_drivers.devices.link_config import LinkConfig, SpeckConfig, SpifConfig
from hw_drivers.discovery import DeviceInfo
from hw_drivers.errors import ConfigError
from hw_drivers.recording.header import raw_header
from hw_drivers.tables import speck, spif
from hw_drivers.words.messages import MessageStream

__all__ = ["Link", "Speck", "Spif"]

LinkConfigT = TypeVar("LinkConfigT", bound=LinkConfig)


class Link(Device[LinkConfigT]):
    """Base of the links: nothing is set at the other end but whether it sends."""

    format: str
    start_word: bytes
    stop_word: bytes

    def _open(self) -> DeviceInfo:
        return dataclasses.replace(self._info, size=self._config.size)

    def _start(self) -> None:
        self._transport.start_stream(0)
        self._transport.bulk_out(0, self.start_word)

    def _stop(self) -> None:
        self._transport.bulk_out(0, self.stop_word)
        self._transport.stop_stream()

    def _shut_down(self) -> None:
        """The other end goes on without us."""

    def _apply(self, before: LinkConfigT, after: LinkConfigT, *, verify: bool) -> None:
        if before != after:
            raise ConfigError(
                f"{self._info.uri}: the size of the sensor is fixed while the link is open; close "
                "it and open it again"
            )

    def _new_decoder(self) -> MessageStream:
        return MessageStream(self._config.size, self.format)

    def _raw_header(self, date: str) -> bytes:
        return raw_header(self.format, self._config.size, date)


class Spif(Link[SpifConfig]):
    """A SPIF board that sends events over UDP."""

    config_type = SpifConfig
    format = "spif"
    start_word = spif.word(spif.START)
    stop_word = spif.word(spif.STOP)


class Speck(Link[SpeckConfig]):
    """A host of a Speck that publishes events over ZeroMQ."""

    config_type = SpeckConfig
    format = "speck"
    start_word = speck.START
    stop_word = speck.STOP
