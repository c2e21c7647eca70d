"""An update that fails half way: the next one brings the camera to where it should be."""

import pytest

import hw_drivers
from hw_drivers import (
    AntiFlicker,
    Evk2Config,
    Evk3Config,
    Evk4Biases,
    Evk4Config,
    GenX320Biases,
    GenX320Config,
    GenX320Roi,
    GenX320Window,
    HardwareError,
    Roi,
    TrailFilter,
    Window,
)

FILTERS = {
    "rate_limit": 2e6,
    "anti_flicker": AntiFlicker(enabled=True),
    "trail": TrailFilter(mode="trail", threshold_ms=7),
    "trigger_in": False,
}
ROI = Roi(window=Window(x=100, y=50, width=700, height=400), pixels=((200, 70),))
SMALL = GenX320Roi(windows=(GenX320Window(x=9, y=9, width=99, height=99),), pixels=((20, 20),))
WANTED = {
    "evk4": Evk4Config(bias=Evk4Biases(diff_on=20), roi=ROI, **FILTERS),
    "evk3": Evk3Config(roi=ROI, **FILTERS),
    "evk2": Evk2Config(bias=Evk4Biases(diff_on=20), roi=ROI, **FILTERS),
    "genx320": GenX320Config(bias=GenX320Biases(fo=33), roi=SMALL, **FILTERS),
}


def opened(key, **options):
    return hw_drivers.emulate(key, realtime=False, rate=0, **options)


def effect(device):
    """What of the camera a configuration decides."""
    keep = device.emulator.chip.keep_map()
    return dict(device.emulator.registers), None if keep is None else keep.tobytes()


@pytest.mark.parametrize("key", WANTED)
@pytest.mark.parametrize("back", [False, True])
def test_whatever_request_failed_the_next_update_repairs_it(key, back):
    wanted = WANTED[key]
    with opened(key) as device:
        first = device.emulator.board.requests
        device.config = wanted
        last = device.emulator.board.requests
        expected = effect(device)
        if back:
            device.config = type(wanted)()
            expected = effect(device)
    for number in range(first, last, 3):
        with opened(key, stall=(number,)) as device:
            with pytest.raises(HardwareError, match="stall"):
                device.config = wanted
            assert device.config == type(wanted)()
            goal = type(wanted)() if back else wanted
            device.update(goal, verify=True).result()
            registers, keep = effect(device)
            assert keep == expected[1]
            if not back:
                assert registers == expected[0]
            device.update(goal, verify=True).result()
            assert effect(device) == (registers, keep)
