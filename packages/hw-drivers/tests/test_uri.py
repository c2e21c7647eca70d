"""The grammar of device URIs and the options in them."""

import pytest

import hw_drivers
from hw_drivers import DeviceNotFound, HardwareError
from hw_drivers.opening.emulated import EmulatorOptions
from hw_drivers.uri import parse_seconds, parse_uri, read_options


def test_parts_of_a_uri():
    uri = parse_uri("emulated:EVK4:7?rate=50e6&scene=dots")
    assert (uri.scheme, uri.name, uri.serial) == ("emulated", "evk4", "7")
    assert dict(uri.options) == {"rate": "50e6", "scene": "dots"}


@pytest.mark.parametrize("text", ["", "evk4", ":evk4", "1x:y", "a:b?rate", "a:b?rate=1&rate=2"])
def test_malformed_uris_are_refused(text):
    with pytest.raises(HardwareError):
        parse_uri(text)


def test_options_are_read_by_type():
    uri = parse_uri("emulated:evk4?rate=50e6&unplug_after=300ms&realtime=off&stall=1,2&seed=3")
    options = read_options(uri, EmulatorOptions)
    assert (options.rate, options.unplug_after, options.seed) == (50e6, 0.3, 3)
    assert (options.realtime, options.stall) == (False, (1, 2))


def test_an_unknown_option_suggests_the_nearest():
    with pytest.raises(HardwareError, match="did you mean 'rate'"):
        read_options(parse_uri("emulated:evk4?raet=1"), EmulatorOptions)


@pytest.mark.parametrize(
    "query", ["rate=fast", "rate=-1", "seed=-1", "duration=3h", "drop=all", "realtime=2",
              "scene=sea", "serial=xyz", "buffers=0", "rate=nan"]
)  # fmt: skip
def test_bad_option_values_are_refused_in_one_sentence(query):
    with pytest.raises(HardwareError) as caught:
        hw_drivers.open(f"emulated:evk4?{query}")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("uri", ["emulated:evk9", "evk4:0001", "nosuch:thing"])
def test_unknown_devices_name_what_exists(uri):
    with pytest.raises(DeviceNotFound, match="emulated:evk4"):
        hw_drivers.open(uri)


@pytest.mark.parametrize(
    ("text", "seconds"), [("3", 3.0), ("2.5s", 2.5), ("10ms", 0.01), ("7us", 7e-6), ("1min", 60)]
)
def test_durations(text, seconds):
    assert parse_seconds(text) == pytest.approx(seconds)


def test_a_name_alone_is_told_how_it_is_written():
    with pytest.raises(HardwareError, match="dvs128: for a camera or emulated:dvs128"):
        hw_drivers.open("dvs128")


def test_an_emulated_camera_has_the_serial_number_of_its_uri():
    with hw_drivers.open("emulated:evk4:7?realtime=0") as device:
        assert device.info.serial == "00000007"
    with pytest.raises(HardwareError, match="hexadecimal"):
        hw_drivers.open("emulated:evk4:xyz")
