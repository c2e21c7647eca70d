"""Driver of the Prophesee EVK4 and its relatives with an IMX636 on a Treuzell board."""

import dataclasses

from hw_drivers.device import Device
from hw_drivers.devices import imx636_filters as filters
from hw_drivers.devices import imx636_image as image
from hw_drivers.devices.evk4_config import Evk4Config
from hw_drivers.devices.imx636_monitor import Monitor
from hw_drivers.discovery import DeviceInfo
from hw_drivers.errors import ConfigError, HardwareError, ProtocolError
from hw_drivers.tables import imx636_registers as reg
from hw_drivers.tables import imx636_sequences as sequences
from hw_drivers.tables import treuzell as tz
from hw_drivers.tables.imx636_biases import BIASES, READ_BURSTS
from hw_drivers.transport.interface import Transport
from hw_drivers.treuzell import TreuzellClient
from hw_drivers.words.evt3 import Evt3Stream

__all__ = ["Evk4"]

# First words of the sensor's compatible strings; OpenEB, imx636_tz_device.cpp.
_COMPATIBLE = ("psee,ccam5_imx636", "psee,ccam5_gen42")


class Evk4(Device[Evk4Config]):
    """An EVK4 that is open."""

    config_type = Evk4Config

    @classmethod
    def serial_of(cls, transport: Transport, info: DeviceInfo) -> str | None:
        """Return the board's serial number; the USB descriptor may lack it."""
        return f"{TreuzellClient(transport).number(tz.SERIAL):08x}"

    def factory_biases(self) -> dict[str, int]:
        """Return the bias values (0 to 255) that the chip held after initialisation, by name.

        Example:
            >>> import hw_drivers
            >>> with hw_drivers.open("emulated:evk4?realtime=0") as device:
            ...     device.factory_biases()["diff_on"]
            102
        """
        return dict(self._factory)

    def _open(self) -> DeviceInfo:
        self._board = TreuzellClient(self._transport)
        self._monitor = Monitor(self._board)
        self._rate_tables_loaded = False
        self._clock = "internal"
        serial = f"{self._board.number(tz.SERIAL):08x}"
        version = self._board.number(tz.RELEASE_VERSION)
        compatible = self._board.texts(tz.DEVICE_COMPATIBLE)
        if not set(compatible) & set(_COMPATIBLE):
            raise ProtocolError(
                f"{self._info.uri}: expected a sensor that is compatible with "
                f"{' or '.join(_COMPATIBLE)}, got {', '.join(compatible) or 'nothing'}; this "
                "driver is for the IMX636"
            )
        self._board.run(sequences.INIT)
        words: dict[int, int] = {}
        for first, count in READ_BURSTS:
            values = self._board.read(first, count)
            words.update((first + 4 * i, value) for i, value in enumerate(values))
        self._factory = {b.name: words[b.address] & reg.BIAS_VALUE_MASK for b in BIASES}
        self._apply(Evk4Config(), self._config, verify=False)
        firmware = f"{version >> 16 & 0xFF}.{version >> 8 & 0xFF}.{version & 0xFF}"
        uri = self._info.uri if self._emulator is not None else f"evk4:{serial}"
        return dataclasses.replace(
            self._info, uri=uri, serial=serial, firmware=firmware, size=_SIZE
        )

    def temperature(self) -> float:
        """Return the sensor's temperature in degrees Celsius.

        Example:
            >>> import hw_drivers
            >>> with hw_drivers.open("emulated:evk4?realtime=0") as device:
            ...     round(device.temperature())
            35
        """
        with self._counting():
            return self._monitor.temperature()

    def illuminance(self) -> float:
        """Return the light on the sensor in lux, by the maker's formula."""
        with self._counting():
            return self._monitor.illuminance()

    def _start(self) -> None:
        if self._config.clock != self._clock:
            filters.set_clock(self._board, self._config.clock)
            self._clock = self._config.clock
        self._transport.start_stream(tz.DATA_IN)
        self._board.run(sequences.START)

    def _stop(self) -> None:
        self._board.run(sequences.STOP)
        self._transport.stop_stream()

    def _shut_down(self) -> None:
        # Whether the reset of the next start brings the factory values back is not known.
        self._board.write_many(self._bias_writes(self._config, Evk4Config()))
        self._board.run(sequences.DESTROY)

    def _apply(self, before: Evk4Config, after: Evk4Config, *, verify: bool) -> None:
        # All values are worked out first: a configuration that cannot be is refused as a whole.
        if self._running and after.clock != before.clock:
            raise ConfigError(
                f"{self._info.uri}: the clock cannot change while the camera sends; call stop() "
                "before"
            )
        writes = self._bias_writes(before, after)
        writes += image.spanned(image.line_masks(before.roi), image.line_masks(after.roi))
        lines_changed = any(address >= reg.COLUMN_MASK for address, _ in writes)
        mode = image.roi_mode_bit(after.roi)
        mode_changed = mode != image.roi_mode_bit(before.roi)
        pixels = image.spanned(image.pixel_masks(before.roi), image.pixel_masks(after.roi))
        self._board.write_many(writes)
        if lines_changed or mode_changed:
            self._trigger_masks(mode)
        self._board.write_many(pixels)
        if before.rate_limit != after.rate_limit:
            self._limit_rate(after)
        if before.crop != after.crop:
            filters.set_crop(self._board, after.crop)
        if before.anti_flicker != after.anti_flicker:
            filters.set_anti_flicker(self._board, after.anti_flicker)
        if before.trail != after.trail:
            filters.set_trail_filter(self._board, after.trail)
        if before.trigger_in != after.trigger_in:
            filters.set_trigger_in(self._board, after.trigger_in)
        if verify:
            self._verify(writes + pixels)

    def _bias_writes(self, before: Evk4Config, after: Evk4Config) -> list[tuple[int, int]]:
        return image.changed(
            image.bias_words(before.bias, self._factory),
            image.bias_words(after.bias, self._factory),
        )

    def _trigger_masks(self, mode: int) -> None:
        """Make the masks effective; the trigger bit clears itself and is not kept as known."""
        bits = reg.ROI_RONI_N_EN | reg.ROI_SHADOW_TRIGGER
        self._board.write_field(reg.ROI_CTRL, bits, mode | reg.ROI_SHADOW_TRIGGER)
        self._board.assume(reg.ROI_CTRL, reg.ROI_SHADOW_TRIGGER, 0)

    def _limit_rate(self, config: Evk4Config) -> None:
        """Order of OpenEB, Gen41Erc: tables first, then the switches."""
        if config.rate_limit is None:
            self._board.write(reg.ERC_T_DROPPING, [0])
            return
        count = image.erc_count(config)
        if self._rate_tables_loaded:
            self._board.write(reg.ERC_TARGET_EVENT_RATE, [count])
        else:
            self._board.write_many(image.erc_set_up(count))
            self._rate_tables_loaded = True
        self._board.write(reg.ERC_T_DROPPING, [1])

    def _verify(self, writes: list[tuple[int, int]]) -> None:
        for address, value in writes:
            got = self._board.read(address)[0]
            if got != value:
                raise HardwareError(
                    f"{self._info.uri}: register 0x{address:X} holds 0x{got:08X} after "
                    f"0x{value:08X} was written; set the configuration again"
                )

    def _new_decoder(self) -> Evt3Stream:
        return Evt3Stream(_SIZE)

    def _raw_header(self, date: str) -> bytes:
        width, height = _SIZE
        lines = [
            f"Date {date}",
            "evt 3.0",
            f"format EVT3;height={height};width={width}",
            "generation 4.2",
            f"geometry {width}x{height}",
            "integrator_name Prophesee",
            f"serial_number {self._info.serial}",
            "end",
        ]
        return "".join(f"% {line}\n" for line in lines).encode()


_SIZE = (reg.WIDTH, reg.HEIGHT)
