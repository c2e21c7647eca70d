"""Driver of the Prophesee EVK2 with an IMX636."""

from hw_drivers.devices.evk2_config import Evk2Config
from hw_drivers.devices.hd_camera import HdCamera
from hw_drivers.discovery import DeviceInfo
from hw_drivers.errors import ProtocolError
from hw_drivers.tables import evk2 as table
from hw_drivers.tables.hd_sensors import EVK2_IMX636

__all__ = ["Evk2"]

_SYNC = {
    "internal": table.EXT_SYNC_MASTER,
    "primary": table.EXT_SYNC_MASTER | table.ENABLE_EXT_SYNC,
    "secondary": table.EXT_SYNC_MASTER_SEL,
}


class Evk2(HdCamera[Evk2Config]):
    """An EVK2 that is open: the board has time base, trigger input and trigger output."""

    config_type = Evk2Config
    sensor = EVK2_IMX636

    def _open(self) -> DeviceInfo:
        info = super()._open()
        system = self._board.read(table.SYSTEM_ID)[0]
        if system != table.SYSTEM_IMX636:
            raise ProtocolError(
                f"{self._info.uri}: expected the board number 0x{table.SYSTEM_IMX636:X} of an EVK2 "
                f"with IMX636, got 0x{system:X}; this driver is for that one only"
            )
        # The board's channels are off after its reset; the configuration says they are on.
        self._set_channels(self._config)
        return info

    def _apply_board(self, before: Evk2Config, after: Evk2Config) -> None:
        channels = [(c.trigger_in, c.trigger_loopback) for c in (before, after)]
        if channels[0] != channels[1]:
            self._set_channels(after)
        wave = after.trigger_out
        if before.trigger_out == wave:
            return
        plug = table.SYNC_OUT_MODE | table.SYNC_OUT_EN_HSIDE
        if not wave.enabled:
            self._board.write(table.TRIGGER_OUT_ENABLE, [0])
            self._board.write_field(table.IO_CONTROL, plug, 0)
            return
        self._board.write(table.TRIGGER_OUT_PERIOD, [wave.period_us, wave.width_us])
        on = table.SYNC_OUT_TRIGGER | table.SYNC_OUT_EN_HSIDE
        self._board.write_field(table.IO_CONTROL, plug, on)
        self._board.write(table.TRIGGER_OUT_ENABLE, [1])

    def _set_channels(self, config: Evk2Config) -> None:
        wanted = table.TRIGGER_MAIN if config.trigger_in else 0
        wanted |= table.TRIGGER_LOOPBACK if config.trigger_loopback else 0
        both = table.TRIGGER_MAIN | table.TRIGGER_LOOPBACK
        self._board.write_field(table.TRIGGER_ENABLE, both, wanted)

    def _set_clock(self, clock: str) -> None:
        bits = table.EXT_SYNC_MODE | table.EXT_SYNC_ENABLE | table.ENABLE_CAM_SYNC | _SYNC[clock]
        self._board.write_field(
            table.TIME_BASE_CONTROL, table.TIME_BASE_DRIVEN | table.TIME_BASE_ENABLE, bits
        )
        if self._config.trigger_out.enabled:
            return  # the plug belongs to the trigger output
        plug = table.SYNC_OUT_MODE | table.SYNC_OUT_EN_HSIDE
        on = table.SYNC_OUT_EN_HSIDE if clock == "primary" else 0
        self._board.write_field(table.IO_CONTROL, plug, on)
