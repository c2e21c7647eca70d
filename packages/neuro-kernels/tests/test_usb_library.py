"""Finding and loading libusb; the transfers are tested in C++ and through hw-drivers."""

import pytest

from neuro_kernels import usb
from neuro_kernels.usb import ByteLog, UsbError

pytestmark = pytest.mark.any_level


def test_a_library_that_is_not_there_is_one_error(monkeypatch):
    monkeypatch.setenv(usb.ENVIRONMENT, "/no/such/libusb.so")
    with pytest.raises(UsbError, match=r"libusb\.so") as caught:
        usb.library()
    assert caught.value.errno == 0


def test_a_library_that_is_not_libusb_is_one_error():
    with pytest.raises(UsbError, match=r"lacks libusb_init|cannot open"):
        usb.library("libm.so.6")


def test_without_any_library_the_message_names_what_to_install(monkeypatch):
    monkeypatch.setattr(usb, "_SYSTEM", {"linux": ("none.so",)})
    monkeypatch.setattr(usb.importlib.util, "find_spec", lambda name: None)
    monkeypatch.setattr(usb.sys, "platform", "linux")
    usb._first.cache_clear()
    with pytest.raises(UsbError, match="pip install libusb-package"):
        usb.library()
    usb._first.cache_clear()


def test_a_log_writes_and_counts(tmp_path):
    path = tmp_path / "log"
    with path.open("wb") as file:
        log = ByteLog(usb.os.dup(file.fileno()), 1 << 20)
    counts = log.finish()
    assert (counts["packets"], counts["bytes"], counts["errno"]) == (0, 0, 0)
    assert log.finish() == counts
    assert path.read_bytes() == b""
