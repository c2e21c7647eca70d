"""Guests with a kernel of their own: what is loaded, what is run, how they end."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from devtools.guest import GuestError, Kernel, load_order, run_in_guest, unpack_kernel

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="scripts stand for programs")

MODULES = """\
kernel/usb/vhci-hcd.ko: kernel/usb/usbip-core.ko kernel/usb/usbcore.ko
kernel/usb/usbip-core.ko: kernel/usb/usbcore.ko
kernel/usb/usbcore.ko: kernel/usb/usb-common.ko
kernel/usb/usb-common.ko:
kernel/fs/9p.ko.xz:
kernel/net/other.ko: kernel/usb/usbcore.ko
"""


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder before all others on PATH, with a busybox and a cpio that copy nothing."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")
    script(folder / "busybox", ":")
    script(folder / "cpio", "cat >/dev/null")
    return folder


@pytest.fixture
def kernel(tmp_path: Path) -> Kernel:
    """A kernel with the modules of the table."""
    modules = tmp_path / "modules"
    for line in MODULES.splitlines():
        path = modules / line.partition(":")[0]
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"")
    (modules / "modules.dep").write_text(MODULES)
    return Kernel(tmp_path / "vmlinuz", modules)


def script(path: Path, text: str) -> None:
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)


def test_modules_come_after_those_that_they_need_and_once() -> None:
    order = [Path(path).name for path in load_order(MODULES, ["vhci-hcd", "9p", "usbcore", "ext4"])]
    assert order == ["usb-common.ko", "usbcore.ko", "usbip-core.ko", "vhci-hcd.ko", "9p.ko.xz"]


def test_the_status_of_the_command_comes_back_beside_its_lines(
    programs: Path, kernel: Kernel, tmp_path: Path
) -> None:
    script(programs / "qemu-system-x86_64", 'printf "one\\r\\ntwo\\r\\nguest-status: 3\\r\\n"')
    lines: list[str] = []
    status = run_in_guest(kernel, ["true"], tmp_path, modules=["vhci_hcd"], show=lines.append)
    assert (status, lines) == (3, ["one", "two"])
    order = (tmp_path / "initramfs" / "modules" / "order").read_text().split()
    assert order.index("usbcore.ko") < order.index("vhci-hcd.ko")


def test_the_command_gets_its_words_its_place_and_no_other_environment(
    programs: Path, kernel: Kernel, tmp_path: Path
) -> None:
    script(programs / "qemu-system-x86_64", 'echo "guest-status: 0"')
    place = tmp_path / "a b"
    place.mkdir()
    code = "import os, sys; print(os.getcwd(), sys.argv[1:], os.environ['A'], 'HOME' in os.environ)"
    command = [sys.executable, "-c", code, "x y", "$HOME", "it's"]
    run_in_guest(kernel, command, tmp_path, env={"A": "1 2"}, cwd=place)
    text = subprocess.run(
        ["sh", str(tmp_path / "initramfs" / "command")], capture_output=True, text=True, check=True
    ).stdout
    assert text.strip() == f"{place} {command[3:]} 1 2 False"


@pytest.mark.parametrize(
    ("text", "limit_s", "words"),
    [("echo panic", 60.0, "without a status"), ("exec tail -f /dev/null", 0.2, "after 0.2 s")],
)
def test_a_guest_that_crashes_or_hangs_is_an_error(
    programs: Path, kernel: Kernel, tmp_path: Path, text: str, limit_s: float, words: str
) -> None:
    script(programs / "qemu-system-x86_64", text)
    with pytest.raises(GuestError, match=words):
        run_in_guest(kernel, ["true"], tmp_path, timeout_s=limit_s)


def test_a_module_that_the_kernel_lacks_is_named(
    programs: Path, kernel: Kernel, tmp_path: Path
) -> None:
    with pytest.raises(GuestError, match="no module dummy_hcd"):
        run_in_guest(kernel, ["true"], tmp_path, modules=["dummy_hcd"])


def test_where_there_is_no_such_kernel_the_reason_is_told(programs: Path, tmp_path: Path) -> None:
    script(programs / "apt-cache", ":")
    with pytest.raises(GuestError, match="apt knows no package linux-image-amd64"):
        unpack_kernel(tmp_path)
    script(programs / "apt-cache", "echo '  Depends: linux-image-6.1.0-1-amd64'")
    script(programs / "apt-get", "echo 'E: no network' >&2; exit 100")
    with pytest.raises(GuestError, match=r"apt-get download .*: E: no network"):
        unpack_kernel(tmp_path)
