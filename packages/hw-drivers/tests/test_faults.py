"""A device that misbehaves: one clear error each, never a hang, never a crash."""

import gc
import threading

import pytest

import hw_drivers
from hw_drivers import DeviceDisconnected, Evk4Biases, Evk4Config, HardwareError, Roi, Window

SESSION = "emulated:evk4?realtime=0&rate=1e6&duration=5ms"
CONFIG = Evk4Config(
    bias=Evk4Biases(diff_on=5), roi=Roi(window=Window(x=9, width=600)), rate_limit=2e6
)


def session(query=""):
    """Open, stream, update, stream, close: every phase once."""
    with hw_drivers.open(SESSION + query, CONFIG) as device:
        for i, _ in enumerate(device.packets()):
            if i == 2:
                device.config = Evk4Config(bias=Evk4Biases(fo=-3))
    return device.emulator.board.requests


REQUESTS = session()
CLOSING = 25  # requests that stop the sensor and switch it off


def test_a_session_without_faults_is_short():
    assert 60 < REQUESTS < 140


@pytest.mark.parametrize("request_number", range(0, REQUESTS, 3))
def test_unplugged_at_every_phase(request_number):
    error = None
    try:
        session(f"&unplug_at_request={request_number}")
    except DeviceDisconnected as caught:
        error = caught
    # The last phase switches the sensor off; a device that has left needs none of it.
    assert error is not None or request_number > REQUESTS - CLOSING
    assert error is None or "emulated:evk4 was disconnected" in str(error)
    assert error is None or error.__cause__ is None
    assert not [t for t in threading.enumerate() if t.name.startswith("hw_drivers")]


def test_unplugged_while_streaming_delivers_first_and_counts():
    packets = []
    uri = "emulated:evk4?realtime=0&rate=1e6&unplug_after=10ms"
    with hw_drivers.open(uri) as device, pytest.raises(DeviceDisconnected) as caught:
        packets.extend(device.packets())
    got, last = sum(len(p.events) for p in packets), int(packets[-1].events.t[-1])
    assert (caught.value.events, caught.value.packets) == (got, 10)
    assert caught.value.last_t_us == last < 10_000
    assert f"{got} events in 10 packets" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_device_that_left_stays_gone_and_can_be_opened_again():
    uri = "emulated:evk4?realtime=0&unplug_after=2ms"
    with hw_drivers.open(uri) as device:
        with pytest.raises(DeviceDisconnected):
            list(device.packets())
        with pytest.raises(DeviceDisconnected):
            device.config = CONFIG
        with pytest.raises(DeviceDisconnected):
            next(device.packets())
    with hw_drivers.open(uri) as device:
        assert len(next(device.packets()).events)


@pytest.mark.parametrize("fault", ["stall", "fail", "torn", "oversized", "mismatched", "silent"])
@pytest.mark.parametrize("request_number", [0, 1, 2, 3, 30, 57, 58, 60])
def test_one_bad_answer_is_one_clear_error(fault, request_number):
    with pytest.raises(HardwareError) as caught:
        session(f"&{fault}={request_number}")
    assert not isinstance(caught.value, DeviceDisconnected)
    assert "\n" not in str(caught.value)


def test_bad_answers_while_closing_do_not_keep_the_device():
    numbers = ",".join(map(str, range(REQUESTS - CLOSING, REQUESTS)))
    with hw_drivers.open(SESSION + f"&stall={numbers}", CONFIG) as device:
        for i, _ in enumerate(device.packets()):
            if i == 2:
                device.config = Evk4Config(bias=Evk4Biases(fo=-3))
    with pytest.raises(HardwareError, match="closed"):
        device.start()


def test_a_failed_update_keeps_the_configuration_that_was_reported():
    with hw_drivers.open("emulated:evk4?realtime=0&stall=59") as device:
        with pytest.raises(HardwareError, match="stall"):
            device.config = CONFIG
        assert device.config == Evk4Config()


def test_closed_devices_say_so():
    device = hw_drivers.open(SESSION)
    device.close()
    device.close()
    for call in (device.start, lambda: next(device.packets()), lambda: device.update(CONFIG)):
        with pytest.raises(HardwareError, match="is closed"):
            call()


def test_two_devices_with_one_serial_number_are_two_devices():
    with hw_drivers.open(SESSION) as first, hw_drivers.open(SESSION, CONFIG) as second:
        assert first.info.serial == second.info.serial
        assert first.config != second.config
        assert sum(1 for _ in first.packets()) == sum(1 for _ in second.packets()) == 5


def test_an_abandoned_paced_device_can_be_closed_while_it_streams():
    device = hw_drivers.open("emulated:evk4?rate=1e5&buffers=2")
    packet = next(device.packets())
    assert len(packet.events)
    device.close()
    gc.collect()
    assert not [t for t in threading.enumerate() if t.name == "hw_drivers-emulator"]


def test_a_paced_device_unplugs_in_the_middle_too():
    uri = "emulated:evk4?rate=1e6&unplug_after=3ms"
    with hw_drivers.open(uri) as device, pytest.raises(DeviceDisconnected) as caught:
        list(device.packets())
    assert caught.value.packets == 3


def test_a_paced_device_ends_with_its_duration():
    with hw_drivers.open("emulated:evk4?rate=1e6&duration=4ms") as device:
        assert sum(1 for _ in device.packets()) == 4
        assert device.health().lost_packets == 0


def test_a_fault_of_the_model_reaches_the_consumer(monkeypatch):
    from hw_drivers.emulators.evk4 import Evk4Model

    def broken(self):
        raise ZeroDivisionError("planted")

    monkeypatch.setattr(Evk4Model, "step", broken)
    with hw_drivers.open("emulated:evk4") as device, pytest.raises(ZeroDivisionError):
        list(device.packets())
