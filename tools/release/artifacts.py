"""The two files of a release, a source archive and a wheel, and what must be true of them."""

import subprocess
import sys
import tarfile
import tempfile
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from devtools.installers import PIP_SETTINGS, uv_settings
from devtools.messages import DevError, say, show_command
from devtools.packages import ROOT, Package
from devtools.processes import clean_environment, wheel_build

# A kernel wheel is downloaded by everybody; beyond this it carries something that it should not.
LARGEST_WHEEL = 5_000_000


@dataclass(frozen=True)
class Artifacts:
    """What is uploaded for one release."""

    package: Package
    sdist: Path
    wheel: Path


def build(package: Package, into: Path) -> Artifacts:
    """Build the source archive, and the wheel from nothing but that archive.

    Args:
        package: what to build.
        into: folder for both files.

    Returns:
        The two files.

    Raises:
        DevError: if one of them cannot be built.
    """
    call(["hatch", "build", "-t", "sdist", str(into)], cwd=package.path)
    sdist = _newest(package, into, "*.tar.gz")
    with tempfile.TemporaryDirectory() as folder:
        with tarfile.open(sdist) as archive:
            archive.extractall(folder, filter="data")
        source = next(Path(folder).iterdir())
        call(["hatch", "build", "-t", "wheel", str(into)], cwd=source)
    return Artifacts(package, sdist, _newest(package, into, "*.whl"))


def check(artifacts: Artifacts) -> None:
    """Look at the files of a release without installing them.

    Raises:
        DevError: at the first thing that is wrong, with the file that has it.
    """
    call(["twine", "check", "--strict", str(artifacts.sdist), str(artifacts.wheel)])
    for problem in problems(artifacts):
        raise DevError(problem)
    if artifacts.package.compiled and sys.platform == "linux":
        call(["auditwheel", "show", str(artifacts.wheel)])
    size = artifacts.wheel.stat().st_size
    say(f"   {artifacts.wheel.name}: {size / 1e6:.2f} MB, contents as they should be")


def problems(artifacts: Artifacts) -> list[str]:
    """List what is wrong with the contents of the two files, a sentence each."""
    package, wheel = artifacts.package, artifacts.wheel
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
    with tarfile.open(artifacts.sdist) as archive:
        sources = [name.partition("/")[2] for name in archive.getnames()]
    found = []
    if not any(name.endswith(".dist-info/licenses/LICENSE") for name in names):
        found.append(f"{wheel.name} carries no LICENSE: put one into {package.path.name}/.")
    if f"{package.import_name}/py.typed" not in names:
        found.append(f"{wheel.name} carries no py.typed, so type checkers ignore its types.")
    tops = {name.partition("/")[0] for name in names}
    foreign = [
        top for top in sorted(tops) if top != package.import_name and ".dist-info" not in top
    ]
    if foreign:
        found.append(f"{wheel.name} installs {foreign[0]!r} beside {package.import_name}.")
    missing = [name for name in ("LICENSE", "README.md", "CHANGELOG.md") if name not in sources]
    missing += [] if any(name.startswith("tests/") for name in sources) else ["tests/"]
    if missing:
        found.append(f"{artifacts.sdist.name} lacks {', '.join(missing)}.")
    if wheel.stat().st_size > LARGEST_WHEEL:
        megabytes = wheel.stat().st_size / 1e6
        found.append(f"{wheel.name} has {megabytes:.1f} MB; at most {LARGEST_WHEEL / 1e6:.0f}.")
    return found


def call(command: Sequence[str], *, cwd: Path = ROOT) -> None:
    """Run one of the release tools, installed beside this interpreter.

    Raises:
        DevError: if it fails.
    """
    beside = Path(sys.executable).parent / command[0]
    program = [str(beside) if beside.exists() else command[0], *command[1:]]
    show_command(command, ROOT)
    tag = sys.implementation.cache_tag or ""
    settings = {**uv_settings(), **PIP_SETTINGS, **wheel_build(cwd, tag)}
    result = subprocess.run(program, cwd=cwd, env=clean_environment(settings), check=False)
    if result.returncode != 0:
        raise DevError(f"`{command[0]}` failed; the lines above say why.")


def _newest(package: Package, folder: Path, pattern: str) -> Path:
    start = package.import_name
    found = [file for file in folder.glob(pattern) if file.name.startswith(f"{start}-")]
    if not found:
        raise DevError(f"No {pattern} of {package.name} appeared in {folder}.")
    return max(found, key=lambda file: file.stat().st_mtime)
