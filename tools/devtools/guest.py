"""A guest with a kernel of its own that sees this machine's files read-only.

QEMU emulates the processor, so that neither KVM nor rights on this machine's kernel are needed.
What the guest writes stays in its memory. Its output comes through the serial console.
"""

import os
import re
import shlex
import shutil
import subprocess
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

__all__ = ["PROGRAMS", "GuestError", "Kernel", "load_order", "run_in_guest", "unpack_kernel"]

# Program -> package of Debian.
PROGRAMS = {
    "qemu-system-x86_64": "qemu-system-x86",
    "busybox": "busybox-static",
    "cpio": "cpio",
    "depmod": "kmod",
    "dpkg-deb": "dpkg",
    "apt-get": "apt",
    "apt-cache": "apt",
}
META_PACKAGE = "linux-image-amd64"  # the one for clouds has no virtual USB bus
_FILE_SYSTEMS = ("virtio_pci", "9pnet_virtio", "9p", "overlay")
_STATUS = "guest-status:"

_INIT = """\
#!/bin/busybox sh
/bin/busybox mkdir -p /proc /sys /dev /lower /upper /root
/bin/busybox --install -s /bin
export PATH=/bin
mount -t proc proc /proc
for module in $(cat /modules/order); do
  insmod "/modules/$module" || echo "cannot load $module"
done
mount -t 9p -o trans=virtio,version=9p2000.L,ro,msize=262144,cache=loose host /lower
mount -t tmpfs tmpfs /upper
mkdir /upper/files /upper/work
mount -t overlay -o lowerdir=/lower,upperdir=/upper/files,workdir=/upper/work overlay /root
mount -t proc proc /root/proc
mount -t sysfs sysfs /root/sys
mount -t devtmpfs devtmpfs /root/dev
mount -t tmpfs tmpfs /root/tmp
mount -t tmpfs tmpfs /root/run
ifconfig lo 127.0.0.1
cp /command /root/run/command
chroot /root /bin/sh /run/command
echo "{status} $?"
reboot -f
""".replace("{status}", _STATUS)


class GuestError(Exception):
    """The guest cannot be made, or did not come to an end."""


@dataclass(frozen=True)
class Kernel:
    """An unpacked kernel.

    Args:
        image: what the boot loader loads.
        modules: folder with `modules.dep`.
    """

    image: Path
    modules: Path


def unpack_kernel(folder: Path) -> Kernel:
    """Fetch Debian's kernel into `folder`, without installing it; a second call finds it there.

    Args:
        folder: where the kernels lie, one folder for each version.

    Raises:
        GuestError: apt does not know such a kernel or cannot fetch it.
    """
    depends = _call(["apt-cache", "depends", META_PACKAGE])
    found = re.search(r"Depends: (linux-image-(\S+))", depends)
    if found is None:
        raise GuestError(
            f"apt knows no package {META_PACKAGE}; Debian has it, after apt-get update"
        )
    package, version = found.groups()
    tree = folder / package
    kernel = Kernel(tree / f"boot/vmlinuz-{version}", tree / f"lib/modules/{version}")
    if (kernel.modules / "modules.dep").is_file():
        return kernel
    shutil.rmtree(tree, ignore_errors=True)
    tree.mkdir(parents=True)
    _call(["apt-get", "download", "-qq", package], cwd=tree)
    (archive,) = tree.glob("*.deb")
    _call(["dpkg-deb", "-x", archive.name, "."], cwd=tree)
    archive.unlink()
    _call(["depmod", "-b", str(tree), version])
    return kernel


def load_order(dependencies: str, names: Iterable[str]) -> list[str]:
    """Return the modules that `names` need, each after those that it depends on.

    Args:
        dependencies: text of `modules.dep`: a module's path, a colon, those that it needs.
        names: modules, with `_` or `-`; one that is built in or unknown is left out.

    Example:
        >>> load_order("a/x-y.ko: b/z.ko\\nb/z.ko:\\n", ["x_y"])
        ['b/z.ko', 'a/x-y.ko']
    """
    needs: dict[str, tuple[str, list[str]]] = {}
    for line in dependencies.splitlines():
        path, _, others = line.partition(":")
        needs[_module_name(path)] = (path, others.split())
    order: dict[str, None] = {}

    def add(name: str) -> None:
        path, others = needs.get(name, ("", []))
        if not path or path in order:
            return
        for other in others:
            add(_module_name(other))
        order[path] = None

    for name in names:
        add(name.replace("-", "_"))
    return list(order)


def _show(line: str) -> None:
    print(line, flush=True)


def run_in_guest(
    kernel: Kernel,
    command: Sequence[str],
    folder: Path,
    *,
    modules: Sequence[str] = (),
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
    memory_mb: int = 1024,
    timeout_s: float = 300.0,
    show: Callable[[str], object] = _show,
) -> int:
    """Boot the guest, run one command there and return its exit status.

    Args:
        kernel: from `unpack_kernel`.
        command: program and arguments, with paths of this machine.
        folder: where the start-up files are put.
        modules: kernel modules that the command needs.
        env: the whole environment of the command.
        cwd: where it is run.
        memory_mb: memory of the guest, in MiB.
        timeout_s: real time after which the guest is ended.
        show: called with each line of the console.

    Raises:
        GuestError: the time is over, or the guest ended without a status.
    """
    initramfs = _initramfs(kernel, folder, modules, _script(command, env or {}, cwd))
    machine = [
        *("qemu-system-x86_64", "-accel", "tcg", "-cpu", "max", "-smp", "1"),
        *("-m", str(memory_mb), "-nodefaults", "-no-reboot", "-display", "none"),
        *("-serial", "stdio", "-kernel", str(kernel.image), "-initrd", str(initramfs)),
        *("-append", "console=ttyS0 quiet loglevel=3 panic=-1"),
        *("-fsdev", "local,id=host,path=/,security_model=none,readonly=on,multidevs=remap"),
        *("-device", "virtio-9p-pci,fsdev=host,mount_tag=host"),
    ]
    pipe = subprocess.PIPE
    with subprocess.Popen(
        machine, stdin=subprocess.DEVNULL, stdout=pipe, stderr=subprocess.STDOUT
    ) as process:
        late = threading.Event()

        def end() -> None:
            late.set()
            process.kill()

        timer = threading.Timer(timeout_s, end)
        timer.start()
        status = None
        assert process.stdout is not None
        try:
            for raw in process.stdout:
                line = raw.decode("utf-8", "replace").rstrip()
                if line.startswith(_STATUS):
                    status = int(line.removeprefix(_STATUS))
                else:
                    show(line)
        finally:
            timer.cancel()
            process.kill()
    if status is None:
        what = f"was not done after {timeout_s:g} s" if late.is_set() else "ended without a status"
        raise GuestError(f"the guest {what}; the last lines above say how far it came")
    return status


def _script(command: Sequence[str], env: Mapping[str, str], cwd: Path | None) -> str:
    settings = [f"{name}={value}" for name, value in env.items()]
    place = f"cd {shlex.quote(str(cwd))} && " if cwd else ""
    return f"{place}exec {shlex.join(['env', '-i', *settings, *command])}\n"


def _initramfs(kernel: Kernel, folder: Path, modules: Sequence[str], script: str) -> Path:
    """Write the files that the guest starts with."""
    tree = folder / "initramfs"
    shutil.rmtree(tree, ignore_errors=True)
    for name in ("bin", "modules"):
        (tree / name).mkdir(parents=True)
    busybox = shutil.which("busybox")
    if busybox is None:
        raise GuestError("there is no program busybox on PATH (Debian: busybox-static)")
    shutil.copy(busybox, tree / "bin" / "busybox")
    dependencies = (kernel.modules / "modules.dep").read_text("utf-8")
    order = load_order(dependencies, [*_FILE_SYSTEMS, *modules])
    absent = {one.replace("-", "_") for one in modules} - {_module_name(path) for path in order}
    if absent:
        raise GuestError(f"the kernel {kernel.modules.name} has no module {sorted(absent)[0]}")
    for path in order:
        shutil.copy(kernel.modules / path, tree / "modules")
    names = "".join(f"{Path(path).name}\n" for path in order)
    (tree / "modules" / "order").write_text(names, "utf-8")
    (tree / "command").write_text(script, "utf-8")
    (tree / "init").write_text(_INIT, "utf-8")
    (tree / "init").chmod(0o755)
    files = "\n".join(str(path.relative_to(tree)) for path in sorted(tree.rglob("*")))
    archive = folder / "initramfs.cpio"
    with archive.open("wb") as out:
        done = subprocess.run(
            ["cpio", "-o", "-H", "newc", "--quiet"],
            input=files.encode(),
            stdout=out,
            cwd=tree,
            check=False,
        )
    if done.returncode != 0:
        raise GuestError("cpio did not write the guest's start-up files")
    return archive


def _module_name(path: str) -> str:
    return Path(path).name.partition(".ko")[0].replace("-", "_")


def _call(command: Sequence[str], *, cwd: Path | None = None) -> str:
    done = subprocess.run(
        command,
        cwd=cwd,
        capture_output=True,
        text=True,
        check=False,
        env=os.environ | {"LC_ALL": "C"},
    )
    if done.returncode != 0:
        words = (done.stderr or done.stdout).strip().splitlines()
        raise GuestError(f"{shlex.join(command)}: {words[-1] if words else 'failed'}")
    return done.stdout
