"""What the doctor finds on prepared computers."""

import json
import os
from pathlib import Path

import pytest

from hw_drivers.cli import main
from hw_drivers.doctor.checks import System, examine, udev_rules
from neuro_kernels import usb


@pytest.fixture
def system(tmp_path):
    """A computer without anything, to be filled."""
    for name in ("rules", "proc"):
        (tmp_path / name).mkdir()
    return System(
        sysfs=tmp_path / "sys",
        dev=tmp_path / "dev",
        rules=(tmp_path / "rules",),
        usbfs_limit=tmp_path / "usbfs_memory_mb",
        proc=tmp_path / "proc",
    )


def plug(fake_bus, name="2-1", speed="5000", **options) -> Path:
    options = {"vendor": "31f7", "product": "0003", "manufacturer": "CenturyArks"} | options
    sysfs = fake_bus(name, **options)
    (sysfs / name / "speed").write_text(speed)
    return sysfs / name


def found(system, level):
    return [(f.what, f.fix or "") for f in examine(system) if f.level == level]


def test_a_well_kept_computer_has_no_problem(system, fake_bus):
    plug(fake_bus)
    (system.rules[0] / "65-event-cameras.rules").write_text(udev_rules())
    system.usbfs_limit.write_text("128\n")
    assert found(system, "problem") == []
    assert found(system, "warning") == []


def test_denied_access_asks_for_the_rules(system, fake_bus, monkeypatch):
    plug(fake_bus)
    monkeypatch.setattr(os, "access", lambda path, mode: False)
    problems = found(system, "problem")
    assert any("no udev rules" in what and "--write-udev" in fix for what, fix in problems)
    assert any("no permission" in what and "--write-udev" in fix for what, fix in problems)


def test_upper_case_rules_are_found(system):
    rule = 'SUBSYSTEM=="usb", ATTRS{idVendor}=="1409", ATTRS{idProduct}=="8E00", MODE="0666"\n'
    (system.rules[0] / "60-x.rules").write_text(rule)
    ((what, fix),) = found(system, "problem")
    assert "1409:8E00 is in upper case" in what
    assert "1409:8e00" in fix


def test_a_small_memory_limit_is_a_warning_with_its_fix(system):
    system.usbfs_limit.write_text("16\n")
    what, fix = next(w for w in found(system, "warning") if "memory" in w[0])
    assert "enough for 4 cameras" in what
    assert str(system.usbfs_limit) in fix


@pytest.mark.parametrize(
    ("prepare", "words"),
    [
        (lambda folder: (folder / "speed").write_text("480"), "480 Mbit/s"),
        (lambda folder: folder.rename(folder.with_name("2-1.4")), "behind a hub"),
        (
            lambda folder: (
                (folder / "power").mkdir(),
                (folder / "power" / "control").write_text("auto"),
            ),
            "suspend",
        ),
    ],
)
def test_poor_links_are_warnings(system, fake_bus, prepare, words):
    prepare(plug(fake_bus))
    warnings = [w for w in found(system, "warning") if words in w[0]]
    assert warnings
    assert warnings[0][1]


def test_another_program_that_holds_the_device_is_named(system, fake_bus):
    plug(fake_bus)
    process = system.proc / "4321"
    (process / "fd").mkdir(parents=True)
    (process / "comm").write_text("viewer\n")
    (process / "fd" / "7").symlink_to(system.dev / "002" / "007")
    assert [w for w, _ in found(system, "problem") if "held by viewer (4321)" in w]


def test_a_missing_libusb_is_a_problem(system, monkeypatch):
    monkeypatch.setenv(usb.ENVIRONMENT, "/no/such/libusb.so")
    assert any("libusb" in what and "install" in fix for what, fix in found(system, "problem"))


def test_the_rules_are_lower_case_and_of_every_camera():
    rules = udev_rules()
    assert '"04b4"' in rules
    assert '"8e00"' in rules
    identifiers = [part for part in rules.split('"') if len(part) == 4 and part != "0666"]
    assert all(part == part.lower() for part in identifiers)


def test_the_command_writes_the_rules(tmp_path, capsys):
    path = tmp_path / "65.rules"
    assert main(["doctor", "--write-udev", str(path)]) == 0
    assert path.read_text() == udev_rules()
    assert "udevadm" in capsys.readouterr().out
    assert main(["doctor", "--write-udev", str(tmp_path / "no" / "x")]) == 1
    assert "sudo" in capsys.readouterr().err


def test_the_command_prints_findings(capsys, monkeypatch):
    from hw_drivers import cli
    from hw_drivers.doctor.checks import Finding

    monkeypatch.setattr(
        cli, "examine", lambda: [Finding("ok", "fine"), Finding("problem", "bad", "mend it")]
    )
    assert main(["doctor"]) == 1
    captured = capsys.readouterr()
    assert captured.out.splitlines() == ["ok       fine", "problem  bad", "         -> mend it"]
    assert captured.err == "hw-drivers: 1 problem found\n"
    monkeypatch.setattr(cli, "examine", lambda: [Finding("ok", "fine")])
    assert main(["doctor", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)[0]["what"] == "fine"
