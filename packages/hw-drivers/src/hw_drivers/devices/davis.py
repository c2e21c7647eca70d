"""Driver of the iniVation DAVIS cameras."""

import dataclasses
from typing import TypeVar

from hw_drivers.devices.davis_config import DavisConfig
from hw_drivers.devices.inivation_device import InivationDevice, Writes
from hw_drivers.discovery import DeviceInfo
from hw_drivers.inivation import Parameter
from hw_drivers.tables import inivation as table
from hw_drivers.tables.davis import (
    CHIP_RUN_US,
    CHIP_SETTLE_US,
    MUX_RUN_US,
    STOP,
    ChipTable,
)
from hw_drivers.words.davis import DavisStream
from hw_drivers.words.inivation import Orientation

__all__ = ["Davis", "parameters_of", "runs_of"]

_FEATURES = (
    table.DVS_HAS_PIXEL_FILTER,
    table.DVS_HAS_BACKGROUND_FILTER,
    table.DVS_HAS_ROI,
    table.DVS_HAS_SKIP,
    table.DVS_HAS_POLARITY,
    table.APS_HAS_GLOBAL_SHUTTER,
)


DavisConfigT = TypeVar("DavisConfigT", bound=DavisConfig)


class Davis(InivationDevice[DavisConfigT]):
    """A DAVIS camera that is open; a subclass names its chip."""

    chip: ChipTable
    words = "davis"
    stops = STOP

    def _open(self) -> DeviceInfo:
        firmware = self._open_logic()
        get = self._logic.get
        self._features: set[Parameter] = {feature for feature in _FEATURES if get(feature)}
        self._orientations = self._read_orientations()
        self._degrees = table.IMU_DEGREES.get(get(table.IMU_TYPE), (1.0, 0.0))
        self._stop_everything()
        self._logic.settle(table.CLEAR_HALT_US)
        self._logic.set_many(self.chip.set_up)
        self._logic.set_many(self._wanted(self._config).items())
        self._logic.settle(CHIP_SETTLE_US)
        return dataclasses.replace(self._info, size=self.chip.size, firmware=firmware)

    def _start(self) -> None:
        self._logic.set_many([(table.MUX_CHIP_RUN, 1), self._early_packet_delay()])
        self._logic.settle(CHIP_RUN_US)
        self._transport.start_stream(table.DATA_IN)
        self._logic.set_many(
            [
                (table.USB_RUN, 1),
                (table.MUX_DROP_DVS_ON_STALL, 1),
                (table.MUX_DROP_EXTERNAL_ON_STALL, 1),
                (table.MUX_TIMESTAMP_RUN, 1),
                (table.MUX_RUN, 1),
            ]
        )
        self._logic.settle(MUX_RUN_US)
        self._logic.set_many(runs_of(self._config).items())

    def _stop(self) -> None:
        self._stop_everything()
        self._transport.stop_stream()

    def _apply(self, before: DavisConfigT, after: DavisConfigT, *, verify: bool) -> None:
        old, new = self._wanted(before), self._wanted(after)
        if self._running:
            old, new = old | runs_of(before), new | runs_of(after)
        writes = self._write_difference(old, new)
        self._verify(writes if verify else ())
        self._unsure.clear()

    def _new_decoder(self) -> DavisStream:
        events, frames, imu = self._orientations
        return DavisStream(
            self.chip.size, events=events, frames=frames, imu=imu, degrees=self._degrees
        )

    def _inverted(self) -> bool:
        return self._orientations[0].invert_xy

    def _read_orientations(self) -> tuple[Orientation, Orientation, Orientation]:
        get = self._logic.get
        events, frames = get(table.DVS_ORIENTATION), get(table.APS_ORIENTATION)
        return (
            Orientation(invert_xy=bool(events & 4)),
            Orientation(
                flip_x=bool(frames & 2), flip_y=bool(frames & 1), invert_xy=bool(frames & 4)
            ),
            self._imu_orientation(),
        )

    def _wanted(self, config: DavisConfigT) -> Writes:
        events, frames, _ = self._orientations
        return self._trigger_writes(config.trigger_out) | parameters_of(
            config,
            self.chip,
            features=self._features,
            adc_mhz=self._mhz[table.SYSTEM_ADC_CLOCK],
            invert=(events.invert_xy, frames.invert_xy),
        )


def runs_of(config: DavisConfig) -> Writes:
    """Return the switches of what sends, in the order in which they are set."""
    imu = int(config.imu.enabled)
    return {
        table.DVS_RUN: int(config.events.enabled),
        table.APS_RUN: int(config.frames.enabled),
        table.IMU_RUN_ACCELEROMETER: imu,
        table.IMU_RUN_GYROSCOPE: imu,
        table.IMU_RUN_TEMPERATURE: imu,
        table.EXTERNAL_RUN: int(config.trigger_in),
        table.EXTERNAL_GENERATOR_RUN: int(config.trigger_out.enabled),
    }


def parameters_of(
    config: DavisConfig,
    chip: ChipTable,
    *,
    features: set[Parameter],
    adc_mhz: float,
    invert: tuple[bool, bool],
) -> Writes:
    """Return every parameter that a configuration stands for, switches of senders left out.

    Args:
        config: the configuration.
        chip: the chip.
        features: filters that the camera has.
        adc_mhz: clock of the frame converter.
        invert: whether event and frame sensor exchange rows and columns.
    """
    writes: Writes = {}
    for bias in chip.biases:
        writes[table.CHIP, bias.number] = bias.word(getattr(config.bias, bias.name))
    writes |= _event_filters(config, chip.size, features, invert[0])
    writes |= {
        table.DVS_WAIT_ON_STALL: 0,
        table.DVS_EXTERNAL_AER: 0,
        table.APS_WAIT_ON_STALL: 1,
        table.APS_EXPOSURE: round(config.frames.exposure_us * adc_mhz),
        table.APS_FRAME_INTERVAL: round(config.frames.interval_us * adc_mhz),
    }
    writes |= _region(table.APS_ROI, config.frames.roi, invert[1])
    if table.APS_HAS_GLOBAL_SHUTTER in features:
        writes[table.APS_GLOBAL_SHUTTER] = int(config.frames.global_shutter)
        writes[chip.global_shutter] = int(config.frames.global_shutter)
    writes |= {
        table.IMU_SAMPLE_RATE_DIVIDER: 0,
        table.IMU_ACCELEROMETER_FILTER: 1,
        table.IMU_GYROSCOPE_FILTER: 1,
        table.IMU_ACCELEROMETER_SCALE: (2, 4, 8, 16).index(config.imu.acceleration_g),
        table.IMU_GYROSCOPE_SCALE: (250, 500, 1000, 2000).index(config.imu.rotation_dps),
    }
    return writes


def _event_filters(
    config: DavisConfig, size: tuple[int, int], features: set[Parameter], invert: bool
) -> Writes:
    events = config.events
    writes: Writes = {}
    if table.DVS_HAS_PIXEL_FILTER in features:
        module, first = table.DVS_PIXEL_FILTER
        width, height = size
        for i in range(table.DVS_PIXEL_FILTERS):
            # A place outside the sensor switches an entry off.
            x, y = events.pixels[i] if i < len(events.pixels) else (width, height)
            row, column = (x, y) if invert else (y, x)
            writes[module, first + 2 * i] = row
            writes[module, first + 2 * i + 1] = column
    if table.DVS_HAS_BACKGROUND_FILTER in features:
        for value, switch, time in (
            (events.background_us, table.DVS_BACKGROUND, table.DVS_BACKGROUND_TIME),
            (events.refractory_us, table.DVS_REFRACTORY, table.DVS_REFRACTORY_TIME),
        ):
            writes[switch] = int(value is not None)
            if value is not None:
                writes[time] = round(value / table.DVS_FILTER_TIME_US)
    if table.DVS_HAS_ROI in features:
        writes |= _region(table.DVS_ROI, events.roi, invert)
    if table.DVS_HAS_SKIP in features:
        writes[table.DVS_SKIP] = int(events.skip_every > 0)
        writes[table.DVS_SKIP_EVERY] = events.skip_every
    if table.DVS_HAS_POLARITY in features:
        writes[table.DVS_POLARITY_FLATTEN] = int(events.polarity == "unsigned")
        writes[table.DVS_POLARITY_SUPPRESS] = int(events.polarity in ("on", "off"))
        writes[table.DVS_POLARITY_SUPPRESS_TYPE] = int(events.polarity == "off")
    return writes


def _region(first: Parameter, roi: tuple[int, int, int, int], invert: bool) -> Writes:
    """Start column, start row, end column, end row; ends are inside."""
    x, y, width, height = roi
    bounds = [x, y, x + width - 1, y + height - 1]
    if invert:
        bounds = [bounds[i] for i in (1, 0, 3, 2)]
    module, number = first
    return {(module, number + i): value for i, value in enumerate(bounds)}
