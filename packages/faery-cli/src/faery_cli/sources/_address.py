"""Streams by address: networks, devices, generated scenes."""

import signal
import threading
from collections.abc import Iterator
from typing import Any

from faery_cli.errors import MissingError, UsageError
from faery_cli.operation import Packet
from faery_cli.sources._base import input_error

__all__ = ["AddressSource"]


class AddressSource:
    """A stream that aestream-io opens by its address, such as `udp:0.0.0.0:3333`.

    A live one ends after `for_us` of the wall clock, or at the first Ctrl-C; what came until then
    is kept. A second Ctrl-C interrupts.

    Args:
        address: see `aestream_io.open`.
        for_us: how long a live one is listened to, in microseconds; None for ever.
    """

    def __init__(self, address: str, *, for_us: int | None = None) -> None:
        from aestream_io.uri import parse_uri

        self.name = self.address = address
        self._for_us = for_us
        uri = parse_uri(address)
        # What is generated is the same each time; a network or a camera is not.
        self.again = uri.scheme in ("synth", "file")
        self.live = not self.again
        self.finite = (
            uri.scheme == "file"
            or (uri.scheme == "synth" and "duration" in uri.values)
            or for_us is not None
        )

    def open(self) -> "_OpenAddress":
        """Open it.

        Raises:
            UsageError: an unknown scheme or option.
            MissingError: the device or the package that serves it is not there.
            InputError: it cannot be opened.
        """
        import aestream_io

        try:
            source = aestream_io.open(self.address)
            return _OpenAddress(source, None if self._for_us is None else self._for_us / 1e6)
        except aestream_io.UriError as error:
            if "install" in str(error):
                raise MissingError(str(error)) from error
            raise UsageError(str(error)) from error
        except (OSError, aestream_io.EventError) as error:
            found = input_error(self.name, error)
            if self.live and isinstance(error, OSError) and error.errno is None:
                raise MissingError(found.message) from error  # no word of the system: a device's
            raise found from error


class _OpenAddress:
    def __init__(self, source: Any, for_s: float | None) -> None:
        self._source = source
        self._timer: threading.Timer | None = None
        self._old_handler: Any = None
        if not source.live:
            return
        if for_s is not None:
            self._timer = threading.Timer(for_s, source.close)
            self._timer.daemon = True
            self._timer.start()
        if threading.current_thread() is threading.main_thread():
            self._old_handler = signal.signal(signal.SIGINT, self._stop)

    def _stop(self, *_: Any) -> None:
        self._restore()
        self._source.close()

    def _restore(self) -> None:
        if self._old_handler is not None:
            signal.signal(signal.SIGINT, self._old_handler)
            self._old_handler = None

    @property
    def size(self) -> tuple[int, int]:
        return self._source.size

    @property
    def stats(self) -> Any:
        return self._source.stats

    def __enter__(self) -> "_OpenAddress":
        return self

    def __exit__(self, *_: Any) -> None:
        self._restore()
        if self._timer is not None:
            self._timer.cancel()
        self._source.close()

    def __iter__(self) -> Iterator[Packet]:
        from aestream_io import EventError

        try:
            for events in self._source:
                yield Packet(events)
        except (OSError, EventError) as error:
            raise input_error(self._source.name, error) from error

    def problems(self) -> str:
        stats = self._source.stats
        parts = []
        if stats.lost_packets or stats.lost_events:
            parts.append(f"{stats.lost_packets} packets with {stats.lost_events} events were lost")
        if stats.out_of_range:
            parts.append(f"{stats.out_of_range} events outside the sensor were left out")
        if stats.malformed:
            parts.append(f"{stats.malformed} malformed messages were left out")
        return ", ".join(parts)

    def done(self) -> float | None:
        return None
