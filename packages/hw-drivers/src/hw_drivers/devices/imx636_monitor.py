"""Thermometer and light meter of the IMX636."""

import math

from hw_drivers.errors import ProtocolError
from hw_drivers.tables import imx636_filters as reg
from hw_drivers.treuzell import TreuzellClient

__all__ = ["Monitor"]


class Monitor:
    """Measures; both instruments are switched on when they are first asked.

    Args:
        board: the sensor's board.
    """

    def __init__(self, board: TreuzellClient) -> None:
        self._board = board
        self._thermometer = self._light_meter = False

    def temperature(self) -> float:
        """Return the sensor's temperature in degrees Celsius.

        Raises:
            ProtocolError: the measurement does not end.
        """
        board = self._board
        if not self._thermometer:
            board.write_field(
                reg.ADC_CTRL, reg.ADC_ENABLE | reg.ADC_CLOCK, reg.ADC_ENABLE | reg.ADC_CLOCK
            )
            board.write_field(reg.ADC_MISC, reg.ADC_CALIBRATE, reg.ADC_CALIBRATE)
            board.settle(reg.TEMPERATURE_SETTLE_US)
            board.write_field(reg.TEMPERATURE_CTRL, reg.TEMPERATURE_BUFFER, reg.TEMPERATURE_BUFFER)
            board.write_field(
                reg.TEMPERATURE_CTRL, reg.TEMPERATURE_CALIBRATE, reg.TEMPERATURE_CALIBRATE
            )
            board.settle(reg.TEMPERATURE_SETTLE_US)
            self._thermometer = True
        board.write_field(reg.ADC_CTRL, reg.ADC_CLOCK, reg.ADC_CLOCK)
        board.write_field(reg.ADC_MISC, reg.ADC_TEMPERATURE, reg.ADC_TEMPERATURE)
        board.write_field(reg.ADC_CTRL, reg.ADC_START, reg.ADC_START)
        for _ in range(reg.TEMPERATURE_TRIES):
            status = board.read(reg.ADC_STATUS)[0]
            if status & reg.ADC_DONE:
                break
        else:
            raise ProtocolError("the temperature measurement does not end; try again")
        board.write_field(reg.ADC_CTRL, reg.ADC_CLOCK | reg.ADC_START, 0)
        return reg.CELSIUS_PER_STEP * (status & reg.ADC_VALUE_MASK) + reg.CELSIUS_AT_ZERO

    def illuminance(self) -> float:
        """Return the light on the sensor in lux, by the maker's formula.

        Raises:
            ProtocolError: no measurement gets ready.
        """
        board = self._board
        if not self._light_meter:
            for bit in (reg.MIRROR_ENABLE, reg.MIRROR_AMPLIFIER):
                board.write_field(reg.MIRROR_CTRL, bit, bit)
                board.settle(reg.MIRROR_SETTLE_US)
            for bit in (reg.LIFO_ENABLE, reg.LIFO_OUT, reg.LIFO_COUNT):
                board.write_field(reg.LIFO_CTRL, bit, bit)
                board.settle(reg.LIFO_SETTLE_US)
            self._light_meter = True
        for _ in range(reg.LIFO_TRIES):
            status = board.read(reg.LIFO_STATUS)[0]
            count = status & reg.LIFO_VALUE_MASK
            if status & reg.LIFO_VALID and count:
                # OpenEB, TzImx636::get_illumination: time in us, then a power law.
                return 10 ** (3.5 - math.log10(count / 100 * 0.37))
        raise ProtocolError("no measurement of the light is ready; try again in a moment")
