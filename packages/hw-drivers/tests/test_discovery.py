"""Which devices are listed, and that listing them never fails."""

import os
from pathlib import Path

import pytest

from hw_drivers import devices
from hw_drivers.devices import DRIVERS
from hw_drivers.tables.usb_identities import IDENTITIES


def real(sysfs: Path):
    found = devices(sysfs=sysfs, dev=sysfs.parent / "dev")
    return [info for info in found if info.kind == "usb"]


def test_without_a_bus_only_emulated_devices_are_listed(tmp_path):
    found = devices(sysfs=tmp_path / "absent")
    assert [info.uri for info in found] == [f"emulated:{key}" for key in DRIVERS]
    assert found[0].error is None
    assert found[0].verified == "emulated"


def test_sysfs_that_is_a_file_does_not_raise(tmp_path):
    (tmp_path / "file").write_text("x")
    assert devices(sysfs=tmp_path / "file")


def test_an_evk4_is_listed_with_speed_node_and_serial(fake_bus):
    sysfs = fake_bus("2-1", vendor="04b4", product="00f5", manufacturer="Prophesee", serial="51234")
    (sysfs / "2-1" / "product").write_text("EVK4\n")
    (info,) = real(sysfs)
    assert (info.uri, info.name, info.size) == ("evk4:51234", "Prophesee EVK4", (1280, 720))
    assert (info.vendor_id, info.product_id, info.speed_mbps) == (0x04B4, 0x00F5, 5000.0)
    assert info.node is not None
    assert info.node.endswith(os.path.join("002", "007"))
    assert info.error is None


def test_a_gadget_with_the_same_numbers_is_not_a_camera(fake_bus):
    sysfs = fake_bus("1-1", vendor="04b4", product="00f4", interface=("08", "06"))
    assert real(sysfs) == []


def test_upper_case_identifiers_are_understood(fake_bus):
    sysfs = fake_bus(
        "1-2", vendor="1409", product="8E00", manufacturer="IDS Imaging Development Systems GmbH"
    )
    (sysfs / "1-2" / "product").write_text("UE-39B0XCP")
    assert [info.name for info in real(sysfs)] == ["IDS uEye XCP-E"]


def test_a_camera_without_a_driver_is_listed_with_that_error(fake_bus, monkeypatch):
    monkeypatch.delitem(DRIVERS, "davis240")
    sysfs = fake_bus("1-3", vendor="152a", product="841b", interface=None)
    (info,) = real(sysfs)
    assert info.error is not None
    assert "no driver" in info.error
    assert info.verified == "no driver in this version"


def test_a_missing_node_is_that_devices_error_alone(fake_bus):
    fake_bus("1-4", vendor="31f7", product="0003", manufacturer="CenturyArks", node=False, number=9)
    sysfs = fake_bus("1-5", vendor="152a", product="8419", interface=None)
    first, second = real(sysfs)
    assert "does not exist" in (first.error or "")
    assert second.name == "iniVation DVXplorer"


def test_permission_denied_names_node_and_fix(fake_bus, monkeypatch):
    sysfs = fake_bus("1-6", vendor="31f7", product="0003", manufacturer="CenturyArks")
    monkeypatch.setattr(os, "access", lambda path, mode: False)
    (info,) = real(sysfs)
    assert info.node is not None
    assert info.node in (info.error or "")
    assert "udev" in (info.error or "")


@pytest.mark.parametrize("spoiled", ["idVendor", "busnum", "speed"])
def test_garbage_in_sysfs_does_not_raise(fake_bus, spoiled):
    sysfs = fake_bus("1-7", vendor="04b4", product="00f5")
    (sysfs / "1-7" / spoiled).write_bytes(b"\xff\x00garbage")
    assert devices(sysfs=sysfs)


def test_every_identity_names_its_source():
    assert all(row.source for row in IDENTITIES)
