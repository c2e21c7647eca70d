"""What keeps cameras from working on this computer, and one fix for each."""

import os
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from hw_drivers.devices import DRIVERS
from hw_drivers.discovery import DeviceInfo, devices
from hw_drivers.errors import HardwareError
from hw_drivers.tables.usb_identities import IDENTITIES

__all__ = ["RULES_PATH", "Finding", "System", "examine", "udev_rules", "write_udev_rules"]

RULES_PATH = Path("/etc/udev/rules.d/65-event-cameras.rules")
_RECOMMENDED_USBFS_MB = 64  # 16 transfers of 128 KiB each for more than four cameras
_SUPER_SPEED_MBPS = 5000


@dataclass(frozen=True)
class Finding:
    """The result of one check.

    Args:
        level: "ok", "warning" (works, with limits) or "problem" (does not work).
        what: what was found, in one sentence.
        fix: what to do, or None where nothing is to be done.
    """

    level: Literal["ok", "warning", "problem"]
    what: str
    fix: str | None = None


@dataclass(frozen=True)
class System:
    """Where the operating system tells about itself.

    Args:
        sysfs: USB devices.
        dev: device nodes.
        rules: folders of udev rules.
        usbfs_limit: file with the memory limit of USB transfers in MiB.
        proc: running programs.
    """

    sysfs: Path = Path("/sys/bus/usb/devices")
    dev: Path = Path("/dev/bus/usb")
    rules: tuple[Path, ...] = (
        Path("/etc/udev/rules.d"),
        Path("/run/udev/rules.d"),
        Path("/lib/udev/rules.d"),
        Path("/usr/lib/udev/rules.d"),
    )
    usbfs_limit: Path = Path("/sys/module/usbcore/parameters/usbfs_memory_mb")
    proc: Path = Path("/proc")


def examine(system: System | None = None) -> list[Finding]:
    """Check the computer and every camera on its USB buses.

    Args:
        system: where to look; None: this computer.

    Returns:
        Findings in the order of the checks; never raises.

    Example:
        >>> from pathlib import Path
        >>> nowhere = Path("/nowhere")
        >>> found = examine(System(sysfs=nowhere, rules=(nowhere,), proc=nowhere))
        >>> [finding.what for finding in found if "USB buses" in finding.what]
        ['no camera is on the USB buses']
    """
    system = system or System()
    findings = [_libusb(), _memory(system)]
    found = [d for d in devices(sysfs=system.sysfs, dev=system.dev) if d.kind == "usb"]
    findings += _rules(system, needed=any(_denied(info) for info in found))
    if not found:
        findings.append(
            Finding(
                "warning",
                "no camera is on the USB buses",
                "plug one in, or try without one: hw-drivers info emulated:evk4",
            )
        )
    for info in found:
        findings += _device(info, system)
    return findings


def udev_rules() -> str:
    """Return the udev rules that give every user of the computer access to the cameras.

    Identifiers are in lower case, as the kernel writes them: a rule with upper-case digits never
    matches.

    Example:
        >>> 'ATTR{idVendor}=="1409", ATTR{idProduct}=="8e00"' in udev_rules()
        True
    """
    pairs = sorted({(row.vendor_id, pid) for row in IDENTITIES for pid in row.product_ids})
    lines = ["# Access to event cameras, written by `hw-drivers doctor --write-udev`."]
    lines += [
        f'SUBSYSTEM=="usb", ATTR{{idVendor}}=="{vid:04x}", ATTR{{idProduct}}=="{pid:04x}", '
        'MODE="0666", TAG+="uaccess"'
        for vid, pid in pairs
    ]
    return "\n".join(lines) + "\n"


def write_udev_rules(path: Path = RULES_PATH) -> str:
    """Write the udev rules.

    Returns:
        What to do next, in one sentence.

    Raises:
        HardwareError: the file cannot be written.
    """
    temporary = path.with_name(f".{path.name}.new")
    try:
        temporary.write_text(udev_rules())
        os.replace(temporary, path)
    except OSError as error:
        raise HardwareError(
            f"cannot write {path}: {error.strerror}; run it with sudo, or write to another place "
            "with --write-udev PATH"
        ) from None
    return (
        f"wrote {path}; now run: sudo udevadm control --reload && sudo udevadm trigger, and plug "
        "the camera in again"
    )


def _libusb() -> Finding:
    from neuro_kernels.usb import UsbError, library

    try:
        version = ".".join(map(str, library().version))
    except UsbError as error:
        return Finding(
            "problem",
            f"libusb cannot be loaded ({error.strerror})",
            "install it (Debian: sudo apt install libusb-1.0-0) or pip install libusb-package",
        )
    return Finding("ok", f"libusb {version}")


def _memory(system: System) -> Finding:
    try:
        megabytes = int(system.usbfs_limit.read_text())
    except (OSError, ValueError):
        return Finding("ok", "this system tells no memory limit of USB transfers")
    if megabytes == 0 or megabytes >= _RECOMMENDED_USBFS_MB:
        limit = "no limit" if megabytes == 0 else f"{megabytes} MiB"
        return Finding("ok", f"memory of USB transfers: {limit}")
    return Finding(
        "warning",
        f"memory of USB transfers: {megabytes} MiB for all devices together, enough for "
        f"{megabytes // 4} cameras",
        f"for more cameras: echo {_RECOMMENDED_USBFS_MB * 2} | sudo tee {system.usbfs_limit}",
    )


def _rules(system: System, *, needed: bool) -> list[Finding]:
    texts = dict(_rule_files(system.rules))
    wanted = {f"{row.vendor_id:04x}" for row in IDENTITIES}
    matching = [
        path.name for path, text in texts.items() if any(f'"{vendor}"' in text for vendor in wanted)
    ]
    findings = []
    for path, text in texts.items():
        for vendor, product in re.findall(
            r'idVendor\}=="([0-9a-fA-F]{4})".*?idProduct\}=="([0-9a-fA-F]{4})"', text
        ):
            known = any(
                int(vendor, 16) == row.vendor_id and int(product, 16) in row.product_ids
                for row in IDENTITIES
            )
            if known and (vendor + product) != (vendor + product).lower():
                findings.append(
                    Finding(
                        "problem",
                        f"{path}: {vendor}:{product} is in upper case and never matches",
                        f"write it in lower case: {vendor.lower()}:{product.lower()}",
                    )
                )
    if matching:
        findings.append(Finding("ok", f"udev rules for cameras: {', '.join(sorted(matching))}"))
    else:
        findings.append(
            Finding(
                "problem" if needed else "warning",
                "there are no udev rules for cameras",
                "to use cameras without sudo: sudo hw-drivers doctor --write-udev",
            )
        )
    return findings


def _rule_files(folders: Iterable[Path]) -> Iterable[tuple[Path, str]]:
    for folder in folders:
        try:
            files = sorted(folder.glob("*.rules"))
        except OSError:
            continue
        for path in files:
            try:
                yield path, path.read_text(errors="replace")
            except OSError:
                continue


def _denied(info: DeviceInfo) -> bool:
    return bool(info.error and "permission" in info.error)


def _device(info: DeviceInfo, system: System) -> list[Finding]:
    name = f"{info.uri} ({info.name})"
    if info.error:
        fix = "sudo hw-drivers doctor --write-udev" if _denied(info) else None
        return [Finding("problem", f"{name}: {info.error}", fix)]
    findings = [Finding("ok", f"{name}: may be opened; driver proved: {info.verified}")]
    folder = _folder(info, system)
    fast = DRIVERS[info.uri.partition(":")[0]].super_speed
    if fast and info.speed_mbps is not None and info.speed_mbps < _SUPER_SPEED_MBPS:
        findings.append(
            Finding(
                "warning",
                f"{name}: linked at {info.speed_mbps:g} Mbit/s, it can do {_SUPER_SPEED_MBPS}",
                "use a USB 3 port and a USB 3 cable, and push the plug in with a quick move",
            )
        )
    if folder is not None and "." in folder.name:
        findings.append(
            Finding(
                "warning",
                f"{name}: behind a hub, which it shares with other devices",
                "plug it into a port of the computer if data is lost",
            )
        )
    if folder is not None and _text(folder / "power" / "control") == "auto":
        findings.append(
            Finding(
                "warning",
                f"{name}: the system may suspend it",
                f"echo on | sudo tee {folder / 'power' / 'control'}",
            )
        )
    for holder in _holders(info, system):
        findings.append(Finding("problem", f"{name}: held by {holder}", "end that program"))
    return findings


def _folder(info: DeviceInfo, system: System) -> Path | None:
    """Folder of a device in sysfs, found by its node's numbers."""
    if info.node is None:
        return None
    bus, device = (int(part) for part in Path(info.node).parts[-2:])
    try:
        for folder in system.sysfs.iterdir():
            if _text(folder / "busnum") == str(bus) and _text(folder / "devnum") == str(device):
                return folder
    except OSError:
        pass
    return None


def _holders(info: DeviceInfo, system: System) -> list[str]:
    """Programs of this user that have the device's node open, as "name (number)"."""
    found = []
    try:
        processes = [p for p in system.proc.iterdir() if p.name.isdigit()]
    except OSError:
        return []
    for process in processes:
        if process.name == str(os.getpid()):
            continue
        try:
            targets = {os.readlink(link) for link in (process / "fd").iterdir()}
        except OSError:
            continue
        if info.node in targets:
            found.append(f"{_text(process / 'comm') or 'a program'} ({process.name})")
    return found


def _text(path: Path) -> str | None:
    try:
        return path.read_text(errors="replace").strip()
    except OSError:
        return None
