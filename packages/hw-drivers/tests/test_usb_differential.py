"""Two drivers, one camera: neuromorphic-drivers and this package leave the same registers.

Both reach the same emulated EVK4 through a libusb below which umockdev plays the kernel; the other
driver is the wheel as it was published.
"""

import importlib.util
import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from hw_fake_bus import UmockBus, build, under_umockdev

import hw_drivers
from hw_drivers import Evk4Biases, Evk4Config, Roi
from hw_drivers.emulators.evk4 import Evk4Model
from hw_drivers.emulators.scenes import Noise
from hw_drivers.tables import imx636_registers as reg
from hw_drivers.tables.imx636_biases import BIASES

PEER = Path(__file__).parent / "hw_peer_client.py"
pytestmark = [
    pytest.mark.skipif(not under_umockdev(), reason="run under umockdev-wrapper: nox -s hw_usb"),
    pytest.mark.skipif(
        importlib.util.find_spec("neuromorphic_drivers") is None,
        reason="neuromorphic-drivers is not installed: nox -s hw_usb",
    ),
]

# Registers in which the two differ on purpose: the bits that are compared all the same.
# The other driver writes the upper bits of every bias anew; this one leaves a bias alone whose
# offset is 0.
BIAS_WORDS = dict.fromkeys(range(0x1000, 0x1054, 4), reg.BIAS_VALUE_MASK)
# The other driver reads temperature and illuminance all the time.
MONITORS = dict.fromkeys((0x000C, 0x0010, 0x004C, 0x0050, 0x0054, 0x005C, 0x0074), 0)
# The other driver writes the bypass of filters that it cannot switch on; this one leaves a filter
# alone that was never on.
FILTERS = dict.fromkeys((0xC000, 0xD000, 0xD004), 0)
# Bit 10 is the trigger; the other driver writes the bits around it.
TRIGGER = {0x7004: 1 << 10}
# Without a limit this driver does not load the tables of the rate controller.
RATE_TABLES = dict.fromkeys(
    (0x6000, 0x6004, 0x6008, 0x600C, 0x6028, 0x602C, *range(0x6400, 0x6B98, 4)), 0
)
# The other driver ends the loading of the tables with 2, OpenEB with 0.
RATE_END = {0x602C: 0}

ALWAYS = BIAS_WORDS | MONITORS | FILTERS | TRIGGER
CASES = {
    "as it is": (
        {},
        Evk4Config(trigger_in=True),
        ALWAYS | RATE_TABLES,
    ),
    "biases": (
        {"biases": {"diff_on": 20, "diff_off": -7, "fo": -5, "hpf": 30, "diff": 3, "refr": 10}},
        Evk4Config(
            bias=Evk4Biases(diff_on=20, diff_off=-7, fo=-5, hpf=30, diff=3, refr=10),
            trigger_in=True,
        ),
        ALWAYS | RATE_TABLES,
    ),
    "rate limit": (
        {"rate_limiter": [200, 1000], "enable_external_trigger": False},
        Evk4Config(rate_limit=5e6, trigger_in=False),
        ALWAYS | RATE_END,
    ),
    "rows and columns": (
        {"x_mask": [0b1011, *[0] * 18, 1 << 63], "y_mask": [0b101, *[0] * 10, 1 << 15]},
        # The other driver counts the rows of its masks from below.
        Evk4Config(
            roi=Roi(columns=(0, 1, 3, 1279), rows=(0, 2, 719)),
            origin="bottom-left",
            trigger_in=True,
        ),
        ALWAYS | RATE_TABLES,
    ),
}


@pytest.fixture(scope="module")
def library(tmp_path_factory):
    return build(tmp_path_factory.mktemp("umock"), real=True)


@pytest.fixture
def bus(library):
    bus = UmockBus(library)
    yield bus
    bus.unplug()


def camera(bus):
    bus.unplug()
    bus.model = Evk4Model(Noise(1280, 720, 2e5, 1))
    bus.plug()
    return bus.model


def theirs(bus, wanted):
    """Registers while the other driver streams, and the requests until then."""
    model = camera(bus)
    process = subprocess.Popen(
        [sys.executable, str(PEER), json.dumps(wanted)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    told = json.loads(process.stdout.readline())
    registers, requests = dict(model.registers), model.board.requests
    process.communicate("close\n", timeout=60)
    assert process.returncode == 0
    assert told == {"serial": "00050001", "events": told["events"]}
    assert told["events"] > 1000
    return registers, requests


def ours(bus, config, monkeypatch):
    monkeypatch.setattr("time.sleep", lambda seconds: None)
    model = camera(bus)
    with hw_drivers.open("evk4:", config) as device:
        opened = model.board.requests
        device.start()
        return dict(model.registers), opened


def differences(theirs, ours, allowed):
    found = {}
    for address in set(theirs) | set(ours):
        mask = allowed.get(address, 0xFFFFFFFF)
        a, b = theirs.get(address, 0) & mask, ours.get(address, 0) & mask
        if a != b:
            found[f"0x{address:04X}"] = (f"0x{a:08X}", f"0x{b:08X}")
    return found


@pytest.mark.parametrize("case", CASES)
def test_both_drivers_leave_the_same_registers(case, bus, monkeypatch):
    wanted, config, allowed = CASES[case]
    their_registers, their_requests = theirs(bus, wanted)
    our_registers, our_requests = ours(bus, config, monkeypatch)
    assert differences(their_registers, our_registers, allowed) == {}
    assert their_requests > 700
    assert our_requests < their_requests / 8


def test_a_camera_is_open_after_less_than_60_round_trips(bus, monkeypatch):
    assert ours(bus, Evk4Config(), monkeypatch)[1] < 60


@pytest.mark.parametrize(
    ("change", "address"),
    [
        ({"bias": Evk4Biases(diff_on=21, fo=-5)}, "0x1010"),
        ({"trigger_in": False}, "0x7004"),
        ({"roi": Roi(columns=(5,))}, "0x2000"),
    ],
)
def test_a_difference_in_the_configuration_is_found(change, address, bus, monkeypatch):
    config = Evk4Config(bias=Evk4Biases(diff_on=20, fo=-5), trigger_in=True)
    with_change, _ = ours(bus, replace(config, **change), monkeypatch)
    without, _ = ours(bus, config, monkeypatch)
    assert address in differences(without, with_change, ALWAYS | RATE_TABLES)


def test_the_list_of_differences_names_only_what_differs(bus, monkeypatch):
    assert {b.address for b in BIASES} <= set(BIAS_WORDS)
    their_registers, _ = theirs(bus, {})
    our_registers, _ = ours(bus, Evk4Config(trigger_in=True), monkeypatch)
    differing = differences(their_registers, our_registers, {})
    groups = (BIAS_WORDS, MONITORS, FILTERS, TRIGGER, RATE_TABLES)
    for group in groups:
        assert any(f"0x{address:04X}" in differing for address in group)
