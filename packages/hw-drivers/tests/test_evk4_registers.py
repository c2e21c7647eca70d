"""The register file after each phase, and how many round trips a phase takes."""

import pytest

import hw_drivers
from hw_drivers import ConfigError, Evk4Biases, Evk4Config, Roi, Window
from hw_drivers.tables import imx636_filters as filters
from hw_drivers.tables import imx636_registers as reg
from hw_drivers.tables import imx636_sequences as sequences
from hw_drivers.tables.imx636_biases import BIASES
from hw_drivers.tables.imx636_sequences import Field, Write

AFTER_RESET = reg.AFTER_RESET | filters.AFTER_RESET
QUIET = "emulated:evk4?realtime=0&rate=0"


def after(*tables, before=AFTER_RESET):
    """Registers that walking the tables leaves, by the tables alone."""
    values = dict(before)
    for step in (step for table in tables for step in table):
        if isinstance(step, Write):
            if (step.address, step.value) == (reg.RESET, 1):
                values = dict(before)
            values[step.address] = step.value
        elif isinstance(step, Field):
            kept = values.get(step.address, 0) & ~step.mask
            values[step.address] = kept | step.value
    return values


def differing(device, expected):
    got = device.emulator.registers
    addresses = {a for a in set(got) | set(expected) if not 0x1000 <= a <= 0x1050}
    return {
        hex(a): (got.get(a), expected.get(a)) for a in addresses if got.get(a) != expected.get(a)
    }


def test_each_phase_leaves_the_registers_of_its_table():
    with hw_drivers.open(QUIET) as device:
        assert differing(device, after(sequences.INIT)) == {}
        device.start()
        assert differing(device, after(sequences.INIT, sequences.START)) == {}
        device.stop()
        stopped = (sequences.INIT, sequences.START, sequences.STOP)
        assert differing(device, after(*stopped)) == {}
    assert differing(device, after(*stopped, sequences.DESTROY)) == {}


def test_the_waits_of_the_tables_are_kept():
    clock = hw_drivers.transport.ManualClock()
    hw_drivers.emulate("evk4", realtime=False, clock=clock)
    total = sum(step.us for step in sequences.INIT if isinstance(step, sequences.Wait))
    assert clock.monotonic_ns() == total * 1000
    assert total == 2_504_010 - 400


def test_open_takes_fewer_than_60_round_trips():
    with hw_drivers.open(QUIET) as device:
        assert device.emulator.board.requests == 59
        device.start()
        assert device.emulator.board.requests == 59 + len(sequences.START)


def round_trips(device, config, **options):
    before = device.emulator.board.requests
    device.update(config, **options).result()
    return device.emulator.board.requests - before


def test_updates_write_differences_in_bursts():
    with hw_drivers.open(QUIET) as device:
        config = Evk4Config()
        assert round_trips(device, config) == 0
        config = config.replace(bias=Evk4Biases(diff_on=20, diff=1, diff_off=-5))
        assert round_trips(device, config) == 1
        config = config.replace(roi=Roi(window=Window(x=320, y=180, width=640, height=360)))
        assert round_trips(device, config) == 3  # columns, rows, trigger
        config = config.replace(roi=config.roi.replace(pixels=((400, 300), (401, 300))))
        assert round_trips(device, config) == 1
        config = config.replace(rate_limit=5e6)
        assert round_trips(device, config) <= 12  # 486 table words in 3 bursts
        config = config.replace(rate_limit=6e6)
        assert round_trips(device, config) == 2
        assert round_trips(device, Evk4Config()) == 6


def test_bias_offsets_are_added_to_the_factory_values_of_the_chip():
    factory = {"diff_on": 0x60, "diff_off": 0x50, "fo": 0x40}
    config = Evk4Config(bias=Evk4Biases(diff_on=16, fo=-0x40))
    with hw_drivers.emulate("evk4", realtime=False, factory=factory, config=config) as device:
        registers = device.emulator.registers
        assert device.factory_biases()["diff_on"] == 0x60
        assert registers[0x1010] == 0x11A10070
        assert registers[0x1004] == 0x11A10000
        assert registers[0x1018] & 0xFF == 0x50
        device.config = Evk4Config()
        assert registers[0x1010] & 0xFF == 0x60


def test_an_offset_this_chip_cannot_take_is_refused_and_nothing_changes():
    with hw_drivers.open(QUIET) as device:
        before = dict(device.emulator.registers)
        bad = Evk4Config(bias=Evk4Biases(diff_on=10, diff_off=-74))
        with pytest.raises(ConfigError, match="factory value is 73"):
            device.update(bad).result()
        assert dict(device.emulator.registers) == before
        assert device.config == Evk4Config()


@pytest.mark.parametrize("bias", BIASES, ids=lambda b: b.name)
def test_every_bias_reaches_its_own_register(bias):
    with hw_drivers.open(QUIET, Evk4Config(bias=Evk4Biases(**{bias.name: 3}))) as device:
        assert device.emulator.registers[bias.address] == 0x11A10000 | (bias.usual + 3)


def test_masks_in_the_registers():
    roi = Roi(window=Window(x=32, y=1, width=1248, height=719), pixels=((5, 700), (1279, 0)))
    with hw_drivers.open(QUIET, Evk4Config(roi=roi)) as device:
        registers = device.emulator.registers
        assert [registers[0x2000], registers[0x2004], registers[0x209C]] == [0xFFFFFFFF, 0, 0]
        # Rows are those that events tell.
        assert registers[0x4000] == 1
        assert registers[0x4058] == 0x00FF0000
        assert registers[0x9100] == 0x80000000 | 700 << 16 | 5
        assert registers[0x9104] == 0x80000000 | 1279
        assert registers.get(0x9108, 0) == 0


def test_verify_reads_back():
    with hw_drivers.open(QUIET) as device:
        config = Evk4Config(bias=Evk4Biases(hpf=7))
        assert round_trips(device, config, verify=True) == 2
        chip = device.emulator.chip
        chip.registers.on_write(range(0x1010, 0x1011), lambda address, value: 0)
        with pytest.raises(hw_drivers.HardwareError, match="0x1010"):
            device.update(Evk4Config(bias=Evk4Biases(diff_on=1)), verify=True).result()


def test_a_configuration_of_another_kind_is_refused():
    with hw_drivers.open(QUIET) as device, pytest.raises(ConfigError, match="Evk4Config"):
        device.update(Evk4Biases())


def test_an_unknown_sensor_is_refused(monkeypatch):
    from hw_drivers.emulators.imx636 import Imx636Model

    monkeypatch.setattr(Imx636Model, "compatible", ("psee,ccam5_gen41",))
    with pytest.raises(hw_drivers.ProtocolError, match="psee,ccam5_gen41"):
        hw_drivers.open(QUIET)
