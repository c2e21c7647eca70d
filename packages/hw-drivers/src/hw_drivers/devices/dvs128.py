"""Driver of the iniVation DVS128."""

import dataclasses

from hw_drivers.device import Device
from hw_drivers.devices.dvs128_config import Dvs128Config
from hw_drivers.discovery import DeviceInfo
from hw_drivers.errors import HardwareError
from hw_drivers.recording.header import raw_header
from hw_drivers.tables import dvs128 as table
from hw_drivers.words.dvs128 import Dvs128Stream

__all__ = ["Dvs128"]


class Dvs128(Device[Dvs128Config]):
    """A DVS128 that is open. Nothing of it can be read back."""

    config_type = Dvs128Config

    def _open(self) -> DeviceInfo:
        self._unsure = False
        self._request(table.REQUEST_STOP)
        self._write(self._config)
        self._request(table.REQUEST_PRIMARY, int(self._config.primary))
        return dataclasses.replace(self._info, size=table.SIZE)

    def _start(self) -> None:
        self._transport.start_stream(table.DATA_IN)
        self._request(table.REQUEST_RESET_ARRAY)
        self._request(table.REQUEST_RESET_TIME)
        self._request(table.REQUEST_START)

    def _stop(self) -> None:
        self._request(table.REQUEST_STOP)
        self._transport.stop_stream()

    def _shut_down(self) -> None:
        self._request(table.REQUEST_STOP)

    def _apply(self, before: Dvs128Config, after: Dvs128Config, *, verify: bool) -> None:
        if verify:
            raise HardwareError(
                f"{self._info.uri}: a DVS128 cannot be read back; update it without verify"
            )
        # After an update that failed half way it is not known what the camera holds.
        unsure, self._unsure = self._unsure, True
        if before.bias != after.bias or unsure:
            self._write(after)
        if before.primary != after.primary or unsure:
            self._request(table.REQUEST_PRIMARY, int(after.primary))
        self._unsure = False

    def _new_decoder(self) -> Dvs128Stream:
        return Dvs128Stream(table.SIZE)

    def _raw_header(self, date: str) -> bytes:
        return raw_header("dvs128", self.size, date)

    def _write(self, config: Dvs128Config) -> None:
        data = b"".join(value.to_bytes(3, "big") for value in config.bias.values())
        self._transport.control_out(table.REQUEST_BIASES, 0, 0, data)

    def _request(self, request: int, value: int = 0) -> None:
        self._transport.control_out(request, value, 0, b"")
