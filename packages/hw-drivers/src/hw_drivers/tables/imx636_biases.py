"""Biases of the IMX636: address, usual factory value, and the offsets users may set.

Sources: addresses OpenEB, imx636_registermap.h; limits OpenEB, imx636_bias_settings.h, offsets
relative to the value that each chip holds after initialisation (Apache-2.0); usual values: seen in
EVK4 cameras by neuromorphic-drivers (MIT). See NOTICE.
"""

from dataclasses import dataclass

__all__ = ["BIASES", "FACTORY_WORDS", "READ_BURSTS", "Bias"]


@dataclass(frozen=True)
class Bias:
    """One adjustable bias.

    Args:
        name: as in the configuration.
        address: its register.
        usual: value of the low 8 bits in a typical chip.
        allowed: smallest and largest offset.
        recommended: offsets inside which the maker advises to stay.
        doc: what a larger value does.
    """

    name: str
    address: int
    usual: int
    allowed: tuple[int, int]
    recommended: tuple[int, int]
    doc: str


BIASES: tuple[Bias, ...] = (
    Bias("fo", 0x1004, 0x53, (-150, 200), (-35, 55), "Low-pass cut-off; more = faster pixels."),
    Bias("hpf", 0x100C, 0x00, (0, 255), (0, 120), "High-pass cut-off; more = less slow change."),
    Bias("diff_on", 0x1010, 0x66, (-150, 200), (-85, 140), "ON threshold; more = fewer ON events."),
    Bias("diff", 0x1014, 0x4D, (-150, 200), (-25, 23), "Reference of both thresholds."),
    Bias("diff_off", 0x1018, 0x49, (-150, 200), (-35, 190), "OFF threshold; more = fewer OFF."),
    Bias("refr", 0x1020, 0x14, (-50, 255), (-20, 235), "Refractory period; more = shorter."),
)

# Whole words after initialisation: fixed bits from imx636_registermap.h (Reserved_27_8).
FACTORY_WORDS: dict[int, int] = {
    0x1000: 0x11A1507C,  # pr; its fixed bits are not in the register map: taken as those of diff
    0x1004: 0x03A1E853,
    0x100C: 0x03A1FF00,
    0x1010: 0x01A16366,
    0x1014: 0x01A1504D,
    0x1018: 0x01A13749,
    0x101C: 0x11A1505B,  # inv; as pr
    0x1020: 0x03829614,
    0x1040: 0x11A1508C,  # reqpuy; as pr
    0x1044: 0x11A1507C,  # reqpux; as pr
    0x1048: 0x11A15094,  # sendreqpdy; as pr
    0x104C: 0x11A15074,
    0x1050: 0x11A15051,
}

# (first address, words): neighbours that are read in one request.
READ_BURSTS: tuple[tuple[int, int], ...] = ((0x1004, 1), (0x100C, 6))
