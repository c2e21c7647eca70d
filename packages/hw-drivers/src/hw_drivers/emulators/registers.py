"""The register file of a modelled chip."""

from collections.abc import Callable, Iterator, Mapping

__all__ = ["RegisterFile"]

_MASK = 0xFFFFFFFF


class RegisterFile(Mapping[int, int]):
    """32-bit registers: address -> value, as they are now.

    A mapping of the registers that were ever written or differ from zero after reset; any other
    address reads as zero, as on the chip's bus.

    Args:
        after_reset: values after reset.

    Example:
        >>> registers = RegisterFile({0x14: 0xA0401806})
        >>> registers.write(0x2000, 3)
        >>> registers[0x14], registers[0x2000], registers.read(0x3000)
        (2688555014, 3, 0)
    """

    def __init__(self, after_reset: Mapping[int, int]) -> None:
        self._after_reset = dict(after_reset)
        self._values = dict(self._after_reset)
        self._on_write: list[tuple[range, Callable[[int, int], int]]] = []
        self._on_read: dict[int, Callable[[int], int]] = {}

    def on_write(self, addresses: range, react: Callable[[int, int], int]) -> None:
        """Call `react(address, value)` for a write; it returns the value to keep."""
        self._on_write.append((addresses, react))

    def on_read(self, address: int, react: Callable[[int], int]) -> None:
        """Call `react(value)` for a read; it returns the value to answer, which is kept."""
        self._on_read[address] = react

    def reset(self) -> None:
        """Return to the values after reset."""
        self._values = dict(self._after_reset)

    def write(self, address: int, value: int) -> None:
        """Write a register as the bus does."""
        value &= _MASK
        for addresses, react in self._on_write:
            if address in addresses:
                value = react(address, value) & _MASK
        self._values[address] = value

    def read(self, address: int) -> int:
        """Read a register as the bus does."""
        value = self._values.get(address, 0)
        react = self._on_read.get(address)
        if react is not None:
            value = react(value) & _MASK
            self._values[address] = value
        return value

    def words(self, first: int, count: int) -> list[int]:
        """Return `count` neighbouring registers, without the side effects of a read."""
        return [self._values.get(first + 4 * i, 0) for i in range(count)]

    def __getitem__(self, address: int) -> int:
        return self._values[address]

    def __iter__(self) -> Iterator[int]:
        return iter(sorted(self._values))

    def __len__(self) -> int:
        return len(self._values)

    def __repr__(self) -> str:
        return f"RegisterFile({len(self)} registers)"
