"""Driver of the cameras with 1280 x 720 pixels on Treuzell boards: what all of them share."""

import dataclasses
from typing import ClassVar, TypeVar

from hw_drivers.device import Device, StreamDecoder
from hw_drivers.devices import imx636_filters as filters
from hw_drivers.devices import imx636_image as image
from hw_drivers.devices.hd_config import HdConfig, Roi
from hw_drivers.devices.imx636_monitor import Monitor
from hw_drivers.discovery import DeviceInfo
from hw_drivers.errors import ConfigError, HardwareError, ProtocolError
from hw_drivers.tables import imx636_filters as extra
from hw_drivers.tables import imx636_registers as reg
from hw_drivers.tables import treuzell as tz
from hw_drivers.tables.hd_sensors import HdSensor
from hw_drivers.transport.interface import Transport
from hw_drivers.treuzell import TreuzellClient
from hw_drivers.words.evt import evt_stream

__all__ = ["HdCamera", "firmware_text", "wrong_sensor"]

ConfigT = TypeVar("ConfigT", bound=HdConfig)

_SIZE = (reg.WIDTH, reg.HEIGHT)
# Bits that change by themselves after they were written.
_VOLATILE = {
    reg.ROI_CTRL: reg.ROI_SHADOW_TRIGGER,
    extra.AFK_INITIALIZATION: extra.INIT_DONE | extra.REQUEST_INIT,
    extra.STC_INITIALIZATION: extra.INIT_DONE | extra.REQUEST_INIT,
}


def wrong_sensor(wanted: tuple[str, ...], got: tuple[str, ...], what: str) -> str | None:
    """Return why a board's sensor does not fit a driver, or None when it does.

    Args:
        wanted: compatible strings of the driver.
        got: those of the board.
        what: name of the driver's sensor.
    """
    if set(wanted) & set(got):
        return None
    from hw_drivers.devices.sensors import scheme_of

    scheme = scheme_of(got)
    advice = f"; open it as {scheme}:" if scheme else ""
    return (
        f"expected a sensor that is compatible with {' or '.join(wanted)}, got "
        f"{', '.join(got) or 'nothing'}; this driver is for the {what}{advice}"
    )


def firmware_text(version: int) -> str:
    """Return a board's release version as it is printed."""
    return f"{version >> 16 & 0xFF}.{version >> 8 & 0xFF}.{version & 0xFF}"


class HdCamera(Device[ConfigT]):
    """Base of the drivers of these cameras; a subclass names its sensor and configuration."""

    sensor: ClassVar[HdSensor]

    @classmethod
    def serial_of(cls, transport: Transport, info: DeviceInfo) -> str | None:
        """Return the board's serial number; the USB descriptor may lack it."""
        return f"{TreuzellClient(transport).number(tz.SERIAL):08x}"

    @classmethod
    def misfit(cls, transport: Transport) -> str | None:
        """Return why the board's sensor is not one of this driver, or None when it is."""
        got = TreuzellClient(transport).texts(tz.DEVICE_COMPATIBLE)
        return wrong_sensor(cls.sensor.compatible, got, cls.sensor.name)

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
        sensor = self.sensor
        self._board = TreuzellClient(self._transport)
        self._chip = self._board.at(sensor.base)
        self._monitor = Monitor(self._chip)
        self._rate_tables_loaded = sensor.rate_tables
        self._clock = "internal"
        self._failed: list[ConfigT] = []
        serial = f"{self._board.number(tz.SERIAL):08x}"
        version = self._board.number(tz.RELEASE_VERSION)
        compatible = self._board.texts(tz.DEVICE_COMPATIBLE)
        misfit = wrong_sensor(sensor.compatible, compatible, sensor.name)
        if misfit:
            raise ProtocolError(f"{self._info.uri}: {misfit}")
        self._board.run(sensor.init)
        if not sensor.resets_masks:
            self._clear_masks()
        words: dict[int, int] = {}
        for first, count in sensor.bias_bursts:
            values = self._chip.read(first, count)
            words.update((first + 4 * i, value) for i, value in enumerate(values))
        self._factory = {b.name: words[b.address] & reg.BIAS_VALUE_MASK for b in sensor.biases}
        self._apply(self.config_type(), self._config, verify=False)
        uri = self._info.uri if self._emulator is not None else f"{sensor.scheme}:{serial}"
        return dataclasses.replace(
            self._info, uri=uri, serial=serial, firmware=firmware_text(version), size=_SIZE
        )

    def temperature(self) -> float:
        """Return the sensor's temperature in degrees Celsius.

        Raises:
            HardwareError: how to measure it is not known for this sensor.

        Example:
            >>> import hw_drivers
            >>> with hw_drivers.open("emulated:evk4?realtime=0") as device:
            ...     round(device.temperature())
            35
        """
        if not self.sensor.thermometer:
            raise HardwareError(
                f"{self._info.uri}: how the {self.sensor.name} measures its temperature is not "
                "known; use an IMX636 or GenX320 camera for that"
            )
        with self._counting():
            return self._monitor.temperature()

    def illuminance(self) -> float:
        """Return the light on the sensor in lux, by the maker's formula."""
        with self._counting():
            return self._monitor.illuminance()

    def _start(self) -> None:
        if self._config.clock != self._clock:
            self._set_clock(self._config.clock)
            self._clock = self._config.clock
        self._transport.start_stream(tz.DATA_IN)
        self._board.run(self.sensor.start)

    def _stop(self) -> None:
        self._board.run(self.sensor.stop)
        self._transport.stop_stream()

    def _shut_down(self) -> None:
        # Whether the reset of the next start brings the factory values back is not known.
        self._chip.write_many(self._bias_writes(self._config, self.config_type()))
        self._board.run(self.sensor.destroy)

    def _apply(self, before: ConfigT, after: ConfigT, *, verify: bool) -> None:
        # All values are worked out first: a configuration that cannot be is refused as a whole.
        for name in ("clock", "format"):
            if self._running and getattr(after, name, None) != getattr(before, name, None):
                raise ConfigError(
                    f"{self._info.uri}: the {name} cannot change while the camera sends; call "
                    "stop() before"
                )
        image.bias_words(self.sensor, after.bias, self._factory)  # pyright: ignore[reportAttributeAccessIssue]
        with self._board.journal() as written:
            try:
                # After an update that failed the registers are a mixture of what it began and ended
                # with: what differs from either is written.
                for earlier in (*self._failed, before):
                    self._write(earlier.in_sensor_coordinates(), after.in_sensor_coordinates())
                if verify:
                    base = self.sensor.base
                    ignored = {base + address: bits for address, bits in _VOLATILE.items()}
                    self._board.verify(written, ignored=ignored)
            except HardwareError:
                self._failed.append(after)
                raise
        self._failed.clear()

    def _write(self, before: ConfigT, after: ConfigT) -> None:
        """Write the difference of two configurations, in sensor coordinates."""
        biases = self._bias_writes(before, after)
        lines = image.spanned(image.line_masks(before.roi), image.line_masks(after.roi))
        mode = image.roi_mode_bit(after.roi)
        pixels = image.spanned(image.pixel_masks(before.roi), image.pixel_masks(after.roi))
        self._chip.write_many(biases + lines)
        if lines or mode != image.roi_mode_bit(before.roi):
            self._trigger_masks(mode)
        self._chip.write_many(pixels)
        if before.rate_limit != after.rate_limit:
            self._limit_rate(after)
        if before.crop != after.crop:
            filters.set_crop(self._chip, after.crop)
        if before.anti_flicker != after.anti_flicker:
            filters.set_anti_flicker(self._chip, after.anti_flicker)
        if before.trail != after.trail:
            filters.set_trail_filter(self._chip, after.trail, keeps_trail=self.sensor.keeps_trail)
        self._apply_board(before, after)

    def _apply_board(self, before: ConfigT, after: ConfigT) -> None:
        """Write what boards differ in."""
        if before.trigger_in != after.trigger_in:
            filters.set_trigger_in(self._chip, after.trigger_in)
        words = getattr(after, "format", "evt3")
        if words != getattr(before, "format", "evt3"):
            filters.set_format(self._chip, words)

    def _set_clock(self, clock: str) -> None:
        filters.set_clock(self._chip, clock)

    def _bias_writes(self, before: ConfigT, after: ConfigT) -> list[tuple[int, int]]:
        return image.changed(
            image.bias_words(self.sensor, before.bias, self._factory),  # pyright: ignore[reportAttributeAccessIssue]
            image.bias_words(self.sensor, after.bias, self._factory),  # pyright: ignore[reportAttributeAccessIssue]
        )

    def _trigger_masks(self, mode: int) -> None:
        """Make the masks effective; the trigger bit clears itself and is not kept as known."""
        bits = reg.ROI_RONI_N_EN | reg.ROI_SHADOW_TRIGGER
        self._chip.write_field(reg.ROI_CTRL, bits, mode | reg.ROI_SHADOW_TRIGGER)
        self._chip.assume(reg.ROI_CTRL, reg.ROI_SHADOW_TRIGGER, 0)

    def _clear_masks(self) -> None:
        """Open every line and pixel (OpenEB, Gen41ROICommand::reset_to_full_roi)."""
        everything = image.line_masks(Roi()) | image.pixel_masks(Roi())
        self._chip.write_many(sorted(everything.items()))
        self._trigger_masks(image.roi_mode_bit(Roi()))

    def _limit_rate(self, config: ConfigT) -> None:
        """Order of OpenEB, Gen41Erc: tables first, then the switches."""
        if config.rate_limit is None:
            self._chip.write(reg.ERC_T_DROPPING, [0])
            return
        count = image.erc_count(config)
        if self._rate_tables_loaded:
            self._chip.write(reg.ERC_TARGET_EVENT_RATE, [count])
        else:
            self._chip.write_many(image.erc_set_up(count))
            self._rate_tables_loaded = True
        self._chip.write(reg.ERC_T_DROPPING, [1])

    def _new_decoder(self) -> StreamDecoder:
        return evt_stream(getattr(self._config, "format", "evt3"), _SIZE, legacy=True)

    def _raw_header(self, date: str) -> bytes:
        width, height = _SIZE
        older = getattr(self._config, "format", "evt3") == "evt2.1"
        words = "EVT21" if older else "EVT3"
        order = ";endianness=legacy" if older else ""
        lines = [
            f"Date {date}",
            "evt 2.1" if older else "evt 3.0",
            f"format {words}{order};height={height};width={width}",
            f"generation {self.sensor.generation}",
            f"geometry {width}x{height}",
            "integrator_name Prophesee",
            f"serial_number {self._info.serial}",
            "end",
        ]
        return "".join(f"% {line}\n" for line in lines).encode()
