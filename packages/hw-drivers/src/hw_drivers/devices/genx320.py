"""Driver of cameras with a GenX320 (ES silicon) on a Treuzell board."""

import dataclasses

from hw_drivers.device import Device, StreamDecoder
from hw_drivers.devices import genx320_filters as filters
from hw_drivers.devices.genx320_config import GenX320Biases, GenX320Config
from hw_drivers.devices.hd_camera import firmware_text, wrong_sensor
from hw_drivers.devices.imx636_image import changed, spanned
from hw_drivers.discovery import DeviceInfo
from hw_drivers.errors import ConfigError, HardwareError, ProtocolError
from hw_drivers.tables import genx320 as reg
from hw_drivers.tables import genx320_sequences as sequences
from hw_drivers.tables import imx636_filters as fields
from hw_drivers.tables import treuzell as tz
from hw_drivers.transport.interface import Transport
from hw_drivers.treuzell import TreuzellClient
from hw_drivers.words.evt import evt_stream

__all__ = ["GenX320"]

_SIZE = (reg.WIDTH, reg.HEIGHT)
_INIT_FLAGS = fields.INIT_DONE | fields.REQUEST_INIT
# Bits that change by themselves after they were written.
_VOLATILE = {
    reg.ROI_CTRL: reg.ROI_SHADOW_TRIGGER,
    reg.ROI_MASTER_CTRL: reg.ROI_MASTER_RUN | 0x3 << 16,
    reg.ERC_DROPPING: reg.ERC_STATUS,
    reg.ERC_FIFO_BYPASS: reg.ERC_STATUS,
    reg.AFK_INITIALIZATION: _INIT_FLAGS,
    reg.STC_INITIALIZATION: _INIT_FLAGS,
} | {bias.address: reg.BIAS_SINGLE for bias in reg.BIASES}


class GenX320(Device[GenX320Config]):
    """A camera with a GenX320 that is open."""

    config_type = GenX320Config

    @classmethod
    def serial_of(cls, transport: Transport, info: DeviceInfo) -> str | None:
        """Return the board's serial number; the USB descriptor may lack it."""
        return f"{TreuzellClient(transport).number(tz.SERIAL):08x}"

    @classmethod
    def misfit(cls, transport: Transport) -> str | None:
        """Return why the board's sensor is not one of this driver, or None when it is."""
        got = TreuzellClient(transport).texts(tz.DEVICE_COMPATIBLE)
        return wrong_sensor(reg.COMPATIBLE, got, "GenX320")

    def factory_biases(self) -> dict[str, int]:
        """Return the bias values (0 to 127) that the chip held after initialisation, by name.

        Example:
            >>> import hw_drivers
            >>> with hw_drivers.open("emulated:genx320?realtime=0") as device:
            ...     device.factory_biases()["diff_on"]
            40
        """
        return dict(self._factory)

    def temperature(self) -> float:
        """Return the sensor's temperature in degrees Celsius, a mean of 10 measurements.

        Example:
            >>> import hw_drivers
            >>> with hw_drivers.open("emulated:genx320?realtime=0") as device:
            ...     round(device.temperature())
            35
        """
        with self._counting():
            return self._measured_celsius()

    def _open(self) -> DeviceInfo:
        self._board = TreuzellClient(self._transport)
        self._clock = "internal"
        self._failed: list[GenX320Config] = []
        serial = f"{self._board.number(tz.SERIAL):08x}"
        version = self._board.number(tz.RELEASE_VERSION)
        misfit = wrong_sensor(reg.COMPATIBLE, self._board.texts(tz.DEVICE_COMPATIBLE), "GenX320")
        if misfit:
            raise ProtocolError(f"{self._info.uri}: {misfit}")
        chip = self._board.read(reg.SENSOR_ID)[0]
        if chip != reg.SENSOR_ID_VALUE:
            raise ProtocolError(
                f"{self._info.uri}: expected the sensor number 0x{reg.SENSOR_ID_VALUE:08X} of the "
                f"GenX320 ES, got 0x{chip:08X}; the start-up of later silicon is published under "
                "terms that keep it out of this package: use the maker's software for this camera"
            )
        self._board.run(sequences.INIT)
        filters.start_regions(self._board)
        self._factory = {
            bias.name: self._board.read(bias.address)[0] & reg.BIAS_VALUE_MASK
            for bias in reg.BIASES
        }
        self._apply(GenX320Config(), self._config, verify=False)
        uri = self._info.uri if self._emulator is not None else f"genx320:{serial}"
        return dataclasses.replace(
            self._info, uri=uri, serial=serial, firmware=firmware_text(version), size=_SIZE
        )

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
        self._board.run(sequences.DESTROY)

    def _apply(self, before: GenX320Config, after: GenX320Config, *, verify: bool) -> None:
        if self._running and after.clock != before.clock:
            raise ConfigError(
                f"{self._info.uri}: the clock cannot change while the camera sends; call stop() "
                "before"
            )
        with self._board.journal() as written:
            try:
                # After an update that failed the registers are a mixture of what it began and ended
                # with: what differs from either is written.
                for earlier in (*self._failed, before):
                    self._write(earlier, after)
                if verify:
                    self._board.verify(written, ignored=_VOLATILE)
            except HardwareError:
                self._failed.append(after)
                raise
        self._failed.clear()

    def _write(self, before: GenX320Config, after: GenX320Config) -> None:
        """Write the difference of two configurations."""
        chip = self._board
        for address, value in changed(_bias_values(before.bias), _bias_values(after.bias)):
            chip.write_field(
                address, reg.BIAS_VALUE_MASK | reg.BIAS_SINGLE, value | reg.BIAS_SINGLE
            )
        if (before.roi.windows, before.roi.mode) != (after.roi.windows, after.roi.mode):
            filters.set_windows(chip, after.roi)
        masks = (filters.pixel_masks(before.roi), filters.pixel_masks(after.roi))
        chip.write_many(spanned(*masks))
        if before.crop != after.crop:
            filters.set_crop(chip, after.crop)
        if before.rate_limit != after.rate_limit:
            # A failed set-up is begun again from the start.
            running = before.rate_limit is not None and not self._failed
            filters.limit_rate(chip, after.rate_limit, running=running)
        if before.anti_flicker != after.anti_flicker:
            filters.set_anti_flicker(chip, after.anti_flicker)
        if before.trail != after.trail:
            filters.set_trail_filter(chip, after.trail)
        if before.trigger_in != after.trigger_in:
            filters.set_trigger_in(chip, after.trigger_in)

    def _measured_celsius(self) -> float:
        """Measure in the order of OpenEB, TzCx3GenX320::get_temperature."""
        chip = self._board
        field, settle = chip.write_field, chip.settle
        field(reg.ADC_CTRL, reg.ADC_ENABLE | reg.ADC_CLOCK, reg.ADC_ENABLE | reg.ADC_CLOCK)
        settle(500)
        calibrate = reg.ADC_BUFFER_CALIBRATE | reg.ADC_COMPARATOR_CALIBRATE
        field(reg.ADC_MISC, calibrate | reg.ADC_BUFFER_RANGE | reg.ADC_COMPARATOR_RANGE, calibrate)
        settle(50_000)
        chosen = reg.ADC_RANGE | reg.ADC_TEMPERATURE | reg.ADC_EXTERNAL_REFERENCE
        field(reg.ADC_MISC, chosen, reg.ADC_TEMPERATURE)
        field(reg.TEMPERATURE_CTRL, reg.TEMPERATURE_BUFFER | reg.TEMPERATURE_HALF,
              reg.TEMPERATURE_BUFFER)  # fmt: skip
        field(reg.TEMPERATURE_CTRL, reg.TEMPERATURE_OFFSET | reg.TEMPERATURE_RANGE,
              reg.TEMPERATURE_OFFSET_VALUE)  # fmt: skip
        settle(500)
        field(reg.TEMPERATURE_CTRL, reg.TEMPERATURE_CALIBRATE | reg.TEMPERATURE_RANGE,
              reg.TEMPERATURE_CALIBRATE)  # fmt: skip
        settle(20_000)
        total = 0
        for _ in range(reg.TEMPERATURE_MEASUREMENTS):
            field(reg.ADC_CTRL, reg.ADC_START, reg.ADC_START)
            settle(3000)
            total += chip.read(reg.ADC_STATUS)[0] & reg.ADC_VALUE_MASK
        field(reg.ADC_CTRL, reg.ADC_CLOCK | reg.ADC_START, 0)
        return reg.CELSIUS_PER_STEP * total / reg.TEMPERATURE_MEASUREMENTS + reg.CELSIUS_AT_ZERO

    def _new_decoder(self) -> StreamDecoder:
        return evt_stream("evt2.1", _SIZE)

    def _raw_header(self, date: str) -> bytes:
        width, height = _SIZE
        lines = [
            f"Date {date}",
            "evt 2.1",
            "endianness little",  # readers that expect the order of older sensors can tell
            f"format EVT21;height={height};width={width}",
            f"geometry {width}x{height}",
            "integrator_name Prophesee",
            "sensor_name GenX320",
            f"serial_number {self._info.serial}",
            "end",
        ]
        return "".join(f"% {line}\n" for line in lines).encode()


def _bias_values(biases: GenX320Biases) -> dict[int, int]:
    return {bias.address: getattr(biases, bias.name) for bias in reg.BIASES}
