"""Which driver belongs to the sensor behind a Treuzell board."""

from hw_drivers.tables import genx320
from hw_drivers.tables.hd_sensors import EVK2_IMX636, EVK3_GEN41, EVK4_IMX636

__all__ = ["scheme_of"]

_SCHEMES = {
    text: scheme
    for texts, scheme in (
        *((s.compatible, s.scheme) for s in (EVK4_IMX636, EVK3_GEN41, EVK2_IMX636)),
        (genx320.COMPATIBLE, "genx320"),
    )
    for text in texts
}


def scheme_of(compatible: tuple[str, ...]) -> str | None:
    """Return the URI scheme of the driver for a board's compatible strings, or None.

    Example:
        >>> scheme_of(("psee,ccam5_gen41",))
        'evk3'
    """
    return next((_SCHEMES[text] for text in compatible if text in _SCHEMES), None)
