"""Driver of the iniVation DVXplorer."""

import dataclasses
from collections.abc import Iterable

from hw_drivers.device import Device
from hw_drivers.devices.dvxplorer_config import DvxBiases, DvxplorerConfig
from hw_drivers.discovery import DeviceInfo
from hw_drivers.errors import HardwareError, ProtocolError
from hw_drivers.inivation import InivationClient, Parameter
from hw_drivers.tables import dvxplorer as chip
from hw_drivers.tables import inivation as table
from hw_drivers.words.dvx import DvxStream
from hw_drivers.words.inivation import Orientation

__all__ = ["Dvxplorer", "bias_parameters", "crop_parameters"]

Writes = dict[Parameter, int]


class Dvxplorer(Device[DvxplorerConfig]):
    """A DVXplorer that is open."""

    config_type = DvxplorerConfig

    def _open(self) -> DeviceInfo:
        self._logic = InivationClient(self._transport)
        get = self._logic.get
        version, patch = get(table.SYSTEM_LOGIC_VERSION), get(table.SYSTEM_LOGIC_PATCH)
        if version != chip.LOGIC_VERSION:
            raise ProtocolError(
                f"{self._info.uri}: expected logic version {chip.LOGIC_VERSION}, got {version}; "
                "update the camera with the maker's tool"
            )
        deviation = get(table.SYSTEM_CLOCK_DEVIATION) / 1000
        self._usb_mhz = get(table.SYSTEM_USB_CLOCK) * deviation
        self._wire = (get(table.DVS_SIZE_COLUMNS), get(table.DVS_SIZE_ROWS))
        if not (0 < self._wire[0] <= 1024 and 0 < self._wire[1] <= 512):
            raise ProtocolError(
                f"{self._info.uri}: the camera says it has {self._wire[0]} x {self._wire[1]} "
                "pixels; close it and open it again"
            )
        events, imu = get(table.DVS_ORIENTATION), get(table.IMU_ORIENTATION)
        self._orientations = (
            Orientation(invert_xy=bool(events & 4)),
            Orientation(flip_x=bool(imu & 4), flip_y=bool(imu & 2), flip_z=bool(imu & 1)),
        )
        self._stop_everything()
        self._logic.settle(table.CLEAR_HALT_US)
        self._logic.set(table.MUX_CHIP_RUN, 1)
        self._logic.settle(chip.CHIP_RUN_US)
        self._write(chip.SET_UP_BIASES)
        self._write(bias_parameters(self._config.bias).items())
        self._write(chip.SET_UP)
        self._crop(self._config)
        self._write(chip.IMU_SET_UP)
        self._write(self._imu_ranges(self._config).items())
        width, height = self._wire
        size = (height, width) if self._orientations[0].invert_xy else (width, height)
        return dataclasses.replace(self._info, size=size, firmware=f"logic {version}.{patch}")

    def _start(self) -> None:
        self._logic.set(table.MUX_CHIP_RUN, 1)
        delay = round(table.EARLY_PACKET_US * self._usb_mhz)
        self._logic.set(table.USB_EARLY_PACKET_DELAY, delay)
        self._transport.start_stream(table.DATA_IN)
        self._write(
            [
                (table.MUX_DROP_EXTERNAL_ON_STALL, 1),
                (table.MUX_DROP_DVS_ON_STALL, 0),
                (table.USB_RUN, 1),
                (table.MUX_TIMESTAMP_RUN, 1),
                (table.MUX_RUN, 1),
            ]
        )
        self._logic.settle(chip.MUX_RUN_US)
        self._write(self._runs(self._config).items())

    def _stop(self) -> None:
        # The chip keeps running, so that its registers keep their values.
        self._write([(run, 0) for run in chip.STOP if run != table.MUX_CHIP_RUN])
        self._transport.stop_stream()

    def _shut_down(self) -> None:
        self._stop_everything()

    def _apply(self, before: DvxplorerConfig, after: DvxplorerConfig, *, verify: bool) -> None:
        old = bias_parameters(before.bias) | self._imu_ranges(before)
        new = bias_parameters(after.bias) | self._imu_ranges(after)
        if self._running:
            old |= self._runs(before)
            new |= self._runs(after)
        writes = [(p, value) for p, value in new.items() if old[p] != value]
        self._write(writes)
        if before.roi != after.roi:
            writes += self._crop(after)
        for parameter, value in writes if verify else ():
            got = self._logic.get(parameter)
            if got != value:
                raise HardwareError(
                    f"{self._info.uri}: parameter {parameter} holds {got} after {value} was "
                    "written; set the configuration again"
                )

    def _new_decoder(self) -> DvxStream:
        events, imu = self._orientations
        return DvxStream(*self._wire, events=events, imu=imu)

    def _raw_header(self, date: str) -> bytes:
        # There is no public raw format of these words: the header says what they are.
        width, height = self.size
        lines = [f"Date {date}", "format DVX", f"geometry {width}x{height}", "end"]
        return "".join(f"% {line}\n" for line in lines).encode()

    def _stop_everything(self) -> None:
        self._write([(parameter, 0) for parameter in chip.STOP])

    def _write(self, writes: Iterable[tuple[Parameter, int]]) -> None:
        """Write in order; the request for several has room for numbers of one byte only."""
        pending: list[tuple[Parameter, int]] = []
        for parameter, value in writes:
            if parameter[1] > 0xFF:
                self._logic.set_many(pending)
                pending = []
                self._logic.set(parameter, value)
            else:
                pending.append((parameter, value))
        self._logic.set_many(pending)

    def _crop(self, config: DvxplorerConfig) -> list[tuple[Parameter, int]]:
        """The region takes effect as a whole when the bypass ends."""
        writes = list(crop_parameters(config.roi, invert=self._orientations[0].invert_xy).items())
        self._write([(chip.CROP_BYPASS, 1), *writes, (chip.CROP_BYPASS, 0), (chip.RESTART, 2)])
        return writes

    def _imu_ranges(self, config: DvxplorerConfig) -> Writes:
        return {
            chip.IMU_ACCELEROMETER_RANGE: (2, 4, 8, 16).index(config.imu.acceleration_g),
            chip.IMU_GYROSCOPE_RANGE: (2000, 1000, 500, 250, 125).index(config.imu.rotation_dps),
            table.EXTERNAL_RISING: 1,
            table.EXTERNAL_FALLING: 1,
            table.EXTERNAL_PULSES: 0,
        }

    def _runs(self, config: DvxplorerConfig) -> Writes:
        imu = int(config.imu.enabled)
        return {
            table.DVS_RUN: int(config.events),
            chip.MODE: chip.MODE_STREAM if config.events else chip.MODE_OFF,
            table.IMU_RUN_ACCELEROMETER: imu,
            table.IMU_RUN_GYROSCOPE: imu,
            table.IMU_RUN_TEMPERATURE: imu,
            table.EXTERNAL_RUN: int(config.trigger_in),
        }


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
    module, start = chip.CROP_X_START
    _, end = chip.CROP_X_END
    return {
        (module, start): x >> 8,
        (module, start + 1): x & 0xFF,
        (module, end): end_x >> 8,
        (module, end + 1): end_x & 0xFF,
        chip.CROP_Y_START_GROUP: y >> 3,
        chip.CROP_Y_START_MASK: 0xFF << (y & 7) & 0xFF,
        chip.CROP_Y_END_GROUP: end_y >> 3,
        chip.CROP_Y_END_MASK: 0xFF >> (7 - (end_y & 7)),
    }
