"""Drivers of the iniVation DVXplorer and DVXplorer Lite."""

import dataclasses
from typing import TypeVar

from hw_drivers.devices.dvxplorer_config import (
    DvxBiases,
    DvxConfig,
    DvxplorerConfig,
    DvxplorerLiteConfig,
)
from hw_drivers.devices.inivation_device import InivationDevice, Writes
from hw_drivers.discovery import DeviceInfo
from hw_drivers.errors import ProtocolError
from hw_drivers.inivation import Parameter
from hw_drivers.tables import dvxplorer as chip
from hw_drivers.tables import inivation as table
from hw_drivers.words.dvx import DvxStream
from hw_drivers.words.inivation import Orientation

__all__ = ["DvxDevice", "Dvxplorer", "DvxplorerLite", "bias_parameters", "crop_parameters"]

DvxConfigT = TypeVar("DvxConfigT", bound=DvxConfig)


class DvxDevice(InivationDevice[DvxConfigT]):
    """A DVXplorer that is open; a subclass says of which kind.

    Class attribute `subsampling` holds the steps of the sensor that are left out, along x in bits
    0 to 2 and along y in bits 3 to 5.
    """

    words = "dvx"
    stops = chip.STOP
    subsampling: int

    def _open(self) -> DeviceInfo:
        firmware = self._open_logic()
        get = self._logic.get
        self._wire = (get(table.DVS_SIZE_COLUMNS), get(table.DVS_SIZE_ROWS))
        if not (0 < self._wire[0] <= 1024 and 0 < self._wire[1] <= 512):
            raise ProtocolError(
                f"{self._info.uri}: the camera says it has {self._wire[0]} x {self._wire[1]} "
                "pixels; close it and open it again"
            )
        self._orientations = (
            Orientation(invert_xy=bool(get(table.DVS_ORIENTATION) & 4)),
            self._imu_orientation(),
        )
        write = self._logic.set_many
        self._stop_everything()
        self._logic.settle(table.CLEAR_HALT_US)
        write([(table.MUX_CHIP_RUN, 1)])
        self._logic.settle(chip.CHIP_RUN_US)
        write(chip.SET_UP_BIASES)
        write(bias_parameters(self._config.bias).items())
        write(chip.SET_UP)
        write([(chip.SUBSAMPLING, self.subsampling)])
        self._crop(self._config)
        write(chip.IMU_SET_UP)
        write(self._imu_and_triggers(self._config).items())
        width, height = self._wire
        size = (height, width) if self._orientations[0].invert_xy else (width, height)
        return dataclasses.replace(self._info, size=size, firmware=firmware)

    def _start(self) -> None:
        self._logic.set_many([(table.MUX_CHIP_RUN, 1), self._early_packet_delay()])
        self._transport.start_stream(table.DATA_IN)
        self._logic.set_many(
            [
                (table.MUX_DROP_EXTERNAL_ON_STALL, 1),
                (table.MUX_DROP_DVS_ON_STALL, 0),
                (table.USB_RUN, 1),
                (table.MUX_TIMESTAMP_RUN, 1),
                (table.MUX_RUN, 1),
            ]
        )
        self._logic.settle(chip.MUX_RUN_US)
        self._logic.set_many(self._runs(self._config).items())

    def _stop(self) -> None:
        # The chip keeps running, so that its registers keep their values.
        self._logic.set_many([(run, 0) for run in chip.STOP if run != table.MUX_CHIP_RUN])
        self._transport.stop_stream()

    def _apply(self, before: DvxConfigT, after: DvxConfigT, *, verify: bool) -> None:
        old = bias_parameters(before.bias) | self._imu_and_triggers(before)
        new = bias_parameters(after.bias) | self._imu_and_triggers(after)
        if self._running:
            old, new = old | self._runs(before), new | self._runs(after)
        writes = self._write_difference(old, new)
        if before.roi != after.roi or chip.CROP_BYPASS in self._unsure:
            self._unsure.add(chip.CROP_BYPASS)
            writes += self._crop(after)
        self._verify(writes if verify else ())
        self._unsure.clear()

    def _new_decoder(self) -> DvxStream:
        events, imu = self._orientations
        return DvxStream(*self._wire, events=events, imu=imu)

    def _inverted(self) -> bool:
        return self._orientations[0].invert_xy

    def _crop(self, config: DvxConfig) -> list[tuple[Parameter, int]]:
        """The region takes effect as a whole when the bypass ends."""
        writes = list(crop_parameters(config.roi, invert=self._orientations[0].invert_xy).items())
        self._logic.set_many(
            [(chip.CROP_BYPASS, 1), *writes, (chip.CROP_BYPASS, 0), (chip.RESTART, 2)]
        )
        return writes

    def _imu_and_triggers(self, config: DvxConfig) -> Writes:
        return self._trigger_writes(config.trigger_out) | {
            chip.IMU_ACCELEROMETER_RANGE: (2, 4, 8, 16).index(config.imu.acceleration_g),
            chip.IMU_GYROSCOPE_RANGE: (2000, 1000, 500, 250, 125).index(config.imu.rotation_dps),
        }

    def _runs(self, config: DvxConfig) -> Writes:
        imu = int(config.imu.enabled)
        return {
            table.DVS_RUN: int(config.events),
            chip.MODE: chip.MODE_STREAM if config.events else chip.MODE_OFF,
            table.IMU_RUN_ACCELEROMETER: imu,
            table.IMU_RUN_GYROSCOPE: imu,
            table.IMU_RUN_TEMPERATURE: imu,
            table.EXTERNAL_RUN: int(config.trigger_in),
            table.EXTERNAL_GENERATOR_RUN: int(config.trigger_out.enabled),
        }


class Dvxplorer(DvxDevice[DvxplorerConfig]):
    """A DVXplorer that is open."""

    config_type = DvxplorerConfig
    chips = table.CHIPS["dvxplorer"]
    subsampling = 0


class DvxplorerLite(DvxDevice[DvxplorerLiteConfig]):
    """A DVXplorer Lite that is open: every second row and column of the sensor."""

    config_type = DvxplorerLiteConfig
    chips = table.CHIPS["dvxplorer_lite"]
    subsampling = chip.HALF


def bias_parameters(bias: DvxBiases) -> Writes:
    """Return the registers that biases stand for.

    ON and OFF have 18 steps in two ranges: 0 to 8 in the lower, 9 to 17 as 0 to 8 in the upper.
    """
    return {
        chip.RANGE_SF_ON_RST: (bias.nrst | (bias.on > 8) << 1 | (bias.sf > 1) << 2 | bias.log << 3),
        chip.RANGE_LOGA_LOGD: bias.log_d << 2 | bias.log_a << 4,
        chip.LEVEL_SF_OFF: chip.LEVEL_FIXED | (bias.off < 9) << 1 | (bias.sf in (1, 3)) << 4,
        chip.BIAS_AMP: bias.amp,
        chip.BIAS_ON: bias.on if bias.on < 9 else bias.on - 9,
        chip.BIAS_OFF: bias.off if bias.off < 9 else bias.off - 9,
    }


def crop_parameters(roi: tuple[int, int, int, int], *, invert: bool = False) -> Writes:
    """Return the registers of a region; rows are cut by groups of eight and a mask at each end.

    Args:
        roi: x, y, width, height.
        invert: whether the sensor exchanges rows and columns.
    """
    x, y, width, height = roi
    if invert:
        x, y, width, height = y, x, height, width
    end_x, end_y = x + width - 1, y + height - 1
    first, last = 0xFF << (y & 7) & 0xFF, 0xFF >> (7 - (end_y & 7))
    if y >> 3 == end_y >> 3:
        # Within one group the sensor looks at the mask of the end alone.
        first, last = 0xFF, first & last
    module, start = chip.CROP_X_START
    _, end = chip.CROP_X_END
    return {
        (module, start): x >> 8,
        (module, start + 1): x & 0xFF,
        (module, end): end_x >> 8,
        (module, end + 1): end_x & 0xFF,
        chip.CROP_Y_START_GROUP: y >> 3,
        chip.CROP_Y_START_MASK: first,
        chip.CROP_Y_END_GROUP: end_y >> 3,
        chip.CROP_Y_END_MASK: last,
    }
