"""What sets the sensors with 1280 x 720 pixels apart: one row each.

Sources: the tables that a row names, and docs.prophesee.ai for names and generations.
"""

from dataclasses import dataclass

from hw_drivers.tables import evk2, gen41, imx636_biases, imx636_sequences
from hw_drivers.tables.imx636_biases import Bias
from hw_drivers.tables.imx636_registers import SENSOR_ID_VALUE
from hw_drivers.tables.imx636_sequences import Step

__all__ = ["EVK2_IMX636", "EVK3_GEN41", "EVK4_IMX636", "HdSensor"]


@dataclass(frozen=True)
class HdSensor:
    """One kind of sensor on one kind of board.

    Args:
        name: as its maker writes it.
        generation: as raw files name it.
        compatible: its compatible strings.
        identifiers: values of its identification register.
        scheme: URI scheme of its driver.
        base: address at which the board shows its registers.
        init: start-up, after which the stream is off.
        start: switches the stream on.
        stop: switches it off.
        destroy: switches the sensor off.
        biases: the adjustable ones.
        bias_bursts: (first address, words) of the requests that read them.
        absolute: whether biases are set as values, not as offsets from those of the factory.
        keeps_trail: whether the burst filter has the improved version with stc_keep_trail.
        rate_tables: whether the start-up loads the tables of the rate controller.
        resets_masks: whether the start-up resets the masks that another program may have left.
        thermometer: whether how to measure its temperature is known.
    """

    name: str
    generation: str
    compatible: tuple[str, ...]
    identifiers: tuple[int, ...]
    scheme: str
    base: int
    init: tuple[Step, ...]
    start: tuple[Step, ...]
    stop: tuple[Step, ...]
    destroy: tuple[Step, ...]
    biases: tuple[Bias, ...]
    bias_bursts: tuple[tuple[int, int], ...]
    absolute: bool
    keeps_trail: bool
    rate_tables: bool
    resets_masks: bool
    thermometer: bool


EVK4_IMX636 = HdSensor(
    name="IMX636",
    generation="4.2",
    compatible=("psee,ccam5_imx636", "psee,ccam5_gen42"),  # OpenEB, imx636_tz_device.cpp
    identifiers=(SENSOR_ID_VALUE,),
    scheme="evk4",
    base=0,
    init=imx636_sequences.INIT,
    start=imx636_sequences.START,
    stop=imx636_sequences.STOP,
    destroy=imx636_sequences.DESTROY,
    biases=imx636_biases.BIASES,
    bias_bursts=imx636_biases.READ_BURSTS,
    absolute=False,
    keeps_trail=True,
    rate_tables=False,
    resets_masks=True,
    thermometer=True,
)

EVK3_GEN41 = HdSensor(
    name="Gen4.1",
    generation="4.1",
    compatible=gen41.COMPATIBLE,
    identifiers=gen41.SENSOR_IDS,
    scheme="evk3",
    base=0,
    init=gen41.INIT,
    start=gen41.START,
    stop=gen41.STOP,
    destroy=gen41.DESTROY,
    biases=gen41.BIASES,
    bias_bursts=imx636_biases.READ_BURSTS,
    absolute=True,
    keeps_trail=False,
    rate_tables=True,
    resets_masks=False,
    thermometer=False,
)

EVK2_IMX636 = HdSensor(
    name="IMX636",
    generation="4.2",
    compatible=evk2.COMPATIBLE,
    identifiers=(SENSOR_ID_VALUE,),
    scheme="evk2",
    base=evk2.SENSOR_BASE,
    init=evk2.INIT,
    start=evk2.START,
    stop=evk2.STOP,
    destroy=evk2.DESTROY,
    biases=imx636_biases.BIASES,
    bias_bursts=imx636_biases.READ_BURSTS,
    absolute=False,
    keeps_trail=True,
    rate_tables=False,
    resets_masks=True,
    thermometer=True,
)
