"""What the drivers of iniVation's cameras with a parameter tree share."""

from abc import abstractmethod
from collections.abc import Iterable
from typing import TypeVar

from hw_drivers.config import Config
from hw_drivers.device import Device
from hw_drivers.devices.inivation_config import PulseGenerator
from hw_drivers.errors import ConfigError, HardwareError, ProtocolError
from hw_drivers.inivation import InivationClient, Parameter
from hw_drivers.recording.header import raw_header
from hw_drivers.tables import inivation as table
from hw_drivers.words.inivation import Orientation

__all__ = ["InivationDevice", "Writes", "difference"]

Writes = dict[Parameter, int]

ConfigT = TypeVar("ConfigT", bound=Config)


class InivationDevice(Device[ConfigT]):
    """Base of the drivers: identity, clocks, orientation of the sensors, verified writes.

    Class attributes say what the camera must be: `chips`, the numbers that it may answer, `stops`,
    what runs, in the order in which it is stopped, and `words`, the name of its words.
    """

    words: str
    chips: tuple[int, ...]
    stops: tuple[Parameter, ...]

    def _open_logic(self) -> str:
        """Check that the camera is the one asked for; return its firmware."""
        self._logic = InivationClient(self._transport)
        self._unsure: set[Parameter] = set()
        get = self._logic.get
        version, patch = get(table.SYSTEM_LOGIC_VERSION), get(table.SYSTEM_LOGIC_PATCH)
        if version != table.LOGIC_VERSION:
            raise ProtocolError(
                f"{self._info.uri}: expected logic version {table.LOGIC_VERSION}, got {version}; "
                "update the camera with the maker's tool"
            )
        chip = get(table.SYSTEM_CHIP)
        if chip not in self.chips:
            raise ProtocolError(
                f"{self._info.uri}: expected chip {' or '.join(map(str, self.chips))}, got {chip}"
                f"{self._other_camera(chip)}"
            )
        deviation = get(table.SYSTEM_CLOCK_DEVIATION) / 1000
        self._mhz = {
            clock: get(clock) * deviation
            for clock in (
                table.SYSTEM_LOGIC_CLOCK,
                table.SYSTEM_ADC_CLOCK,
                table.SYSTEM_USB_CLOCK,
            )
        }
        self._has_generator = bool(get(table.EXTERNAL_HAS_GENERATOR))
        return f"logic {version}.{patch}"

    def _other_camera(self, chip: int) -> str:
        names = {number: key for key, numbers in table.CHIPS.items() for number in numbers}
        return f"; open it as {names[chip]}:" if chip in names else "; it has no driver"

    def _early_packet_delay(self) -> tuple[Parameter, int]:
        cycles = round(table.EARLY_PACKET_US * self._mhz[table.SYSTEM_USB_CLOCK])
        return table.USB_EARLY_PACKET_DELAY, cycles

    def _trigger_writes(self, generator: PulseGenerator) -> Writes:
        """Parameters of the trigger input and output, their switches left out."""
        mhz = self._mhz[table.SYSTEM_LOGIC_CLOCK]
        writes: Writes = {
            table.EXTERNAL_RISING: 1,
            table.EXTERNAL_FALLING: 1,
            table.EXTERNAL_PULSES: 0,
            table.EXTERNAL_PULSE_POLARITY: 1,
            table.EXTERNAL_PULSE_LENGTH: round(10 * mhz),
        }
        if not self._has_generator:
            if generator.enabled:
                raise ConfigError(
                    f"{self._info.uri}: the camera has no pulse generator; switch it off"
                )
            return writes
        return writes | {
            table.EXTERNAL_GENERATOR_POLARITY: 1,
            table.EXTERNAL_GENERATOR_INTERVAL: round(generator.interval_us * mhz),
            table.EXTERNAL_GENERATOR_LENGTH: round(generator.length_us * mhz),
            table.EXTERNAL_GENERATOR_INJECT_RISING: int(generator.inject),
            table.EXTERNAL_GENERATOR_INJECT_FALLING: int(generator.inject),
        }

    def _imu_orientation(self) -> Orientation:
        imu = self._logic.get(table.IMU_ORIENTATION)
        return Orientation(flip_x=bool(imu & 4), flip_y=bool(imu & 2), flip_z=bool(imu & 1))

    def _raw_header(self, date: str) -> bytes:
        """The words have no public file format: the header says what they are."""
        return raw_header(self.words, self.size, date, inverted=self._inverted())

    @abstractmethod
    def _inverted(self) -> bool:
        """Whether the event sensor exchanges rows and columns."""

    def _stop_everything(self) -> None:
        self._logic.set_many((parameter, 0) for parameter in self.stops)

    def _shut_down(self) -> None:
        self._stop_everything()

    def _write_difference(self, old: Writes, new: Writes) -> list[tuple[Parameter, int]]:
        """Write what differs, and what an update that failed may have left; return it.

        What is written counts as not known until `_unsure` is cleared at the end of the update.
        """
        held = {p: value for p, value in old.items() if p not in self._unsure}
        writes = difference(held, new)
        self._unsure.update(p for p, _ in writes)
        self._logic.set_many(writes)
        return writes

    def _verify(self, writes: Iterable[tuple[Parameter, int]]) -> None:
        """Read back what was written.

        Raises:
            HardwareError: a parameter holds another value.
        """
        for parameter, value in writes:
            got = self._logic.get(parameter)
            if got != value:
                raise HardwareError(
                    f"{self._info.uri}: parameter {parameter} holds {got} after {value} was "
                    "written; set the configuration again"
                )


def difference(old: Writes, new: Writes) -> list[tuple[Parameter, int]]:
    """Return the parameters of `new` that `old` does not hold, in order.

    Example:
        >>> difference({(1, 2): 3, (1, 4): 5}, {(1, 2): 3, (1, 4): 6})
        [((1, 4), 6)]
    """
    return [(parameter, value) for parameter, value in new.items() if old.get(parameter) != value]
